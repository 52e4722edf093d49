"""The front page: what waits, the hours, what is being done, what is in care."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Sum
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.actors import Actor
from billing.models import TimeEntry
from billing.models.ledger import balances
from engagements.models import AISystem, Engagement, ServicePlan
from events.models import Notice
from portal.access import ClientRequest, for_clients
from portal.asks import Asks, asks_of
from portal.offers import Offer, offers_of
from portal.overs import OverAsk, over_asks_of
from portal.pages import page
from portal.turns import More, Turns
from portal.wording import WORKED_MINUTES, standing
from tickets.models import Message, Ticket
from tickets.rules import State

SAME_VISIT = dt.timedelta(minutes=30)
A_LOOK = dt.timedelta(minutes=1)
MOST_PLANNED = 5


@require_safe
@for_clients
def home(request: ClientRequest) -> HttpResponse:
    """Everything a client asks first, in the order they ask it."""
    greeting = {
        "looked": _since_last_look(request),
        "hour": timezone.localtime().hour,
        "first_name": request.actor.name.split(" ", 1)[0],
    }
    return page(request, "home", front_context(request.actor) | greeting, place="home")


def front_context(actor: Actor) -> dict[str, Any]:
    """All below the greeting, so that what is answered in place agrees with the hours and the work beside it."""
    doing = Ticket.objects.visible_to(actor).unsettled()
    latest = doing.select_related("assignee").annotate(worked_minutes=WORKED_MINUTES).order_by("-updated_at", "-pk")[:5]
    return _waiting(actor) | {
        "doing": [standing(ticket) for ticket in latest],
        "doing_count": doing.count(),
        "systems": AISystem.objects.visible_to(actor).filter(retired_on=None).order_by("name"),
        "planned": ServicePlan.objects.visible_to(actor).with_next_day(timezone.localdate())[:MOST_PLANNED],
        "notices": Notice.objects.visible_to(actor).unread().order_by("-pk")[:5],
    }


def _waiting(actor: Actor) -> dict[str, Any]:
    """What waits for the actor, and the balances that their decisions are held against."""
    today = timezone.localdate()
    engagements = list(Engagement.objects.visible_to(actor).running(today).order_by("starts_on"))
    of_each = balances(engagements, today=today)
    found = [(engagement, of_each[engagement.pk]) for engagement in engagements if engagement.pk in of_each]
    asks, offers, overs = asks_of(actor, of_each), offers_of(actor, of_each), over_asks_of(actor)
    return {
        "asks": [*asks.questions.shown, *asks.decisions.shown, *asks.solved.shown],
        "offers": offers.shown,
        "overs": overs.shown,
        "more": list(_more(asks, offers, overs)),
        "turns": sum(each.count for each in (asks.questions, asks.decisions, asks.solved, offers, overs)),
        "balances": found,
        "today": today,
    }


def _more(asks: Asks, offers: Turns[Offer], overs: Turns[OverAsk]) -> Iterator[More]:
    """What waits beyond what is shown, each kind in words that lead to its list."""
    tickets = reverse("portal:tickets")
    if n := asks.questions.more:
        words = ngettext("and %(n)s more question", "and %(n)s more questions", n) % {"n": n}
        yield More(words, f"{tickets}?state={State.WAITING_ON_CLIENT}")
    if n := asks.decisions.more:
        words = ngettext("and %(n)s more estimate to decide", "and %(n)s more estimates to decide", n) % {"n": n}
        yield More(words, f"{tickets}?state={State.AWAITING_APPROVAL}")
    if n := asks.solved.more:
        words = ngettext("and %(n)s more solved request", "and %(n)s more solved requests", n) % {"n": n}
        yield More(words, f"{tickets}?state={State.RESOLVED}")
    if n := offers.more:
        words = ngettext("and %(n)s more proposal to decide", "and %(n)s more proposals to decide", n) % {"n": n}
        yield More(words, reverse("portal:proposals"))
    if n := overs.more:
        words = ngettext("and hours over of %(n)s more period", "and hours over of %(n)s more periods", n) % {"n": n}
        yield More(words, reverse("portal:hours") + "#periods")


def _since_last_look(request: ClientRequest) -> dict[str, Any] | None:
    """What came since the visit before this one; None on the first. A visit ends after half an hour without a look."""
    now, kept = timezone.now(), request.session.get("looked", {})
    last, since = parse_datetime(kept.get("at", "")), kept.get("since", "")
    if last is None or now - last > SAME_VISIT:
        since = last.isoformat() if last else ""
    if last is None or now - last > A_LOOK:
        request.session["looked"] = {"at": now.isoformat(), "since": since}
    moment = parse_datetime(since)
    if moment is None:
        return None
    replies = Message.objects.visible_to(request.actor).filter(by_client=False, created_at__gt=moment).count()
    work = TimeEntry.objects.summed_for(request.actor).burning().filter(created_at__gt=moment)
    return {"since": moment, "replies": replies, "minutes": work.aggregate(worked=Sum("burn_minutes"))["worked"] or 0}
