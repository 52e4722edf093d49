"""Every client's burn against time."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.actors import Actor
from accounts.models import SavedView
from billing.models import BurnAlert, Period
from billing.policies import may_close_periods
from engagements.models import Engagement
from look.sheets import as_file
from workspace.access import StaffRequest, for_staff
from workspace.board import DECISIONS, Row, board, keep_count, with_terms
from workspace.board_lines import Line, lines_of
from workspace.columns import RETAINERS
from workspace.narrowing import choice, kept, of_client, of_person
from workspace.paging import with_changes
from workspace.saved import with_views
from workspace.shell import show
from workspace.states import BALANCE_NAMES

GROUPS = (
    (_("Needs a decision"), DECISIONS),
    (_("On course"), ("on_course", "too_early")),
    (_("Under-served"), ("under_served",)),
)
NEEDS_A_DECISION = "deciding"
NO_LEAD = "nobody"
SORTS = {"danger": _("Danger"), "client": _("Client"), "lead": _("Lead")}


def to_close(actor: Actor, day: dt.date) -> list[Period]:
    """The periods that wait for their close, the oldest first, for whoever closes them."""
    if not may_close_periods(actor):
        return []
    return list(Period.objects.visible_to(actor).to_close(day).select_related("engagement__client").order_by("starts_on", "pk"))


@dataclass(frozen=True, slots=True)
class Group:
    """Retainers that stand alike; without a name they are all of them in one order."""

    name: str
    rows: list[Row]

    @property
    def lines(self) -> list[Line]:
        return lines_of(self.rows)


@for_staff
@require_safe
@with_views(SavedView.Page.RETAINERS)
def retainers(request: StaffRequest) -> HttpResponseBase:
    """Every retainer that runs today, sorted by danger unless `?sort=` says otherwise; `client`, `lead` and `state` narrow it."""
    sort = typed if (typed := request.GET.get("sort", "")) in SORTS else "danger"
    actor, day = request.actor, timezone.localdate()
    all_rows = board(actor, day)
    keep_count(actor, all_rows)
    rows = with_terms(narrowed(all_rows, request.GET), actor, day)
    groups = grouped(rows, sort)
    if file := as_file(request, "retainers", RETAINERS, [row for group in groups for row in group.rows]):
        return file
    fields = [
        of_client(request.GET, actor),
        of_person(request.GET, "lead", (NO_LEAD, gettext("nobody"))),
        choice(request.GET, "state", gettext("State"), [(NEEDS_A_DECISION, GROUPS[0][0]), *BALANCE_NAMES.items()]),
    ]
    context = {
        "groups": groups,
        "rows": rows,
        "sort": sort,
        "sorts": [(key, name, with_changes(request.GET, sort=key)) for key, name in SORTS.items()],
        "sums": sums_of(rows),
        "day": day,
        "fields": fields,
        "hidden": kept(request.GET, fields),
        "to_close": to_close(actor, day),
        "is_narrowed": any(field.value for field in fields),
    }
    return show(request, "retainers", context, place="retainers")


def narrowed(rows: list[Row], asked: QueryDict) -> list[Row]:
    """The rows a query names: by client, by lead, by how they stand. What is none names nothing."""
    if client := asked.get("client"):
        rows = [row for row in rows if str(row.engagement.client_id) == client]
    if lead := asked.get("lead"):
        rows = [row for row in rows if str(row.engagement.lead_id or NO_LEAD) == lead]
    if state := asked.get("state"):
        states = DECISIONS if state == NEEDS_A_DECISION else (state,)
        rows = [row for row in rows if row.balance.state in states]
    return rows


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
        "deciding": sum(row.needs_a_decision for row in rows),
        "under_served": states.count("under_served"),
    }


def alerts_of(actor: Actor, engagements: Iterable[Engagement]) -> QuerySet[BurnAlert]:
    return BurnAlert.objects.visible_to(actor).filter(period__engagement__in=engagements).told().order_by("-raised_at")
