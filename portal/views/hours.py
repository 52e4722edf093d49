"""The hours: how they add up, what each lot holds, what covered each entry."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from billing.models import Period, TimeEntry
from billing.models.ledger import ProjectedPeriod, balance_of, ledger_of
from figures.rounding import half_up
from look.sheets import as_file
from portal import statement
from portal.access import ClientRequest, for_clients
from portal.columns import HOURS
from portal.pages import page
from portal.wording import period_name

ENTRIES_ON_A_PAGE = 100
MOST_PERIODS = 60


@require_safe
@for_clients
def hours(request: ClientRequest) -> HttpResponseBase:
    """The period that today lies in; without one the latest; without any, the sentence that says so."""
    periods = Period.objects.visible_to(request.actor).select_related("engagement")
    today = timezone.localdate()
    current = periods.covering(today).order_by("is_history", "starts_on").first()
    found = current or periods.filter(starts_on__lte=today).order_by("-starts_on").first()
    if found is None:
        return page(request, "hours", {"period": None}, place="hours")
    return _statement(request, found)


@require_safe
@for_clients
def period(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    """One period of the client, any of them."""
    return _statement(request, get_object_or_404(Period.objects.visible_to(request.actor).select_related("engagement"), pk=pk))


def _statement(request: ClientRequest, found: Period) -> HttpResponseBase:
    today = timezone.localdate()
    projected = None if found.closed_at or found.is_history else _projected(found)
    if "format" in request.GET and (
        file := as_file(request, f"{gettext('hours')}-{found.starts_on}", HOURS, _rows(request, found, projected))
    ):
        return file
    balance = balance_of(found.engagement, today=today) if found.starts_on <= today < found.ends_on and not found.is_history else None
    context = {
        "period": found,
        "name": period_name(found.starts_on, found.ends_on),
        "today": today,
        "balance": balance,
        "others": _others(request, found),
    }
    if projected is not None:
        context |= {
            "lines": statement.lines_of(projected, balance=balance, today=today),
            "over_lines": statement.over_lines(projected),
            "lots": statement.lots_of(projected),
            "projection": projected.projection,
            "burn": statement.burn_of(projected, today=today) if found.starts_on <= today else None,
        }
    return page(request, "hours", context | _entries(request, found, projected), place="hours")


def _projected(found: Period) -> ProjectedPeriod | None:
    return next((each for each in ledger_of(found.engagement) if each.period.pk == found.pk), None)


def _entries(request: ClientRequest, found: Period, projected: ProjectedPeriod | None) -> dict[str, Any]:
    entries = TimeEntry.objects.visible_to(request.actor).burning().filter(period=found)
    in_order = entries.select_related("ticket", "person").order_by("work_date", "pk")
    sheet = Paginator(in_order, ENTRIES_ON_A_PAGE).get_page(request.GET.get("page"))
    sums = entries.aggregate(worked=Sum("raw_seconds"), counted=Sum("burn_minutes"))
    return {
        "rows": statement.rows_of(sheet.object_list, projected),
        "sheet": sheet,
        "newer": f"?page={sheet.next_page_number()}#entries" if sheet.has_next() else "",
        "older": f"?page={sheet.previous_page_number()}#entries" if sheet.has_previous() else "",
        "worked_minutes": half_up(sums["worked"] or 0, 60),
        "counted_minutes": sums["counted"] or 0,
    }


def _rows(request: ClientRequest, found: Period, projected: ProjectedPeriod | None) -> list[statement.Row]:
    entries = TimeEntry.objects.visible_to(request.actor).burning().filter(period=found)
    return statement.rows_of(entries.select_related("ticket", "person").order_by("work_date", "pk"), projected)


def _others(request: ClientRequest, found: Period) -> list[tuple[Period, str]]:
    """The other periods, newest first; of those still to come only the next."""
    others = Period.objects.visible_to(request.actor).exclude(pk=found.pk).select_related("engagement").order_by("-starts_on")
    return [(each, period_name(each.starts_on, each.ends_on)) for each in others[:MOST_PERIODS]]
