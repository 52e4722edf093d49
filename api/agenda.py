"""What a calendar shows: planned work and reviews, decisions that have a last day, periods that reset, engagements that end or renew.

Everything about an occurrence comes from its row: the same rows give the same bytes, so a calendar that asks again gets a 304.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.actors import Actor
from billing.models import Period
from engagements.models import Engagement, ServicePlan
from figures.days import last_day
from proposals.models import Proposal
from tickets.models import EstimateApproval, Ticket
from tickets.rules import State

AHEAD = dt.timedelta(days=90)
BEHIND = dt.timedelta(days=30)
MOST = 500


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A day in a calendar. `uid` stays the same for as long as the thing is there, `changed_at` moves with it."""

    uid: str
    day: dt.date
    title: str
    made_at: dt.datetime
    changed_at: dt.datetime
    url: str = ""


def agenda(actor: Actor, today: dt.date) -> list[Occurrence]:
    """The days that concern an actor, from 30 days ago to 90 days ahead, in order. At most ten queries, however many days."""
    since, until = today - BEHIND, today + AHEAD
    found = [
        *_planned(actor, since, until),
        *_reviews(actor, today, until),
        *_estimates(actor, since, until),
        *_offers(actor, since, until),
        *_resets(actor, since, until),
        *_ends(actor, since, until),
        *_renewals(actor, since, until),
    ]
    return sorted(found, key=lambda each: (each.day, each.uid))[:MOST]


def _mine(actor: Actor, column: str) -> Q:
    """Of the firm everybody has their own work and what nobody has yet; a client sees all of its own."""
    return Q() if actor.is_member else Q(**{column: actor.person_id}) | Q(**{column: None})


def _link(actor: Actor, name: str, pk: UUID) -> str:
    return reverse(f"{'portal' if actor.is_member else 'workspace'}:{name}", args=[pk])


def _planned(actor: Actor, since: dt.date, until: dt.date) -> Iterator[Occurrence]:
    rows = Ticket.objects.visible_to(actor).filter(_mine(actor, "assignee_id"), state=State.SCHEDULED, planned_for__range=(since, until))
    for ticket in rows.select_related("client").order_by("planned_for", "pk")[:MOST]:
        title = _("%(reference)s %(subject)s") % {"reference": ticket.reference, "subject": ticket.subject}
        url = _link(actor, "ticket", ticket.pk)
        yield Occurrence(f"ticket-{ticket.pk}", ticket.planned_for or since, title, ticket.created_at, ticket.updated_at, url)


def _reviews(actor: Actor, today: dt.date, until: dt.date) -> Iterator[Occurrence]:
    """Recurring work whose ticket is not open yet: it opens a week ahead, and is a planned ticket from then on."""
    rows = ServicePlan.objects.visible_to(actor).running(today).filter(_mine(actor, "person_id")).select_related("client")
    for plan in rows.order_by("pk")[:MOST]:
        for day in plan.due(today + dt.timedelta(days=8), until):
            title = _("%(what)s, %(client)s") % {"what": plan.what, "client": plan.client.name}
            yield Occurrence(f"plan-{plan.pk}-{day}", day, title, plan.created_at, plan.created_at)


def _estimates(actor: Actor, since: dt.date, until: dt.date) -> Iterator[Occurrence]:
    zone = timezone.get_current_timezone()
    rows = EstimateApproval.objects.visible_to(actor).pending().filter(expires_at__date__range=(since, until))
    if actor.is_staff:
        rows = rows.filter(_mine(actor, "ticket__assignee_id"))
    for each in rows.select_related("ticket").order_by("pk")[:MOST]:
        title = _("Last day to decide: %(reference)s %(subject)s") % {"reference": each.ticket.reference, "subject": each.ticket.subject}
        url = _link(actor, "ticket", each.ticket_id)
        yield Occurrence(f"estimate-{each.pk}", last_day(each.expires_at, zone), title, each.asked_at, each.asked_at, url)


def _offers(actor: Actor, since: dt.date, until: dt.date) -> Iterator[Occurrence]:
    zone = timezone.get_current_timezone()
    for each in Proposal.objects.visible_to(actor).undecided().filter(expires_at__date__range=(since, until)).order_by("pk")[:MOST]:
        title = _("Last day to decide: %(reference)s %(subject)s") % {"reference": each.reference, "subject": each.title}
        day = last_day(each.expires_at, zone) if each.expires_at else since
        yield Occurrence(f"proposal-{each.pk}", day, title, each.created_at, each.updated_at, _link(actor, "proposal", each.pk))


def _resets(actor: Actor, since: dt.date, until: dt.date) -> Iterator[Occurrence]:
    rows = Period.objects.visible_to(actor).of_the_promise().filter(ends_on__range=(since, until))
    for period in rows.select_related("engagement__client").order_by("pk")[:MOST]:
        title = _("Hours reset: %(client)s") % {"client": period.engagement.client.name}
        yield Occurrence(f"reset-{period.pk}", period.ends_on, title, period.opened_at, period.opened_at, _link(actor, "period", period.pk))


def _ends(actor: Actor, since: dt.date, until: dt.date) -> Iterator[Occurrence]:
    rows = Engagement.objects.visible_to(actor).filter(ends_on__range=(since, until)).select_related("client")
    for each in rows.order_by("pk")[:MOST]:
        title = _("%(engagement)s of %(client)s ends") % {"engagement": each.name, "client": each.client.name}
        day = each.ends_on or since
        # An engagement keeps no moment of its change: another end is another occurrence.
        yield Occurrence(f"end-{each.pk}-{day}", day, title, each.created_at, each.created_at)


def _renewals(actor: Actor, since: dt.date, until: dt.date) -> Iterator[Occurrence]:
    """What ends is told as an end. Until it renews a commitment can be left, so the day is there for as long as it is written."""
    rows = Engagement.objects.visible_to(actor).filter(ends_on=None, committed_until__range=(since, until)).select_related("client")
    for each in rows.order_by("pk")[:MOST]:
        renews = each.renewal_months is not None
        words = _("%(engagement)s of %(client)s renews") if renews else _("The commitment of %(client)s to %(engagement)s ends")
        title = words % {"engagement": each.name, "client": each.client.name}
        day = each.committed_until or since
        yield Occurrence(f"renewal-{each.pk}-{day}", day, title, each.created_at, each.created_at)


def as_calendar(found: list[Occurrence], *, name: str, base: str) -> bytes:
    """RFC 5545. SEQUENCE is how many seconds after it was made a thing last changed, so it only ever grows."""
    calendar = Calendar()
    calendar.add("prodid", "-//Tend//Agenda//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for each in found:
        event = Event()
        event.add("uid", f"{each.uid}@tend")
        event.add("dtstamp", each.changed_at.astimezone(dt.UTC))
        event.add("last-modified", each.changed_at.astimezone(dt.UTC))
        event.add("sequence", max(int((each.changed_at - each.made_at).total_seconds()), 0))
        event.add("dtstart", each.day)
        event.add("dtend", each.day + dt.timedelta(days=1))
        event.add("summary", each.title)
        event.add("transp", "TRANSPARENT")
        if each.url:
            event.add("url", f"{base}{each.url}")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
