"""Every client's burn against time, and one period in full."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.actors import Actor
from accounts.models import SavedView
from billing.models import BurnAlert, Lot, Period, TimeEntry
from billing.models.ledger import Balance, ProjectedPeriod, balance_of, balances, ledger_of
from billing.rules.movements import Coverage, LotState
from engagements.models import Engagement, RetainerTerms
from figures.charts import BurnWords, burn_down, burn_rows
from look.sheets import as_file
from look.templatetags.tend import day as day_text
from look.templatetags.tend import hours, left, long_day
from workspace.access import StaffRequest, for_staff
from workspace.columns import RETAINERS
from workspace.saved import with_views
from workspace.shell import show

GROUPS = (
    (_("Needs a decision"), ("over", "ends_early")),
    (_("On course"), ("on_course", "too_early")),
    (_("Under-served"), ("under_served",)),
)
COVERAGE_NAMES = {
    "borrowed": _("borrowed from the next period"),
    "overage": _("over, billed"),
    "unauthorised": _("over, not authorised"),
    "absorbed": _("over, ours to carry"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A retainer on the board."""

    engagement: Engagement
    balance: Balance
    terms: RetainerTerms | None


@dataclass(frozen=True, slots=True)
class Group:
    """Retainers that stand alike; without a name they are all of them in one order."""

    name: str
    rows: list[Row]
    explained: str = ""


@for_staff
@require_safe
@with_views(SavedView.Page.RETAINERS)
def retainers(request: StaffRequest) -> HttpResponseBase:
    """Every retainer that runs today, sorted by danger unless `?sort=` says otherwise."""
    sort = request.GET.get("sort", "danger")
    rows = board(request.actor, timezone.localdate())
    groups = grouped(rows, sort)
    if file := as_file(request, "retainers", RETAINERS, [row for group in groups for row in group.rows]):
        return file
    context = {"groups": groups, "rows": rows, "sort": sort, "sums": sums_of(rows), "day": timezone.localdate()}
    return show(request, "retainers", context, place="retainers")


def board(actor: Actor, day: dt.date) -> list[Row]:
    running = list(Engagement.objects.visible_to(actor).running(day).promised().select_related("client", "lead"))
    found = balances(running, today=day)
    in_force = {row.engagement_id: row for row in RetainerTerms.objects.visible_to(actor).in_force(day)}
    return [Row(each, found[each.pk], in_force.get(each.pk)) for each in running if each.pk in found]


def grouped(rows: list[Row], sort: str) -> list[Group]:
    if sort == "client":
        return [Group("", sorted(rows, key=lambda row: row.engagement.client.name.casefold()))]
    if sort == "lead":
        return [Group("", sorted(rows, key=lambda row: row.engagement.lead.name.casefold() if row.engagement.lead else "\uffff"))]
    worst_first = sorted(rows, key=lambda row: row.balance.danger, reverse=True)
    groups = [Group(str(name), [row for row in worst_first if row.balance.state in states]) for name, states in GROUPS]
    return [group for group in groups if group.rows]


def sums_of(rows: list[Row]) -> dict[str, int]:
    """The firm's hours together; what is left and what is over are kept apart."""
    stood = [row.balance for row in rows]
    promised, used = sum(each.capacity_minutes for each in stood), sum(each.used_minutes for each in stood)
    states = [each.state for each in stood]
    return {
        "promised": promised,
        "used": used,
        "used_percent": used * 100 // promised if promised else 0,
        "reserved": sum(each.reserved_minutes for each in stood),
        "left": sum(each.left_minutes for each in stood),
        "over": sum(each.over_minutes for each in stood),
        "deciding": sum(state in {"over", "ends_early"} for state in states),
        "under_served": states.count("under_served"),
    }


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and in words what each part of it was covered by."""

    entry: TimeEntry
    covered_by: list[tuple[int, str]]
    is_over: bool


@dataclass(slots=True)
class LotLine:
    """A lot of the period with where its minutes went."""

    state: LotState
    lot: Lot | None
    name: str = field(default="")


@for_staff
@require_safe
def period(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One period: how it adds up, its lots, its entries and what covered each, its burn-down, its alerts."""
    found = get_object_or_404(Period.objects.visible_to(request.actor).select_related("engagement__client", "engagement__lead"), pk=pk)
    projected = next((each for each in ledger_of(found.engagement) if each.period.pk == found.pk), None)
    entries = list(
        TimeEntry.objects.visible_to(request.actor)
        .filter(period=found)
        .select_related("ticket", "person")
        .order_by("work_date", "started_at", "pk")
    )
    today = timezone.localdate()
    beside = Period.objects.visible_to(request.actor).filter(engagement=found.engagement)
    context = {
        "period": found,
        "balance": balance_of(found.engagement, today=today) if found.starts_on <= today < found.ends_on else None,
        "lots": lot_lines(found.engagement, projected),
        "lines": lines_of(entries, projected),
        "raw_minutes": sum(entry.raw_seconds for entry in entries) // 60,
        "chart": None if found.is_history else chart_of(found, entries, today),
        "alerts": BurnAlert.objects.visible_to(request.actor).filter(period=found).order_by("-raised_at"),
        "before": beside.filter(ends_on__lte=found.starts_on).order_by("-starts_on").first(),
        "after": beside.filter(starts_on__gte=found.ends_on).order_by("starts_on").first(),
        "terms": RetainerTerms.objects.visible_to(request.actor)
        .filter(engagement=found.engagement, starts_on__lt=found.ends_on)
        .order_by("starts_on")
        .last(),
    }
    return show(request, "period", context, place="retainers")


def lot_lines(engagement: Engagement, projected: ProjectedPeriod | None) -> list[LotLine]:
    """The lots that the period can draw on, in the order it does."""
    if projected is None:
        return []
    rows: dict[Any, Lot] = {lot.pk: lot for lot in engagement.lots.all()}
    return [LotLine(state, rows.get(state.lot.id), name_of(state, rows)) for state in projected.projection.lots]


def name_of(state: LotState, rows: dict[Any, Lot]) -> str:
    names = {
        Lot.Kind.GRANT: gettext("Retainer hours"),
        Lot.Kind.TOP_UP: gettext("Top-up"),
        Lot.Kind.GOODWILL: gettext("Goodwill"),
        Lot.Kind.MIGRATION: gettext("Brought along"),
    }
    if state.lot.is_carried and state.lot.kind == "grant":
        return gettext("Carried from %(day)s") % {"day": long_day(state.lot.usable_from)}
    row = rows.get(state.lot.id)
    return (row.reason if row else "") or names.get(Lot.Kind(state.lot.kind), gettext("Adjustment"))


def lines_of(entries: Iterable[TimeEntry], projected: ProjectedPeriod | None) -> list[Line]:
    if projected is None:
        return [Line(entry, [], False) for entry in entries]
    by_entry, names = projected.projection.by_entry(), {}
    for state in projected.projection.lots:
        names[state.lot.id] = name_of(state, {lot.pk: lot for lot in projected.lots})
    return [_line(entry, by_entry.get(entry.pk, []), names) for entry in entries]


def _line(entry: TimeEntry, coverages: list[Coverage], names: dict[Any, str]) -> Line:
    parts = [(row.minutes, names.get(row.lot_id, "") if row.lot_id else str(COVERAGE_NAMES[row.kind])) for row in coverages]
    return Line(entry, parts, any(row.kind in {"overage", "unauthorised", "absorbed"} for row in coverages))


def chart_of(found: Period, entries: list[TimeEntry], today: dt.date) -> dict[str, Any]:
    """The burn-down of a period, and the table behind it."""
    moves: dict[dt.date, int] = {}
    for entry in entries:
        if entry.burn_minutes and entry.state not in {TimeEntry.State.DRAFT, TimeEntry.State.REJECTED}:
            day = max(entry.work_date, found.starts_on)
            moves[day] = moves.get(day, 0) + entry.burn_minutes
    rows = burn_rows(found.capacity_minutes, moves, starts_on=found.starts_on, ends_on=found.ends_on)
    now = rows[-1].left_minutes if rows else found.capacity_minutes
    words = BurnWords(
        title=gettext("Hours left, day by day"),
        description=gettext("From %(start)s on %(day)s; %(left)s on %(today)s.")
        % {"start": hours(found.capacity_minutes), "day": long_day(found.starts_on), "left": left(now), "today": long_day(today)},
        left=left(now),
        today=gettext("today, %(day)s") % {"day": day_text(today)},
        out=next((day_text(row.day) for row in rows if row.left_minutes < 0), ""),
    )
    drawn = burn_down(
        found.capacity_minutes, rows, starts_on=found.starts_on, ends_on=found.ends_on, today=today, words=words, day_name=day_text
    )
    return {"drawn": drawn, "rows": rows}


def alerts_of(actor: Actor, engagements: Iterable[Engagement]) -> QuerySet[BurnAlert]:
    return BurnAlert.objects.visible_to(actor).filter(period__engagement__in=engagements).told().order_by("-raised_at")
