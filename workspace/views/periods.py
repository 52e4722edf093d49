"""One period in full, the close that ends it, and its statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.models import Visibility
from billing import policies
from billing.actions import close_period, preview_close, readers_of, reopen_period, send_statement
from billing.actions.asking import who_may_say_yes, why_not_yet
from billing.models import BurnAlert, Charge, Forecast, Period, Statement, TimeEntry
from billing.models.ledger import ProjectedPeriod, balance_of, ledger_of
from billing.models.over import ASKED, asks_for_a_yes, noes_to, overs_of, waiting_of
from billing.models.statement import document_today
from billing.rules.statement import Document
from engagements.models import RetainerTerms
from engagements.rules import Terms
from events.models import Event
from look.consents import shown_consents
from look.once import once
from look.sheets import as_file
from look.statements import Cover, Names, Narrowed, Told, account_of, burn_of, carry_of, held_of, names_of, narrowed, pdf_of, tell
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import COVERED
from workspace.entry_lines import covered_lines
from workspace.forms import said, telling
from workspace.shell import show, typed


@for_staff
@require_safe
def period(request: StaffRequest, pk: UUID) -> HttpResponseBase:
    """One period: how it adds up, its lots, its entries and what covered each, its burn-down, its alerts, its statements.

    `format` gives the entries as a file, of a figure only those behind it.
    """
    return period_page(request, visible_period(request, pk))


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def closure(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What the period would be if it closed now, and what stands in the way; POST closes it."""
    found = visible_period(request, pk)
    only_if(policies.may_close_periods(request.actor) and not found.is_history)
    reason = typed(request.POST, "override_reason")
    if request.method == "POST":
        try:
            statement = close_period(actor=request.actor, period=found, override_reason=reason)
        except DomainError as error:
            messages.error(request, said(error))
            return _closure_page(request, visible_period(request, pk), reason=reason, status=422)
        closed = gettext("Closed. Statement %(number)d says where every minute went.") % {"number": statement.number}
        messages.success(request, closed)
        return redirect("workspace:period", pk)
    return redirect("workspace:period", pk) if found.closed_at else _closure_page(request, found)


@for_staff
@require_POST
def reopening(request: StaffRequest, pk: UUID) -> HttpResponseBase:
    """Open the period that closed last once more, with a reason (`reason`)."""
    found, reason = visible_period(request, pk), typed(request.POST, "reason")
    only_if(policies.may_reopen_periods(request.actor))
    try:
        reopen_period(actor=request.actor, period=found, reason=reason)
    except DomainError as error:
        messages.error(request, said(error))
        return period_page(request, visible_period(request, pk), reason=reason, status=422)
    messages.success(request, gettext("Open again. Its statement is kept as superseded."))
    return redirect("workspace:period", pk)


@for_staff
@require_safe
def statement_pdf(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A statement as its client gets it, to print and to keep."""
    found = _statement(request, pk)
    return pdf_of(found, request.actor, level=found.engagement.client.visibility)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def statement_sending(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Who would be told that the statement is there, and that it is final; a POST tells them."""
    found = _statement(request, pk)
    only_if(policies.may_close_periods(request.actor))
    readers = readers_of(found)
    if request.method != "POST":
        if found.sent_at or found.superseded_at:
            return redirect("workspace:period", found.period_id)
        return show(request, "statement_sending", {"statement": found, "readers": readers}, place="retainers")
    names = get_text_list([person.name for person in readers], gettext("and"))
    with telling(request, gettext("Sent to %(names)s.") % {"names": names}):
        send_statement(actor=request.actor, statement=found)
    return redirect("workspace:period", found.period_id)


def visible_period(request: StaffRequest, pk: UUID) -> Period:
    seen = Period.objects.visible_to(request.actor).select_related("engagement__client", "engagement__lead", "closed_by")
    return get_object_or_404(seen.with_waits_for(), pk=pk)


def _statement(request: StaffRequest, pk: UUID) -> Statement:
    seen = Statement.objects.visible_to(request.actor).select_related("engagement__client", "period", "made_by")
    return get_object_or_404(seen, pk=pk)


def period_page(request: StaffRequest, found: Period, *, reason: str = "", status: int = 200) -> HttpResponseBase:
    actor, today = request.actor, timezone.localdate()
    terms = list(RetainerTerms.objects.visible_to(actor).filter(engagement=found.engagement).order_by("starts_on"))
    versions = [row.as_rules() for row in terms]
    projected = ledger_of(found.engagement, versions) if found.closed_at is None and not found.is_history else None
    document, entries = document_today(found, projected, versions), _entries(found, actor)
    told = _told(found, document, entries)
    wanted = narrowed(told, request.GET)
    rows = _covered(entries, told, wanted)
    if file := as_file(request, f"{found.engagement.client.code}-{found.starts_on}", COVERED, rows):
        return file
    beside = _beside(found, actor)
    kept = Statement.objects.visible_to(actor).filter(period=found).select_related("made_by", "superseded_by")
    statements = list(kept.order_by("-number"))
    balance = balance_of(found.engagement, today=today) if found.starts_on <= today < found.ends_on and not found.is_history else None
    context: dict[str, Any] = {
        "period": found,
        "told": told,
        "hit_rate": Forecast.objects.visible_to(actor).hit_rate() if balance and balance.forecast else None,
        "balance": balance,
        "entries": covered_lines(rows),
        "narrowed": wanted,
        "account": account_of(told, request.GET),
        "held": held_of(found, actor, Visibility.PEOPLE) if balance and balance.reserved_minutes else [],
        "carry": carry_of(document, versions, is_open=found.closed_at is None, retainer_ends_on=found.engagement.ends_on),
        "burn": None if found.is_history else burn_of(document, today=today, balance=None if found.closed_at else balance),
        "charges": Charge.objects.visible_to(actor).of_period(found),
        "alerts": BurnAlert.objects.visible_to(actor).filter(period=found).order_by("-raised_at"),
        "before": next((each for each in beside if each.starts_on < found.starts_on), None),
        "after": next((each for each in beside if each.starts_on > found.starts_on), None),
        "terms": next((row for row in reversed(terms) if row.starts_on < found.ends_on), None),
        "over": None if found.is_history else _over(found, actor, versions, projected),
        "statements": statements,
        "reason": reason,
        "may": _may(actor, found, is_over=today >= found.ends_on, is_sent=any(each.sent_at for each in statements)),
    }
    return show(request, "period", context, place="retainers", status=status)


def _beside(found: Period, actor: Actor) -> list[Period]:
    """The periods before and after this one, where there are any."""
    periods = Period.objects.visible_to(actor).filter(engagement=found.engagement)
    before, after = periods.filter(ends_on__lte=found.starts_on), periods.filter(starts_on__gte=found.ends_on)
    nearest = (before.order_by("-starts_on").values("pk")[:1], after.order_by("starts_on").values("pk")[:1])
    return list(periods.filter(Q(pk__in=nearest[0]) | Q(pk__in=nearest[1])))


def _may(actor: Actor, found: Period, *, is_over: bool, is_sent: bool) -> dict[str, bool]:
    is_open = found.closed_at is None and not found.is_history
    return {
        "close": is_open and is_over and policies.may_close_periods(actor),
        "reopen": found.closed_at is not None and not found.is_history and not is_sent and policies.may_reopen_periods(actor),
        "send": policies.may_close_periods(actor),
        "give": not found.is_history and policies.may_give_hours(actor),
    }


def _over(found: Period, actor: Actor, versions: list[Terms], projected: Sequence[ProjectedPeriod] | None) -> dict[str, Any] | None:
    """What waits for the client's yes, when it was asked last, and every yes there was; None where no terms ever asked for one."""
    retainer = found.engagement
    if not asks_for_a_yes(versions):
        return None
    consents = overs_of(retainer, projected).consents
    waiting = waiting_of(found, projected)
    asked = Event.objects.visible_to(actor).about(found).filter(kind=ASKED).select_related("person").order_by("-at")
    may_ask = bool(waiting.minutes) and policies.may_ask_overage(actor, retainer)
    return {
        "waiting": waiting,
        "consents": shown_consents(consents, currency=retainer.currency, today=timezone.localdate()),
        "asked": asked.first() if waiting.minutes else None,
        "declined": noes_to(actor, [waiting]).get(found.pk) if waiting.minutes else None,
        "may_ask": may_ask,
        "nobody_may": may_ask and not who_may_say_yes(waiting),
        "not_yet": why_not_yet(found) if may_ask else "",
    }


def _told(found: Period, document: Document, entries: list[TimeEntry]) -> Told:
    names = Names(
        notes={str(entry.pk): entry.note for entry in entries},
        people={str(entry.person_id): entry.person.name for entry in entries},
        tickets={str(entry.ticket_id): (entry.ticket.reference, entry.ticket.subject) for entry in entries if entry.ticket},
    )
    return tell(document, names, is_open=found.closed_at is None, is_history=found.is_history, left_on=timezone.localdate())


def _entries(found: Period, actor: Actor) -> list[TimeEntry]:
    """Every entry the firm sees, internal and not submitted ones too."""
    entries = TimeEntry.objects.visible_to(actor).filter(period=found).select_related("person").prefetch_related("ticket")
    return list(entries.order_by("work_date", "started_at", "pk"))


def _covered(entries: list[TimeEntry], told: Told, wanted: Narrowed | None) -> list[tuple[TimeEntry, Cover | None]]:
    """The entries with what covered each; of a figure only those behind it."""
    covers = {row.id: row.cover for row in told.rows}
    shown = {row.id for row in wanted.rows} if wanted else None
    return [(entry, covers.get(str(entry.pk))) for entry in entries if shown is None or str(entry.pk) in shown]


def _closure_page(request: StaffRequest, found: Period, *, reason: str = "", status: int = 200) -> HttpResponse:
    if found.closed_at is not None:
        raise Http404
    preview = preview_close(found.engagement, found)
    follower = Period.objects.visible_to(request.actor).filter(engagement=found.engagement, starts_on=found.ends_on).first()
    told = tell(preview.document, names_of(preview.document, request.actor), is_open=False)
    waiting = TimeEntry.objects.visible_to(request.actor).filter(period=found).awaiting_approval().select_related("person", "ticket")
    context = {
        "period": found,
        "told": told,
        "account": account_of(told, request.GET),
        "preview": preview,
        "follower": follower,
        "reason": reason,
        "waiting": waiting.order_by("work_date", "pk"),
        "base": reverse("workspace:period", args=[found.pk]),
        "level": Visibility(found.engagement.client.visibility).label,
    }
    return show(request, "period_closure", context, place="retainers", status=status)
