"""What happens to tickets as time passes. Each task is safe to run at any time, twice, and beside the people it concerns."""

import datetime as dt
from collections.abc import Callable, Iterable

import structlog
from celery import shared_task
from django.utils import timezone

from accounts import scope
from accounts.actors import Actor, system
from accounts.errors import DomainError
from tickets.actions import close_ticket, due_openings, expire_estimate, open_planned_ticket, wake_ticket
from tickets.models import EstimateApproval, Ticket
from tickets.rules import REOPEN_WITHIN

log = structlog.get_logger(__name__)

FURTHEST_AHEAD = dt.timedelta(hours=14)


@shared_task(ignore_result=True)
def close_settled_tickets() -> None:
    """Close what was called solved 14 days ago and not taken up again."""
    with scope.system("close settled tickets"):
        settled = Ticket.objects.solved_before(timezone.now() - REOPEN_WITHIN)
        _each(settled, close_ticket, system("close settled tickets"))


@shared_task(ignore_result=True)
def wake_scheduled_tickets() -> None:
    """Bring planned tickets back into work once their day has come where the client is."""
    with scope.system("wake planned tickets"):
        planned = Ticket.objects.planned_until((timezone.now() + FURTHEST_AHEAD).date())
        _each(planned, wake_ticket, system("wake planned tickets"))


@shared_task(ignore_result=True)
def expire_estimates() -> None:
    """Bring back what waited for a decision that nobody took in time."""
    with scope.system("expire estimates"):
        late = EstimateApproval.objects.expired(timezone.now()).values("ticket_id")
        _each(Ticket.objects.filter(pk__in=late), expire_estimate, system("expire estimates"))


@shared_task(ignore_result=True)
def open_planned_tickets() -> None:
    """Open the tickets of service plans that are due within a week. Each plan and day opens one, however often this runs."""
    with scope.system("service plans"):
        actor = system("service plans")
        for plan, due_on in due_openings(timezone.localdate()):
            try:
                open_planned_ticket(actor=actor, plan=plan, due_on=due_on)
            except Exception as error:  # noqa: BLE001 (one bad plan never blocks the next; the next run finds it again)
                log.warning("a plan opened no ticket", plan=str(plan.pk), due_on=due_on.isoformat(), error=type(error).__name__)


def _each(tickets: Iterable[Ticket], act: Callable[..., object], actor: Actor) -> None:
    for ticket in tickets:
        try:
            act(actor=actor, ticket=ticket)
        except DomainError:  # somebody was faster: it is no longer there to be moved
            continue
        except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; the next run finds it again)
            log.warning("a ticket was left as it is", ticket=str(ticket.pk), process=actor.process, error=type(error).__name__)
