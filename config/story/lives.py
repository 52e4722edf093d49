"""The other ways an engagement lives: time that waits for a yes, a fixed price within a retainer, a quarter, a pause."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from accounts.actions.clients import add_client
from accounts.actions.people import assign
from accounts.models import BusinessCalendar
from billing.actions import Work, approve_time, log_time
from billing.models import TimeEntry
from config.story.parts import TELLER, Cast
from engagements.actions import Living, begin_engagement, begin_project, pause_engagement, set_engagement
from engagements.models import Engagement
from engagements.rules import Terms, period_containing

QUARTER = ("Elm Bakery", "ELM", 24, "4500.00")
STILL_WAITING = 2
ROLLOUT = (
    ("system_updates", "Order inbox: second mailbox connected", 150),
    ("workflow_expansion", "Order inbox: rules for returns agreed with the warehouse", 210),
)
AT_THE_BAKERY = (
    ("performance_monitoring", "Compared the oven plan with what was sold", 95),
    ("prompt_optimisation", "Shorter answers for allergy questions", 140),
    ("team_support", "Showed the shop how to correct an order", 60),
)


def need_a_yes(cast: Cast) -> None:
    """Dovetail's time counts as agreed once its lead said yes."""
    joinery = cast.retainers["DVJ"]
    set_engagement(actor=cast.actor("Ada"), engagement=joinery, living=replace(Living.of(joinery), needs_approval=True))


def tell_lives(cast: Cast, today: dt.date, calendar: BusinessCalendar) -> None:
    """What Dovetail logged is approved but for the last two entries; Acorn has a project; Elm pays by the quarter and rested."""
    logged = list(TimeEntry.objects.filter(engagement=cast.retainers["DVJ"]).order_by("-work_date", "-pk"))
    approve_time(actor=cast.actor("Mara"), entries=logged[STILL_WAITING:])
    _project(cast, today)
    _quarter(cast, today, calendar)


def _project(cast: Cast, today: dt.date) -> None:
    """A fixed price: its time is shown to the client and burns none of the retainer's hours."""
    acorn = cast.retainers["ACM"]
    begins = max(today - dt.timedelta(days=14), acorn.starts_on)
    rollout = begin_project(actor=cast.actor("Mara"), pool=acorn, name="Order inbox rollout", lead=cast.staff["Mara"], starts_on=begins)
    for area, note, minutes in ROLLOUT:
        work = Work(service_area=area, raw_seconds=minutes * 60, work_date=today, kind="project", note=note)
        log_time(actor=cast.actor("Ines"), engagement=rollout, work=work)


def _quarter(cast: Cast, today: dt.date, calendar: BusinessCalendar) -> None:
    name, code, hours, fee = QUARTER
    month_before = (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    terms = Terms(
        starts_on=period_containing(month_before, unit="quarter").starts_on,
        included_minutes=hours * 60,
        fee=Decimal(fee),
        period_unit="quarter",
        overage="authorise",
        overage_rate=Decimal("185.00"),
    )
    client = add_client(actor=TELLER, name=name, code=code, time_zone="America/New_York", calendar=calendar)
    assign(actor=TELLER, person=cast.staff["Tomas"], client=client)
    bakery = begin_engagement(actor=TELLER, client=client, name="AI care", currency="USD", terms=terms, lead=cast.staff["Ada"])
    rest = {"starts_on": month_before.replace(day=10), "ends_on": month_before.replace(day=20), "reason": "The ovens are renewed"}
    pause_engagement(actor=cast.actor("Ada"), engagement=bakery, **rest)  # type: ignore[arg-type]  # days and a reason
    cast.retainers[code] = bakery
    _work_at_the_bakery(cast, bakery, today)


def _work_at_the_bakery(cast: Cast, bakery: Engagement, today: dt.date) -> None:
    for index, (area, note, minutes) in enumerate(AT_THE_BAKERY):
        day = max(today - dt.timedelta(days=2 * index), today.replace(day=1))
        work = Work(service_area=area, raw_seconds=minutes * 60, work_date=day, note=note)
        log_time(actor=cast.actor("Tomas"), engagement=bakery, work=work)
