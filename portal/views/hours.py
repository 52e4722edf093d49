"""The hours: how they add up, what each lot holds, what covered each entry; and the statements of what is closed."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.actors import Actor
from accounts.models import Visibility
from billing.models import Charge, Forecast, Period, Statement
from billing.models.ledger import balance_of, ledger_of
from billing.models.ledger_rows import versions_of
from billing.models.period import PeriodQuerySet
from billing.models.statement import document_today
from billing.rules.visibility import as_seen
from engagements.policies import may_see_money
from events.links import path_to
from look.sheets import as_file
from look.statements import STATEMENT, Row, account_of, burn_of, carry_of, held_of, names_of, narrowed, pdf_of, period_name, sheet_of, tell
from portal.access import ClientRequest, for_clients
from portal.columns import PERIODS
from portal.entry_lines import lines_of
from portal.forms import ActionForm, AuthoriseForm, LateForm
from portal.overs import Over, over_of
from portal.pages import page

ENTRIES_ON_A_PAGE = 100
MOST_PERIODS = 60
LONGEST_NUMBER = 4
SHOWS_ENTRIES = {Visibility.ENTRIES, Visibility.PEOPLE}


class Listed(NamedTuple):
    """A period in the list of all, with its statement and the minutes over that its page shows."""

    period: Period
    statement: Statement | None

    @property
    def over_minutes(self) -> int:
        """Nothing where no hours were promised: what was used there was held against none."""
        return self.period.over_minutes if self.period.capacity_minutes else 0


@require_safe
@for_clients
def hours(request: ClientRequest) -> HttpResponseBase:
    """The period that today lies in; without one the latest; without any, the sentence that says so.

    With `list=periods` its file is that of the periods, not that of the entries of one.
    """
    if request.GET.get("list") == "periods" and (file := as_file(request, gettext("periods"), PERIODS, _listed(request))):
        return file
    periods = _periods(request)
    today = timezone.localdate()
    current = periods.covering(today).order_by("is_history", "starts_on").first()
    found = current or periods.filter(starts_on__lte=today).order_by("-starts_on").first()
    if found is None:
        return page(request, "hours", {"period": None}, place="hours")
    return period_page(request, found)


@require_safe
def period(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    """One period of the client, any of them. Whoever of the firm follows a link of its statement reads the same rows in the workspace."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None and actor.is_staff:
        get_object_or_404(Period.objects.visible_to(actor), pk=pk)
        desk = path_to("billing.period", pk, door="workspace")
        return redirect(f"{desk}?{request.GET.urlencode()}" if request.GET else desk)
    return _period(request, pk)


@for_clients
def _period(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    return period_page(request, visible_period(request, pk))


def visible_period(request: ClientRequest, pk: UUID) -> Period:
    return get_object_or_404(_periods(request), pk=pk)


def _periods(request: ClientRequest) -> PeriodQuerySet:
    """Those of the client, with their terms: the ledger and the fee both ask for them."""
    seen = Period.objects.visible_to(request.actor).select_related("engagement", "client")
    return seen.with_waits_for().prefetch_related("engagement__terms")


def _listed(request: ClientRequest) -> Iterable[Listed]:
    """All periods, the latest first. Lazy: the page, which asks for no file, reads none of them."""
    kept = {each.period_id: each for each in Statement.objects.visible_to(request.actor).standing().defer("document")}
    seen = Period.objects.visible_to(request.actor).select_related("engagement").with_waits_for()
    for each in seen.order_by("-starts_on", "-pk"):
        yield Listed(each, kept.get(each.pk))


@require_safe
@for_clients
def statement_pdf(request: ClientRequest, pk: UUID) -> HttpResponse:
    """The statement of a closed period, to print and to keep."""
    found = get_object_or_404(Statement.objects.visible_to(request.actor).select_related("engagement__client", "period", "made_by"), pk=pk)
    return pdf_of(found, request.actor, level=found.engagement.client.visibility)


def period_page(request: ClientRequest, found: Period, *, form: ActionForm | None = None, status: int = 200) -> HttpResponseBase:
    """A period in full; with the form of a yes to hours over that was refused, if there is one."""
    today = timezone.localdate()
    client, versions = found.client, versions_of(found.engagement)
    projected = ledger_of(found.engagement, versions) if found.closed_at is None and not found.is_history else None
    document = as_seen(document_today(found, projected, versions), client.visibility, money=may_see_money(request.actor))
    is_open = found.closed_at is None
    names = names_of(document, request.actor)
    told = tell(document, names, is_open=is_open, is_history=found.is_history, left_on=today)
    wanted = narrowed(told, request.GET)
    lines = wanted.rows if wanted else sheet_of(told)
    if file := as_file(request, f"{gettext('hours')}-{found.starts_on}", STATEMENT, lines):
        return file
    is_now = found.starts_on <= today < found.ends_on and not found.is_history
    begun = found.starts_on <= today and not found.is_history
    over = over_of(request.actor, found, versions, projected, today=today)
    balance = balance_of(found.engagement, today=today) if is_now else None
    context = {
        "period": found,
        "told": told,
        "today": today,
        "balance": balance,
        "hit_rate": Forecast.objects.visible_to(request.actor).hit_rate() if balance and balance.forecast else None,
        "period_url": reverse("portal:period", args=[found.pk]),
        "burn": burn_of(document, today=today, balance=balance) if begun and client.visibility in SHOWS_ENTRIES else None,
        "narrowed": wanted,
        "account": account_of(told, request.GET),
        "held": held_of(found, request.actor, client.visibility) if balance and balance.reserved_minutes else [],
        "carry": carry_of(document, versions, is_open=is_open, retainer_ends_on=found.engagement.ends_on),
        "over": over,
        "over_form": form or (LateForm() if found.closed_at else AuthoriseForm(initial=_asked(over))),
        "charges": Charge.objects.visible_to(request.actor).of_period(found),
    }
    entries = _entries(request, wanted.rows if wanted else told.rows)
    return page(request, "hours", context | _beside(request, found) | entries, place="hours", status=status)


def _asked(over: Over | None) -> dict[str, str]:
    return {"minutes_cap": f"{over.ask.waiting.minutes} min"} if over and over.ask else {}


def _entries(request: ClientRequest, rows: list[Row]) -> dict[str, Any]:
    sheet = Paginator(rows, ENTRIES_ON_A_PAGE).get_page(request.GET.get("page"))
    return {
        "rows": lines_of(sheet.object_list),
        "sheet": sheet,
        "newer": _page(request, sheet.next_page_number()) if sheet.has_next() else "",
        "older": _page(request, sheet.previous_page_number()) if sheet.has_previous() else "",
    }


def _page(request: ClientRequest, number: int, *, of: str = "page", at: str = "entries") -> str:
    query = request.GET.copy()
    query[of] = str(number)
    return f"?{query.urlencode()}#{at}"


def _beside(request: ClientRequest, found: Period) -> dict[str, Any]:
    """The other periods page by page, newest first, each with its statement; the page of the one before; the statement of this one."""
    asked = request.GET.get("periods", "")
    number = max(int(asked), 1) if asked.isdecimal() and len(asked) <= LONGEST_NUMBER else 1
    others = Period.objects.visible_to(request.actor).exclude(pk=found.pk).select_related("engagement").with_waits_for()
    first = (number - 1) * MOST_PERIODS
    rows = list(others.order_by("-starts_on", "-pk")[first : first + MOST_PERIODS + 1])
    shown, has_older = rows[:MOST_PERIODS], len(rows) > MOST_PERIODS
    standing = Statement.objects.visible_to(request.actor).standing().filter(period__in=[found, *shown]).defer("document")
    kept = {each.period_id: each for each in standing}
    before = _before(found, shown if number == 1 and not has_older else others.filter(ends_on=found.starts_on))
    return {
        "others": [(each, period_name(each.starts_on, each.ends_on), kept.get(each.pk)) for each in shown],
        "newer_periods": _page(request, number - 1, of="periods", at="periods") if number > 1 else "",
        "older_periods": _page(request, number + 1, of="periods", at="periods") if has_older else "",
        "before": reverse("portal:period", args=[before.pk]) if before else "",
        "statement": kept.get(found.pk),
    }


def _before(found: Period, others: Iterable[Period]) -> Period | None:
    """The period whose end this one goes on from."""
    carried = (each for each in others if each.engagement_id == found.engagement_id and each.ends_on == found.starts_on)
    return next((each for each in carried if not each.is_history), None)
