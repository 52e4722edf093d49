"""The demo story: one firm, three clients at 30, 85 and 110 % of their month, one by the quarter, and what waits on each side.

It is told through the same actions that people use, so that every number in it explains itself. Only moments are moved
afterwards, because a story has a past and actions happen now.
"""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.actions.clients import add_client
from accounts.actions.people import actor_of_person, add_person, assign, join_client
from accounts.models import BusinessCalendar, CalendarVersion, Client, Firm, Person
from billing.actions import Work, close_period, forecast_retainers, log_time, send_statement
from config.story.conversations import offer_quote_follow_ups, tell_conversations
from config.story.lives import need_a_yes, tell_lives
from config.story.money import tell_money
from config.story.parts import (
    ASSIGNMENTS,
    CLIENTS,
    CONTACTS,
    LABOUR,
    OFFICE_HOURS,
    ON_TICKETS_SINCE,
    PASSWORD,
    STAFF,
    SYSTEMS,
    TELLER,
    Cast,
    log_ins,
)
from engagements.actions import Plan, add_plan, begin_engagement, take_into_care
from engagements.models import Engagement
from engagements.rules import Terms
from tickets.actions import due_openings, open_planned_ticket
from tickets.rules import State

__all__ = ["PASSWORD", "Cast", "is_told", "log_ins", "tell_story"]


def is_told() -> bool:
    return Client.objects.filter(code=CLIENTS[0][1]).exists()


@transaction.atomic
def tell_story() -> Cast:
    """Fill an empty installation with the demo story. Call it in the system's scope, once."""
    today = timezone.localdate()
    Firm.objects.update_or_create(pk=1, defaults={"name": "Northfold", "currency": "USD", "time_zone": "America/New_York"})
    cast = Cast(staff=_staff(), contacts={}, retainers={})
    calendar = BusinessCalendar.objects.create(name="Office hours")
    CalendarVersion.objects.create(calendar=calendar, zone="America/New_York", windows=OFFICE_HOURS)
    for promise in CLIENTS:
        cast.retainers[promise[1]] = _retainer(cast, promise, today, calendar)
    _people(cast)
    for code, name, kind, purpose, components in SYSTEMS:
        retainer = cast.retainers[code]
        take_into_care(
            actor=TELLER, engagement=retainer, name=name, kind=kind, purpose=purpose, since=retainer.starts_on, components=components
        )
    _plan(cast, today)
    tell_conversations(cast, today)
    offer_quote_follow_ups(cast)
    need_a_yes(cast)
    for _, code, _, _, _, percent in CLIENTS:
        _work(cast, cast.retainers[code], percent, today)
    tell_lives(cast, today, calendar)
    tell_money(cast, today)
    _close_last_month(cast)
    forecast_retainers(actor=TELLER, today=today)
    return cast


def _plan(cast: Cast, today: dt.date) -> None:
    """What comes back by itself: a prompt review each week at Acorn."""
    review = Plan(
        what="Weekly prompt review",
        service_area="prompt_optimisation",
        cadence="weekly",
        day=3,
        estimate_minutes=45,
        starts_on=today,
        checklist="Read the ten worst answers of the week\nMend the prompt where it misled\nRun the forty cases",
        person=cast.staff["Ines"],
    )
    add_plan(actor=cast.actor("Mara"), engagement=cast.retainers["ACM"], plan=review)
    for plan, due_on in due_openings(today):
        open_planned_ticket(actor=TELLER, plan=plan, due_on=due_on)


def _staff() -> dict[str, Person]:
    people = {}
    for name, role, _ in STAFF:
        first = name.split()[0]
        person = add_person(
            actor=TELLER, name=name, email=f"{first.lower()}@northfold.example", staff_role=role, time_zone="America/New_York"
        )
        people[first] = _with_password(person)
    return people


def _with_password(person: Person) -> Person:
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    return person


def _retainer(cast: Cast, promise: tuple[str, str, int, str, str, int], today: dt.date, calendar: BusinessCalendar) -> Engagement:
    name, code, hours, fee, lead, _ = promise
    client = add_client(actor=TELLER, name=name, code=code, time_zone="America/New_York", calendar=calendar)
    month_before = (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    terms = Terms(
        starts_on=month_before,
        included_minutes=hours * 60,
        fee=Decimal(fee),
        proration="daily",
        carry_periods=1,
        carry_cap_percent=50,
        overage="authorise",
        overage_rate=Decimal("185.00"),
        thresholds=(50, 80, 100),
    )
    return begin_engagement(actor=TELLER, client=client, name="AI care", currency="USD", terms=terms, lead=cast.staff[lead])


def _people(cast: Cast) -> None:
    addresses = {login.name: login.email for login in log_ins()}
    for name, code, roles, _ in CONTACTS:
        person = add_person(actor=TELLER, name=name, email=addresses[name], time_zone="America/New_York")
        join_client(actor=TELLER, person=person, client=cast.retainers[code].client, roles=roles)
        cast.contacts[name.split()[0]] = _with_password(person)
    for first, code in ASSIGNMENTS:
        assign(actor=TELLER, person=cast.staff[first], client=cast.retainers[code].client)


def _work(cast: Cast, retainer: Engagement, percent: int, today: dt.date) -> None:
    """Last month used up all but three hours; this month stands at `percent` of its capacity."""
    worker = cast.staff["Tomas" if retainer.client.code == "DVJ" else "Ines"]
    before, current = retainer.periods.order_by("starts_on")[:2]
    _spread(worker, retainer, before.capacity_minutes - 180, _business_days(before.starts_on, before.ends_on))
    current.refresh_from_db()
    wanted = current.capacity_minutes * percent // 100 - current.used_minutes
    _spread(worker, retainer, wanted, _business_days(current.starts_on, min(today + dt.timedelta(days=1), current.ends_on)))


def _close_last_month(cast: Cast) -> None:
    """Acorn has its statement, Cobalt's is made and not sent, the third still waits for its close."""
    mara = cast.actor("Mara")
    for code in ("ACM", "CBF"):
        statement = close_period(actor=mara, period=cast.retainers[code].periods.earliest("starts_on"))
        if code == "ACM":
            send_statement(actor=mara, statement=statement)


def _business_days(starts_on: dt.date, ends_on: dt.date) -> list[dt.date]:
    days = [starts_on + dt.timedelta(days=n) for n in range((ends_on - starts_on).days)]
    return [day for day in days if day.weekday() < 5] or days[:1]


def _spread(worker: Person, retainer: Engagement, minutes: int, days: list[dt.date]) -> None:
    """Log `minutes` as pieces of work on about every other of the days, in the past first."""
    actor = actor_of_person(worker)
    pieces = max(1, min(len(LABOUR) * 2, minutes // 45))
    tickets = list(retainer.tickets.filter(state__in=[State.OPEN, State.WAITING_ON_CLIENT]).order_by("number"))
    for index in range(pieces):
        part = minutes // pieces + (minutes % pieces if index == pieces - 1 else 0)
        area, note = LABOUR[index % len(LABOUR)]
        day = days[index * len(days) // pieces]
        ticket = tickets[0] if tickets and index % 2 and day >= timezone.localdate() - ON_TICKETS_SINCE else None
        work = Work(service_area=area, raw_seconds=part * 60, work_date=day, note=note, ticket=ticket)
        if actor is not None and part > 0:
            log_time(actor=actor, engagement=retainer, work=work)
