"""The weeks of the firm's people across all clients. Only minutes leave here, so a sum may hold clients its reader does not see."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from accounts.models import Absence, Person
from billing.models.entry import TimeEntry
from billing.models.reservation import Reservation
from billing.rules.capacity import Load, minutes_of_day
from engagements.models import ServicePlan
from figures.rounding import half_up
from tickets.models import PlannedTicket, Ticket

DAYS = 7
ONE_DAY = dt.timedelta(days=1)
ONE_WEEK = dt.timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class PersonDay:
    """One day of one person: what it holds and what they logged."""

    date: dt.date
    has_minutes: int
    logged_minutes: int
    is_away: bool

    @property
    def short_minutes(self) -> int:
        return max(self.has_minutes - self.logged_minutes, 0)


@dataclass(frozen=True, slots=True)
class PersonWeek:
    """One week of one person."""

    person: Person
    monday: dt.date
    days: tuple[PersonDay, ...]
    load: Load

    def short_minutes(self, today: dt.date) -> int:
        """What is missing of the days before today."""
        return sum(day.short_minutes for day in self.days if day.date < today)


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def weeks_of(people: Iterable[Person], monday: dt.date, *, weeks: int = 2, today: dt.date) -> dict[UUID, list[PersonWeek]]:
    """The weeks of each person from a Monday on. At most seven queries, however many people and however much work.

    Planned is what is left to do of tickets planned for a day of the week, and of recurring work whose ticket is not open yet.
    What was planned for a day that has passed is still to do: it stands in the week of today.
    """
    staff = list(people)
    ids, until = [person.pk for person in staff], monday + weeks * ONE_WEEK
    logged, away = _logged(ids, monday, until), _away(ids, monday, until)
    planned = _planned(ids, monday, until, today)
    for place, minutes in _recurring(ids, max(monday, today), until).items():
        planned[place] += minutes
    found: dict[UUID, list[PersonWeek]] = {}
    for person in staff:
        mondays = [monday + number * ONE_WEEK for number in range(weeks)]
        found[person.pk] = [_week(person, week, logged, away[person.pk], planned[person.pk, week]) for week in mondays]
    return found


def _week(person: Person, monday: dt.date, logged: dict[tuple[UUID, dt.date], int], away: set[dt.date], planned_minutes: int) -> PersonWeek:
    days = []
    for number in range(DAYS):
        day = monday + number * ONE_DAY
        has = minutes_of_day(person.weekly_minutes, day, away)
        days.append(PersonDay(day, has, logged.get((person.pk, day), 0), day in away))
    load = Load(sum(day.has_minutes for day in days), sum(day.logged_minutes for day in days), planned_minutes)
    return PersonWeek(person, monday, tuple(days), load)


def _logged(people: list[UUID], since: dt.date, until: dt.date) -> dict[tuple[UUID, dt.date], int]:
    rows = TimeEntry.objects.filter(person_id__in=people, work_date__gte=since, work_date__lt=until).exclude(state=TimeEntry.State.REJECTED)
    sums = rows.order_by().values_list("person_id", "work_date").annotate(seconds=Sum("raw_seconds"))
    return {(person, day): half_up(seconds, 60) for person, day, seconds in sums}


def _away(people: list[UUID], since: dt.date, until: dt.date) -> dict[UUID, set[dt.date]]:
    days: dict[UUID, set[dt.date]] = defaultdict(set)
    for absence in Absence.objects.within(since, until).filter(person_id__in=people):
        first, end = max(absence.starts_on, since), min(absence.ends_on, until)
        days[absence.person_id].update(first + number * ONE_DAY for number in range((end - first).days))
    return days


def _planned(people: list[UUID], since: dt.date, until: dt.date, today: dt.date) -> dict[tuple[UUID, dt.date], int]:
    burned = TimeEntry.objects.burning().filter(ticket=OuterRef("pk")).order_by().values("ticket")
    held = Reservation.objects.holding().filter(ticket=OuterRef("pk")).values("minutes")
    tickets = (
        Ticket.objects.unsettled()
        .filter(assignee_id__in=people, planned_for__lt=until)
        .annotate(
            ahead=Greatest(
                Coalesce(Subquery(held), F("estimate_minutes"), Value(0))
                - Coalesce(Subquery(burned.annotate(total=Sum("burn_minutes")).values("total")), Value(0)),
                Value(0),
            )
        )
    )
    planned: dict[tuple[UUID, dt.date], int] = defaultdict(int)
    for person, day, minutes in tickets.values_list("assignee_id", "planned_for", "ahead"):
        week = monday_of(max(day or today, today))
        if since <= week < until:
            planned[person, week] += minutes
    return planned


def _recurring(people: list[UUID], since: dt.date, until: dt.date) -> dict[tuple[UUID, dt.date], int]:
    opened = set(PlannedTicket.objects.filter(due_on__gte=since, due_on__lt=until).values_list("plan_id", "due_on"))
    planned: dict[tuple[UUID, dt.date], int] = defaultdict(int)
    for plan in ServicePlan.objects.running(since).filter(person_id__in=people, starts_on__lt=until):
        for day in plan.due(since, until):
            if plan.person_id is not None and (plan.pk, day) not in opened:
                planned[plan.person_id, monday_of(day)] += plan.estimate_minutes
    return planned
