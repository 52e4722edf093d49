"""Where imported time goes: into the promise that covers its day, else into a closed month of history."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Client, Firm
from billing.actions.importing.counting import Imported
from billing.actions.importing.texts import key_of, line_of, month_of
from billing.actions.periods import open_periods_of
from billing.models import Period, TimeEntry
from billing.rules.importing import ImportRow
from billing.rules.importing import Mapping as Reading
from engagements.models import Engagement
from engagements.rules import Terms

UNNAMED = "Imported time"
LONGEST_NAME = 80


@dataclass(slots=True)
class Books:
    """The engagements and periods of one client, locked while rows are posted to them."""

    client: Client
    reading: Reading
    actor: Actor
    tally: Imported
    today: dt.date
    engagements: dict[UUID, Engagement] = field(default_factory=dict)
    promised: list[Period] = field(default_factory=list)
    terms: dict[UUID, list[Terms]] = field(default_factory=dict)
    history: dict[tuple[UUID, dt.date], Period] = field(default_factory=dict)

    def open(self) -> None:
        """Lock the client's engagements, in one order for everybody, and open the periods that their terms promise until today."""
        locked = Engagement.objects.select_for_update(no_key=True).filter(client=self.client).order_by("pk")
        self.engagements = {engagement.pk: engagement for engagement in locked.prefetch_related("terms")}
        for engagement in self.engagements.values():
            versions = sorted((terms.as_rules() for terms in engagement.terms.all()), key=lambda terms: terms.starts_on)
            if versions:
                self.terms[engagement.pk] = versions
                open_periods_of(actor=self.actor, engagement=engagement, until=self.today)
        self.promised = list(Period.objects.of_the_promise().filter(engagement__in=self.terms).order_by("starts_on"))

    def post(self, tickets: Sequence[ImportRow], entries: Sequence[ImportRow]) -> None:
        """Make what the rows need and no promise gives: an engagement of the import, and its months."""
        homeless = [row for row in (*tickets, *entries) if self._covering(row) is None]
        self._make_engagements(homeless)
        months = {(self._imported(row).pk, *month_of(row.work_date)) for row in entries if row.work_date and self._covering(row) is None}
        self._make_months(months)

    def engagement_for(self, row: ImportRow) -> Engagement:
        period = self._covering(row)
        return self.engagements[period.engagement_id] if period else self._imported(row)

    def period_for(self, row: ImportRow) -> Period | None:
        """Where the row's time goes; None where its period is closed and its engagement has no open one."""
        period = self._covering(row)
        if period is None:
            return self.history[self._imported(row).pk, month_of(row.work_date or self.today)[0]]
        if period.closed_at is None:
            return period
        later = (other for other in self.promised if other.engagement_id == period.engagement_id and other.closed_at is None)
        return next(later, None)

    def terms_on(self, period: Period, day: dt.date) -> Terms:
        """The terms in force on a day; the first for a day before them."""
        versions = self.terms[period.engagement_id]
        return [terms for terms in versions if terms.starts_on <= max(day, versions[0].starts_on)][-1]

    def _covering(self, row: ImportRow) -> Period | None:
        """The promised period of the row's day: of the engagement it names, else of the oldest."""
        day = day_of(row, self.today)
        found = [period for period in self.promised if period.starts_on <= day < period.ends_on]
        return min(found, key=lambda period: self._fits(self.engagements[period.engagement_id], row), default=None)

    def _fits(self, engagement: Engagement, row: ImportRow) -> tuple[bool, bool, dt.date, UUID]:
        return (engagement.import_key != self._key(row), engagement.name != row.engagement_name, engagement.starts_on, engagement.pk)

    def _key(self, row: ImportRow) -> str:
        return key_of(self.reading.name, row.engagement_name)

    def _imported(self, row: ImportRow) -> Engagement:
        key = self._key(row)
        return next(engagement for engagement in self.engagements.values() if engagement.import_key == key)

    def _make_engagements(self, rows: Iterable[ImportRow]) -> None:
        begins: dict[str, tuple[dt.date, str]] = {}
        for row in rows:
            first, _ = month_of(day_of(row, self.today))
            begins[self._key(row)] = (min(first, begins.get(self._key(row), (first, ""))[0]), row.engagement_name)
        known = {engagement.import_key: engagement for engagement in self.engagements.values()}
        for key, (starts_on, name) in begins.items():
            engagement = known.get(key) or self._make_engagement(key, name, starts_on)
            if starts_on < engagement.starts_on:
                engagement.starts_on = starts_on
                engagement.save(update_fields=["starts_on"])

    def _make_engagement(self, key: str, name: str, starts_on: dt.date) -> Engagement:
        engagement = Engagement.objects.create(
            client=self.client,
            name=line_of(name, LONGEST_NAME) or UNNAMED,
            currency=Firm.objects.the().currency,
            starts_on=starts_on,
            is_imported=True,
            import_key=key,
        )
        self.engagements[engagement.pk] = engagement
        self.tally.engagements += 1
        return engagement

    def _make_months(self, months: set[tuple[UUID, dt.date, dt.date]]) -> None:
        there = Period.objects.filter(
            is_history=True, engagement__in={month[0] for month in months}, starts_on__in={month[1] for month in months}
        )
        self.history = {(period.engagement_id, period.starts_on): period for period in there}
        missing = [
            Period(
                client=self.client,
                engagement=self.engagements[engagement_id],
                starts_on=starts_on,
                ends_on=ends_on,
                is_history=True,
                closed_at=timezone.now(),
            )
            for engagement_id, starts_on, ends_on in sorted(months, key=lambda month: month[1])
            if (engagement_id, starts_on) not in self.history
        ]
        self.history |= {(period.engagement_id, period.starts_on): period for period in Period.objects.bulk_create(missing)}
        self.tally.periods += len(missing)


def day_of(row: ImportRow, today: dt.date) -> dt.date:
    """The day a row belongs to; where its work has none, that of its ticket. Never a day to come."""
    return min(row.work_date or row.ticket_opened_on or row.ticket_closed_on or today, today)


def total_history(periods: Iterable[UUID]) -> None:
    """Set the totals of months of history from their entries: all of it used, and all of it absorbed."""
    burned = TimeEntry.objects.burning().filter(period=OuterRef("pk")).order_by().values("period")
    total = Coalesce(Subquery(burned.annotate(total=Sum("burn_minutes")).values("total")), 0)
    Period.objects.filter(pk__in=list(periods), is_history=True).update(used_minutes=total, absorbed_minutes=total)
