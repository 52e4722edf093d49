"""Lists that cross the clients: all time that was logged, and all periods."""

from datetime import timedelta

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import SavedView
from billing.filters import PeriodFilter, TimeEntryFilter
from billing.models import Period, TimeEntry
from figures.rounding import half_up
from look.sheets import as_file
from tickets.models.ticket import ServiceArea
from workspace.access import StaffRequest, for_staff
from workspace.columns import ENTRIES, PERIODS
from workspace.narrowing import Narrow, choice, kept, line, of_client, of_person, wrong_in
from workspace.paging import page_of
from workspace.saved import with_views
from workspace.shell import show

AS_IT_COMES = frozenset({"page", "format", "view"})
MOST_SUMMED = 100_000


@for_staff
@require_safe
@with_views(SavedView.Page.ENTRIES)
def entries(request: StaffRequest) -> HttpResponseBase:
    """Everybody's time, the latest day first, as the query narrows it, with what it adds up to.

    An address that narrows nothing shows this month: a firm has millions of entries, and nobody reads them from the first. With an
    empty `work_date_after` it shows them all.
    """
    asked = request.GET.copy()
    is_this_month = AS_IT_COMES.issuperset(asked)
    if is_this_month:
        asked["work_date_after"] = timezone.localdate().replace(day=1).isoformat()
    fields = _entry_fields(request, asked)
    if asked.get("person") == "me":
        asked["person"] = str(request.actor.person_id)
    narrowed = TimeEntryFilter(asked, queryset=TimeEntry.objects.visible_to(request.actor))
    found = narrowed.qs if narrowed.is_valid() else TimeEntry.objects.none()
    named = found.select_related("client", "ticket", "person").order_by("-work_date", "-pk")
    if file := as_file(request, "time", ENTRIES, named):
        return file
    context = {
        "page": page_of(named, request.GET),
        "sums": _sums(found),
        "is_this_month": is_this_month,
        "fields": fields,
        "hidden": kept(request.GET, fields),
        "wrong": wrong_in(narrowed),
    }
    return show(request, "entries", context, place="time")


def _entry_fields(request: StaffRequest, asked: QueryDict) -> list[Narrow]:
    return [
        of_client(asked, request.actor),
        of_person(asked, "person", ("me", _("me"))),
        choice(asked, "service_area", _("Service area"), ServiceArea.choices),
        choice(asked, "kind", _("Counts as"), TimeEntry.Kind.choices),
        choice(asked, "state", _("State"), TimeEntry.State.choices),
        line(asked, "work_date_after", _("From"), "date"),
        line(asked, "work_date_before", _("To"), "date"),
    ]


def _sums(found: QuerySet[TimeEntry]) -> dict[str, int] | None:
    """What a list adds up to; None for one of more rows than a page waits for."""
    if found.order_by()[MOST_SUMMED : MOST_SUMMED + 1].exists():
        return None
    sums = found.aggregate(entries=Count("pk"), seconds=Coalesce(Sum("raw_seconds"), 0), counted=Coalesce(Sum("burn_minutes"), 0))
    return {"entries": sums["entries"], "worked_minutes": half_up(sums["seconds"], 60), "counted_minutes": sums["counted"]}


@for_staff
@require_safe
@with_views(SavedView.Page.PERIODS)
def periods(request: StaffRequest) -> HttpResponseBase:
    """The periods of all retainers, the latest first; those that are not yet to come unless a day is asked for."""
    narrowed = PeriodFilter(request.GET, queryset=Period.objects.visible_to(request.actor).of_the_promise().with_waits_for())
    found = narrowed.qs if narrowed.is_valid() else Period.objects.none()
    if not request.GET.get("covering"):
        found = found.filter(starts_on__lt=timezone.localdate() + timedelta(days=1))
    rows = found.select_related("engagement__client").order_by("-starts_on", "-pk")
    if file := as_file(request, "periods", PERIODS, rows):
        return file
    asked = request.GET
    fields = [
        of_client(asked, request.actor),
        choice(asked, "open", _("State"), [("true", _("open")), ("false", _("closed"))], every=_("open and closed")),
        choice(asked, "to_close", _("Close"), [("true", _("ended, to be closed"))]),
        line(asked, "covering", _("On the day"), "date"),
    ]
    context = {"page": page_of(rows, asked), "fields": fields, "hidden": kept(asked, fields), "wrong": wrong_in(narrowed)}
    return show(request, "periods", context, place="retainers")
