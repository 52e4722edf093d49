"""The rows of a retainer that every write of its hours reads, under its lock: by statements that are compiled once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.database.compiled import Statements
from billing.models.entry import TimeEntry, TimeEntryQuerySet
from billing.models.period import Lot, Period
from engagements.models import Engagement, RetainerTerms
from engagements.rules import Terms

SOME_ENGAGEMENT = UUID(int=1)  # stands for the retainer in a statement that serves them all
ledger_queries = Statements()


class LedgerEntry(NamedTuple):
    """A time entry as the ledger and a statement read it: its columns, without the object that a page would need."""

    id: UUID
    period_id: UUID
    engagement_id: UUID
    work_date: dt.date
    started_at: dt.datetime | None
    person_id: UUID
    ticket_id: UUID | None
    service_area: str
    kind: str
    rate: Decimal | None
    raw_seconds: int
    billed_minutes: int
    burn_minutes: int
    is_late: bool
    corrects_id: UUID | None


def in_order_of_work(entries: TimeEntryQuerySet) -> list[LedgerEntry]:
    """The entries in the order of the work."""
    return [LedgerEntry._make(row) for row in _columns_in_order(entries)]


def _columns_in_order(entries: TimeEntryQuerySet) -> QuerySet[TimeEntry, tuple[Any, ...]]:
    return entries.order_by("work_date", "started_at", "pk").values_list(*LedgerEntry._fields)


def entries_by_period(periods: Sequence[Period]) -> Mapping[UUID, list[LedgerEntry]]:
    """The entries that burn in each of these open periods, in the order of the work."""
    places = [UUID(int=number) for number, _period in enumerate(periods, start=1)]
    given = {place: period.pk for place, period in zip(places, periods, strict=True)}
    found: dict[UUID, list[LedgerEntry]] = defaultdict(list)
    for row in ledger_queries.rows(
        ("entries", len(places)), lambda: _columns_in_order(TimeEntry.objects.burning().filter(period__in=places)), given
    ):
        entry = LedgerEntry._make(row)
        found[entry.period_id].append(entry)
    return found


def living_lots(engagement: Engagement) -> list[Lot]:
    """The lots that no close has emptied, the first to be usable first."""
    return ledger_queries.objects("lots", _living_lots, {SOME_ENGAGEMENT: engagement.pk})


def _living_lots() -> QuerySet[Lot]:
    return Lot.objects.filter(engagement=SOME_ENGAGEMENT, is_spent=False).order_by("usable_from", "pk")


def open_periods(engagement: Engagement) -> list[Period]:
    """The open periods in order; the first knows what the last closed one still owes to it."""
    found = ledger_queries.objects("open periods", _open_periods, {SOME_ENGAGEMENT: engagement.pk})
    for period in found:
        period.engagement = engagement
    return found


def _open_periods() -> QuerySet[Period]:
    closed = Period.objects.of_the_promise().closed().filter(engagement=OuterRef("engagement"), ends_on=OuterRef("starts_on"))
    owed = Coalesce(Subquery(closed.values(owed=F("borrowed_minutes") + F("owed_minutes"))), Value(0))
    standing = Period.objects.filter(engagement=SOME_ENGAGEMENT).open().of_the_promise()
    return standing.annotate(owed_before=owed).order_by("starts_on")


def versions_of(engagement: Engagement) -> list[Terms]:
    """The terms of a retainer in order, as the pure rules compute with them; no query where they were prefetched."""
    if "terms" in getattr(engagement, "_prefetched_objects_cache", ()):
        return [row.as_rules() for row in sorted(engagement.terms.all(), key=attrgetter("starts_on"))]
    return [row.as_rules() for row in ledger_queries.objects("terms", _terms_in_order, {SOME_ENGAGEMENT: engagement.pk})]


def _terms_in_order() -> QuerySet[RetainerTerms]:
    return RetainerTerms.objects.filter(engagement=SOME_ENGAGEMENT).order_by("starts_on")
