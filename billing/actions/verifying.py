"""Every period computed anew from its entries, and what is kept held against it. A sound ledger gives no finding."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.actions.charging import billed_lines
from billing.actions.projecting import TOTALS
from billing.models import Authorisation, AuthorisationUse, Charge, Lot, Period, Posting, Statement, TimeEntry
from billing.models.ledger import ProjectedPeriod, as_entry, as_lot, ledger_of, terms_reaching
from billing.models.ledger_rows import LedgerEntry, in_order_of_work, versions_of
from billing.models.statement import document_of_period
from billing.rules import movements
from billing.rules.ledger import project
from billing.rules.projection import LedgerDoesNotFoot, Projection, Use, uses_of
from billing.rules.statement import ENGINE, LEAVES_DEBT, digest_of
from engagements.models import Engagement
from engagements.rules import Terms

RETOLD = ("2", ENGINE)  # the engines whose statements can be told anew word for word

type Movement = tuple[str, UUID | None, UUID | None, str]


@dataclass(frozen=True, slots=True)
class _Books:
    """The rows of one retainer, by period."""

    retainer: Engagement
    versions: Sequence[Terms]
    lots: dict[UUID | None, list[Lot]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[UUID, list[LedgerEntry]] = field(default_factory=lambda: defaultdict(list))
    postings: dict[UUID, list[Posting]] = field(default_factory=lambda: defaultdict(list))
    statements: dict[UUID, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[UUID, list[AuthorisationUse]] = field(default_factory=lambda: defaultdict(list))
    charges: dict[UUID | None, list[Charge]] = field(default_factory=lambda: defaultdict(list))
    corrections: list[TimeEntry] = field(default_factory=list)
    used: dict[movements.Id, Use] = field(default_factory=dict)


def verify_ledger() -> Iterator[str]:
    """What differs, a sentence each, over all retainers and all imported history; nothing where all is sound."""
    for pk in Engagement.objects.order_by("pk").values_list("pk", flat=True):
        yield from verify_engagement(pk)
    burned = TimeEntry.objects.burning().filter(period=OuterRef("pk")).order_by().values("period")
    total = Coalesce(Subquery(burned.annotate(total=Sum("burn_minutes")).values("total")), 0)
    for period in Period.objects.filter(is_history=True).exclude(used_minutes=total):
        yield f"Period {period.pk} of imported history ({period}): its use is not the sum of its entries."


@transaction.atomic
def verify_engagement(engagement_id: UUID) -> list[str]:
    """What differs in one retainer. Nobody writes its hours meanwhile."""
    retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).get(pk=engagement_id)
    periods = list(retainer.periods.of_the_promise().order_by("starts_on"))
    return [f"Engagement {engagement_id}, {finding}" for finding in _findings(_read(retainer), periods)]


def _read(retainer: Engagement) -> _Books:
    books = _Books(retainer, versions_of(retainer))
    for lot in retainer.lots.order_by("usable_from", "pk"):
        books.lots[lot.period_id].append(lot)
    for entry in in_order_of_work(TimeEntry.objects.burning().filter(period__engagement=retainer)):
        books.entries[entry.period_id].append(entry)
    for posting in Posting.objects.filter(period__engagement=retainer):
        books.postings[posting.period_id].append(posting)
    for statement in retainer.statements.all():
        books.statements[statement.period_id].append(statement)
    for charge in Charge.objects.filter(engagement=retainer).exclude(statement=None, reverses=None).select_related("reverses"):
        books.charges[charge.reverses.statement_id if charge.reverses else charge.statement_id].append(charge)
    corrected = TimeEntry.objects.filter(period__engagement=retainer, corrects__isnull=False)
    books.corrections.extend(corrected.select_related("correction__lot").prefetch_related("charges").order_by("pk"))
    for use in AuthorisationUse.objects.standing().filter(statement__engagement=retainer).select_related("authorisation", "statement"):
        books.uses[use.statement.period_id].append(use)
    return books


def _findings(books: _Books, periods: Sequence[Period]) -> Iterator[str]:
    yield from _tiling(periods)
    closed = [period for period in periods if period.closed_at is not None]
    carried: tuple[movements.Lot, ...] = ()
    owed = 0
    for period in closed:
        try:
            found = _computed_anew(books, period, carried, owed)
        except LedgerDoesNotFoot as error:
            yield f"period {period}: {error}"
            return
        yield from (f"period {period}: {finding}" for finding in _differences(books, found))
        carried, owed = found.projection.carried, found.projection.borrowed_minutes + found.projection.owed_minutes
    yield from _carried_on(books, carried)
    for period in periods:
        yield from (f"period {period}: {finding}" for finding in _wrong_charges(books, books.statements[period.pk]))
    yield from (f"period {period}: what is open has postings that stand." for period in periods[len(closed) :] if _moved(books, period))
    yield from (f"correction {entry.pk}: {finding}" for entry in books.corrections for finding in _wrong_correction(entry))
    for each in ledger_of(books.retainer, books.versions):
        yield from (f"period {each.period}: {finding}" for finding in _wrong_totals(each.period, each.projection))


def _tiling(periods: Sequence[Period]) -> Iterator[str]:
    for before, after in pairwise(periods):
        if before.ends_on != after.starts_on:
            yield f"period {after}: it does not begin where the one before ends."
        if before.closed_at is None and after.closed_at is not None:
            yield f"period {after}: it is closed and the one before is open."
        if before.closed_at is not None and before.closing_minutes != after.opening_minutes:
            yield f"period {after}: it opens with {after.opening_minutes} min, the one before closed with {before.closing_minutes}."


def _computed_anew(books: _Books, period: Period, carried: Iterable[movements.Lot], owed: int) -> ProjectedPeriod:
    new = books.lots[period.pk]
    engine = next((statement.engine for statement in books.statements[period.pk] if statement.superseded_at is None), ENGINE)
    span = movements.PeriodSpan(
        period.starts_on,
        period.ends_on,
        owed_minutes=owed,
        next_grant_minutes=period.next_grant_minutes,
        is_last=period.is_last,
        leaves_debt=engine in LEAVES_DEBT,
    )
    as_they_came = [replace(as_lot(lot), minutes=lot.minutes, is_carried=False) for lot in new]
    lots = _as_they_ended_then([*carried, *as_they_came], books.statements[period.pk])
    entries = books.entries[period.pk]
    consents = [_as_it_was_given(use.authorisation, books) for use in books.uses[period.pk]]
    projection = project(terms_reaching(books.versions, period), span, lots, [as_entry(entry) for entry in entries], consents)
    return ProjectedPeriod(period, tuple(new), tuple(entries), projection)


def _as_they_ended_then(lots: Iterable[movements.Lot], statements: Iterable[Statement]) -> list[movements.Lot]:
    """Lots with the end they had at the close, which its statement keeps: a later pause makes them live longer."""
    standing = next((statement for statement in statements if statement.superseded_at is None), None)
    told = {line["lot"]: dt.date.fromisoformat(line["usable_until"]) for line in (standing.document.get("lots", []) if standing else [])}
    return [replace(lot, usable_until=told.get(str(lot.id), lot.usable_until)) for lot in lots]


def _as_it_was_given(given: Authorisation, books: _Books) -> movements.Authorisation:
    """An authorisation with what earlier periods used of it, computed anew."""
    before = books.used.get(given.pk, Use(0, Decimal(0)))
    return movements.Authorisation(
        given.pk, given.most_minutes, given.money_cap, given.valid_until, before.minutes, Fraction(before.rated) / 60
    )


def _wrong_uses(books: _Books, found: ProjectedPeriod) -> Iterator[str]:
    anew = uses_of(found.projection)
    if {use.authorisation_id: Use(use.minutes, use.rated) for use in books.uses[found.period.pk]} != anew:
        yield "what it used of authorisations is not what its entries come to."
    for given, use in anew.items():
        before = books.used.get(given, Use(0, Decimal(0)))
        books.used[given] = Use(before.minutes + use.minutes, before.rated + use.rated)


def _differences(books: _Books, found: ProjectedPeriod) -> Iterator[str]:
    yield from _wrong_totals(found.period, found.projection)
    if _moved(books, found.period) != _to_move(found.projection):
        yield "its postings are not the movements of its entries."
    yield from _wrong_statements(books, found)
    yield from _wrong_uses(books, found)


def _wrong_totals(period: Period, projection: Projection) -> Iterator[str]:
    for name in TOTALS:
        kept, anew = getattr(period, name), getattr(projection, name)
        if kept != anew:
            yield f"{name} is {kept}, computed anew {anew}."


def _moved(books: _Books, period: Period) -> Counter[Movement]:
    """What the postings of a period come to, movement by movement; a reversal takes its posting away."""
    moved: Counter[Movement] = Counter()
    for posting in books.postings[period.pk]:
        moved[posting.kind, posting.lot_id, posting.entry_id, str(posting.rate)] += posting.minutes
    return Counter({movement: minutes for movement, minutes in moved.items() if minutes})


def _to_move(projection: Projection) -> Counter[Movement]:
    moved: Counter[Movement] = Counter()
    for posting in projection.postings():
        moved[posting.kind, posting.lot_id, posting.entry_id, str(posting.rate)] += posting.minutes  # type: ignore[index]  # our ids are UUIDs
    return moved


def _wrong_statements(books: _Books, found: ProjectedPeriod) -> Iterator[str]:
    statements = books.statements[found.period.pk]
    for statement in statements:
        if digest_of(statement.document) != statement.digest:
            yield f"the document of statement {statement.number} does not have its digest."
    standing = [statement for statement in statements if statement.superseded_at is None]
    if len(standing) != 1:
        yield f"{len(standing)} statements stand for it, not one."
    for statement in standing:
        if statement.engine in RETOLD and statement.document != document_of_period(books.retainer, found, engine=statement.engine):
            yield f"statement {statement.number} does not say what its entries come to."


def _wrong_charges(books: _Books, statements: Iterable[Statement]) -> Iterator[str]:
    """Where a close did not charge what its statement says, or a reopening did not give all of it back."""
    for statement in (each for each in statements if each.engine in RETOLD):
        document, rows = statement.document, books.charges[statement.pk]
        lines = [(kind, Decimal(line["rate"]), Decimal(line["amount"])) for kind, line in billed_lines(document)]
        said = Counter(line for line in [("fee", None, Decimal(document.get("fee") or 0)), *lines] if line[2] > 0)
        if Counter((row.kind, row.rate, row.amount) for row in rows if row.reverses is None) != said:
            yield f"statement {statement.number} was not charged as it says."
        if statement.superseded_at is not None and sum((row.amount for row in rows), Decimal(0)) != 0:
            yield f"what superseded statement {statement.number} charged was not given back."


def _wrong_correction(entry: TimeEntry) -> Iterator[str]:
    """A correction stands once made, and what it takes back goes back: as a lot, as a credit, or as minutes that are only fewer."""
    if entry.state == TimeEntry.State.REJECTED:
        yield "it was sent back, and what it gave back stands."
    back = getattr(entry, "correction", None)
    if back is None:
        yield "nothing says which way its minutes went back."
        return
    if back.adjustment_minutes + back.credit_minutes + back.unauthorised_minutes + back.absorbed_minutes != -entry.burn_minutes:
        yield "what went back is not what it takes back."
    if back.adjustment_minutes != (back.lot.minutes if back.lot else 0):
        yield "the hours it gave back are not its lot."
    priced = [row.minutes or 0 for row in entry.charges.all() if row.kind == Charge.Kind.CREDIT]
    if priced and sum(priced) != back.credit_minutes:
        yield "the minutes it credits are not those it gave back."


def _carried_on(books: _Books, carried: Iterable[movements.Lot]) -> Iterator[str]:
    left = {lot.id: lot.minutes for lot in carried}
    for lot in (lot for lots in books.lots.values() for lot in lots if lot.carried_minutes is not None):
        if lot.carried_minutes != left.pop(lot.pk, 0):
            yield f"lot {lot.pk}: {lot.carried_minutes} min are carried on, computed anew it is another sum."
    for lot_id, minutes in left.items():
        yield f"lot {lot_id}: {minutes} min should be carried on and are not."
