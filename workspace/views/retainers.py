"""Every client's burn against time."""

import datetime as dt
from collections import Counter
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
from workspace.paging import page_of, with_changes
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
    """The retainers of a page that stand alike, and how many do in all; without a name they are of one order."""

    name: str
    rows: list[Row]
    count: int = 0

    @property
    def lines(self) -> list[Line]:
        return lines_of(self.rows)


@for_staff
@require_safe
@with_views(SavedView.Page.RETAINERS)
def retainers(request: StaffRequest) -> HttpResponseBase:
    """Every retainer that runs today, sorted by danger unless `?sort=` says otherwise; `client`, `lead` and `state` narrow it.

    The sums and counts are of all of them, the rows of one page.
    """
    sort = typed if (typed := request.GET.get("sort", "")) in SORTS else "danger"
    actor, day = request.actor, timezone.localdate()
    all_rows = board(actor, day)
    keep_count(actor, all_rows)
    rows = in_order(narrowed(all_rows, request.GET), sort)
    if file := as_file(request, "retainers", RETAINERS, with_terms(rows, actor, day)):
        return file
    page = page_of(rows, request.GET)
    fields = [
        of_client(request.GET, actor),
        of_person(request.GET, "lead", (NO_LEAD, gettext("nobody"))),
        choice(request.GET, "state", gettext("State"), [(NEEDS_A_DECISION, GROUPS[0][0]), *BALANCE_NAMES.items()]),
    ]
    context = {
        "groups": grouped(list(with_terms(page.rows, actor, day)), rows, sort),
        "page": page,
        "rows": rows,
        "sort": sort,
        "sorts": [(key, name, with_changes(request.GET, sort=key, page="")) for key, name in SORTS.items()],
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


def in_order(rows: list[Row], sort: str) -> list[Row]:
    """By client, by lead, or by the group a retainer stands in and how badly it does."""
    if sort == "client":
        return sorted(rows, key=lambda row: row.engagement.client.name.casefold())
    if sort == "lead":
        return sorted(rows, key=lambda row: row.engagement.lead.name.casefold() if row.engagement.lead else "\uffff")
    place = {state: number for number, (_name, states) in enumerate(GROUPS) for state in states}
    worst_first = sorted(rows, key=lambda row: row.balance.danger, reverse=True)
    return sorted(worst_first, key=lambda row: place[row.balance.state])


def grouped(shown: list[Row], rows: list[Row], sort: str) -> list[Group]:
    """The rows of a page under the names of their groups, each with the count of all its rows."""
    if sort != "danger":
        return [Group("", shown)]
    stood = Counter(row.balance.state for row in rows)
    groups = [
        Group(str(name), [row for row in shown if row.balance.state in states], sum(stood[state] for state in states))
        for name, states in GROUPS
    ]
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
