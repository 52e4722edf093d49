"""What each retainer brought in and cost, and how much of their time people spent on work that clients pay. For admins alone."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, DecimalField, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Absence, Person
from billing.models.charge import Charge
from billing.models.entry import TimeEntry
from billing.models.expense import Expense
from billing.models.ledger import ledger_of, terms_reaching
from billing.models.period import Period
from billing.rules.capacity import minutes_of_day
from billing.rules.charges import overage_amount, overage_lines
from billing.rules.margin import Margin, labour_cost, utilisation_percent
from engagements.models import Pause, RetainerTerms
from engagements.rules import Span, Terms, charged_fees
from figures.currencies import places_of

PAID_KINDS = (TimeEntry.Kind.INCLUDED, TimeEntry.Kind.PROJECT)
BEYOND = (Charge.Kind.OVERAGE, Charge.Kind.UNREPAID)
POOL = Coalesce(F("engagement__draws_on"), F("engagement"))
MONEY = DecimalField(max_digits=24, decimal_places=3)


@dataclass(frozen=True, slots=True)
class PeriodMargin:
    """One period of one retainer in its own currency."""

    period: Period
    margin: Margin


@dataclass(frozen=True, slots=True)
class PersonUse:
    """Somebody's days: what they had, worked, and worked on what clients pay; and what that cost."""

    person: Person
    available_minutes: int
    worked_minutes: int
    billable_minutes: int
    labour: Decimal

    @property
    def percent(self) -> int | None:
        return utilisation_percent(self.billable_minutes, self.available_minutes)


def margins(periods: Iterable[Period], own: str) -> list[PeriodMargin]:
    """The margin of each period, in eight queries however many there are. Cost is compared in the engagement's own currency; what people
    cost is in `own`, the firm's.

    Hours over that are not charged yet count as they will be billed: at the rate of the day they were worked. Where terms of several
    rates reach into an open period, its retainer is projected for that, in at most five queries more.
    """
    rows = list(periods)
    books = _Books(_worked(rows), _charged(rows), _spent(rows), places_of(own))
    terms: dict[UUID, list[RetainerTerms]] = defaultdict(list)
    for row in RetainerTerms.objects.filter(engagement__in={period.engagement_id for period in rows}).order_by("starts_on"):
        terms[row.engagement_id].append(row)
    pauses: dict[UUID, list[Span]] = defaultdict(list)
    for pause in Pause.objects.filter(engagement__in={period.engagement_id for period in rows}):
        pauses[pause.engagement_id].append(pause.span)
    return [PeriodMargin(period, _margin(period, terms[period.engagement_id], pauses[period.engagement_id], books)) for period in rows]


type _Sums = dict[UUID, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Books:
    """Sums by period: what was worked, charged and spent; and how many places the firm's own money has."""

    worked: _Sums
    charged: _Sums
    spent: dict[UUID, Decimal]
    own_places: int


def _margin(period: Period, terms: list[RetainerTerms], pauses: list[Span], books: _Books) -> Margin:
    versions, places = [row.as_rules() for row in terms], places_of(period.engagement.currency)
    of_work, of_charges = books.worked.get(period.pk, {}), books.charged.get(period.pk, {})
    rate = next((version.overage_rate for version in reversed(versions) if version.starts_on < period.ends_on), None)
    fee, over = of_charges.get("fee"), None
    if fee is None:
        fee = sum(
            (part for _terms, part in charged_fees(versions, Span(period.starts_on, period.ends_on), pauses, places=places)), Decimal(0)
        )
    if rate is not None and not of_charges.get("overage"):
        over = _priced_by_day(period, versions, places)
        if over is None:
            over = overage_amount(period.overage_minutes, rate, places) + overage_amount(period.unrepaid_overage_minutes, rate, places)
    return Margin(
        fee=fee,
        charged=of_charges.get("all", Decimal(0)) + (over or Decimal(0)),
        labour=labour_cost(of_work.get("rated", Decimal(0)), books.own_places),
        expenses=books.spent.get(period.pk, Decimal(0)),
        worked_seconds=of_work.get("seconds", 0),
        uncosted_seconds=of_work.get("uncosted", 0),
        places=places,
    )


def _priced_by_day(period: Period, versions: list[Terms], places: int) -> Decimal | None:
    """What hours over of an open period come to at the rates of their days; None where all are at one rate."""
    rates = {terms.overage_rate for terms in terms_reaching(versions, period)}
    if period.closed_at is not None or not (period.overage_minutes or period.unrepaid_overage_minutes) or len(rates) < 2 or None in rates:
        return None
    found = next((each for each in ledger_of(period.engagement, versions) if each.period.pk == period.pk), None)
    if found is None:
        return None
    over = (found.projection.coverages, found.projection.unrepaid)
    return sum((line.amount for rows in over for line in overage_lines(rows, places)), Decimal(0))


def _worked(periods: list[Period]) -> _Sums:
    rows = TimeEntry.objects.burning().filter(period__in=periods).order_by().values("period")
    rated = Coalesce(Sum(F("raw_seconds") * F("internal__cost_rate"), output_field=MONEY), Value(Decimal(0)))
    uncosted = Coalesce(Sum("raw_seconds", filter=Q(internal__cost_rate=None)), Value(0))
    return {row["period"]: dict(row) for row in rows.annotate(rated=rated, seconds=Sum("raw_seconds"), uncosted=uncosted)}


def _charged(periods: list[Period]) -> _Sums:
    """Charges by the period they are billed with, or on whose days they were incurred: the fee by itself, where a close charged it."""
    found: _Sums = {}
    billed_with_them = Q(period__in=periods) | Q(_on_their_days(periods, "incurred_on"), period=None)
    wanted = Charge.objects.standing().filter(_of_their_retainers(periods), billed_with_them).annotate(pool=POOL)
    for charge in wanted.only("period", "concerns", "incurred_on", "kind", "amount"):
        home = charge.period_id or _home(periods, charge.pool, charge.incurred_on)  # type: ignore[attr-defined]  # annotated
        if home is not None:
            sums = found.setdefault(home, {"all": Decimal(0), "fee": None, "overage": False})
            if charge.kind == Charge.Kind.FEE:
                sums["fee"] = (sums["fee"] or Decimal(0)) + charge.amount
            else:
                sums["all"] += charge.amount
            sums["overage"] = sums["overage"] or (charge.kind in BEYOND and charge.concerns_id is None)
    return found


def _spent(periods: list[Period]) -> dict[UUID, Decimal]:
    found: dict[UUID, Decimal] = defaultdict(Decimal)
    approved = Expense.objects.filter(state=Expense.State.APPROVED)
    spent = approved.filter(_of_their_retainers(periods), _on_their_days(periods, "spent_on")).annotate(pool=POOL)
    paid = Case(When(currency=F("engagement__currency"), then=F("amount")), default=Coalesce(F("charged_amount"), Value(Decimal(0))))
    for engagement, day, amount in spent.annotate(paid=paid).values_list("pool", "spent_on", "paid"):
        home = _home(periods, engagement, day)
        if home is not None:
            found[home] += amount
    return found


def _of_their_retainers(periods: list[Period]) -> Q:
    """Of a retainer of these periods, or of a project that draws on it."""
    ids = {period.engagement_id for period in periods}
    return Q(engagement__in=ids) | Q(engagement__draws_on__in=ids)


def _on_their_days(periods: list[Period], day: str) -> Q:
    """From the first day of them all to the last: history outside of them is not read."""
    if not periods:
        return Q(pk__in=[])
    return Q((f"{day}__gte", min(period.starts_on for period in periods)), (f"{day}__lt", max(period.ends_on for period in periods)))


def _home(periods: list[Period], engagement: UUID, day: dt.date) -> UUID | None:
    within = (period.pk for period in periods if period.engagement_id == engagement and period.starts_on <= day < period.ends_on)
    return next(within, None)


def use_of(people: Iterable[Person], since: dt.date, until: dt.date, own: str) -> list[PersonUse]:
    """How each person's days in [since, until) were used, across all clients; labour in `own`, the firm's currency.

    Two queries, however many people.
    """
    staff = list(people)
    rows = TimeEntry.objects.burning().filter(person__in=staff, work_date__gte=since, work_date__lt=until).order_by().values("person")
    rated = Coalesce(Sum(F("raw_seconds") * F("internal__cost_rate"), output_field=MONEY), Value(Decimal(0)))
    paid = Coalesce(Sum("billed_minutes", filter=Q(kind__in=PAID_KINDS)), Value(0))
    sums: _Sums = {row["person"]: dict(row) for row in rows.annotate(rated=rated, seconds=Sum("raw_seconds"), paid=paid)}
    away: dict[UUID, set[dt.date]] = defaultdict(set)
    for absence in Absence.objects.within(since, until).filter(person__in=staff):
        gone = range((min(absence.ends_on, until) - max(absence.starts_on, since)).days)
        away[absence.person_id].update(max(absence.starts_on, since) + dt.timedelta(days=number) for number in gone)
    days = [since + dt.timedelta(days=number) for number in range((until - since).days)]
    return [_use(person, sums.get(person.pk, {}), away[person.pk], days, places_of(own)) for person in staff]


def _use(person: Person, sums: dict[str, Any], away: set[dt.date], days: list[dt.date], places: int) -> PersonUse:
    available = sum(minutes_of_day(person.weekly_minutes, day, away) for day in days)
    labour = labour_cost(sums.get("rated", Decimal(0)), places)
    return PersonUse(person, available, sums.get("seconds", 0) // 60, sums.get("paid", 0), labour)
