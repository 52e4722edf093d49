"""Which retainer carries a piece of work, where only its ticket or its client is named; and which of its periods takes it."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Client
from billing.actions.periods import open_periods_of
from billing.errors import LastPeriodClosed, NoOpenPeriod, NoRetainer
from billing.models import Period
from engagements.models import Engagement
from engagements.models.engagement import EngagementQuerySet
from tickets.models import Ticket


def retainer_of_ticket(actor: Actor, ticket: Ticket, day: dt.date | None = None) -> Engagement:
    """The retainer that pays for work of a day on a ticket, today's where none is given: its own while it runs, else the client's
    running one. Raises NoRetainer.
    """
    worked_on = day or timezone.localdate()
    own = ticket.engagement
    if own is not None and not _is_history(own) and not _has_ended(own, worked_on):
        return own
    retainer = running_retainer(actor, ticket.client, worked_on)
    if retainer is None:
        raise NoRetainer(_("%(client)s has no retainer that could carry this time.") % {"client": ticket.client.name}, field="engagement")
    return retainer


def running_retainer(actor: Actor, client: Client, day: dt.date | None = None) -> Engagement | None:
    """The retainer a client has on a day, today where none is given; the youngest where there are several."""
    return youngest_running(Engagement.objects.visible_to(actor).filter(client=client), day)


def youngest_running(engagements: EngagementQuerySet, day: dt.date | None = None) -> Engagement | None:
    return engagements.running(day or timezone.localdate()).promised().select_related("client").order_by("-starts_on").first()


def _is_history(engagement: Engagement) -> bool:
    return engagement.is_imported and not engagement.terms.exists()


def _has_ended(engagement: Engagement, day: dt.date) -> bool:
    ends = (engagement.ends_on, engagement.draws_on.ends_on if engagement.draws_on else None)
    return any(ends_on is not None and ends_on <= day for ends_on in ends)


def posting_period(actor: Actor, retainer: Engagement, day: dt.date) -> Period:
    """The period that takes work of a day: the one that covers it, or the earliest open one if that is closed.

    Raises NoOpenPeriod, and LastPeriodClosed where all are closed.
    """
    promised = retainer.periods.of_the_promise()
    period = promised.covering(day).first()
    if period is None:
        open_periods_of(actor=actor, engagement=retainer, until=day)
        period = promised.covering(day).first()
    if period is None:
        raise _no_period(retainer, day)
    if period.closed_at is None:
        return period
    open_one = promised.open().order_by("starts_on").first()
    if open_one is None:
        raise LastPeriodClosed(
            _("The last period of %(name)s is closed. Ask an admin to open it again, then log this time.") % {"name": retainer.name},
            field="work_date",
        )
    return open_one


def _no_period(retainer: Engagement, day: dt.date) -> NoOpenPeriod:
    told = {"name": retainer.name, "day": date_format(day, "j F Y")}
    if retainer.ends_on is not None and day >= retainer.ends_on:
        last = date_format(retainer.ends_on - dt.timedelta(days=1), "j F Y")
        words = _("%(name)s has no period for %(day)s. Its last day was %(last)s; choose a day until then, or another retainer.")
        return NoOpenPeriod(words % {**told, "last": last}, field="work_date")
    words = _("%(name)s has no period for %(day)s. It began on %(began)s; choose a day from then on, or agree terms first.")
    return NoOpenPeriod(words % {**told, "began": date_format(retainer.starts_on, "j F Y")}, field="work_date")
