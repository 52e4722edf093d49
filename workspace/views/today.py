"""The first page of the day, and the line that logs time from it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.models import Client, Membership
from accounts.policies import may_add_people, may_describe_firm
from billing.actions import log_time, trace_of
from billing.models import Period, TimeEntry
from billing.models.ledger import balance_in
from figures import text
from look.once import once
from look.templatetags.tend import left, marks
from tickets.models import Ticket
from workspace.access import StaffRequest, for_staff, person_of
from workspace.board import Row, board, keep_count
from workspace.forms import said
from workspace.next_steps import for_a_new_firm
from workspace.quick import Reading, Unclear, example_code, read
from workspace.shell import my_turn, show, typed
from workspace.undo import remember
from workspace.views.retainers import to_close

MOST_TURNS = 12
MOST_IN_DANGER = 5
MOST_UNSPOKEN = 3
FIRST_WEEK = dt.timedelta(days=7)
LONG_UNANSWERED = dt.timedelta(hours=4)
VERY_LONG_UNANSWERED = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that is ours to move, and how urgently its client waits for a word."""

    ticket: Ticket
    tone: str


@for_staff
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    """The day; with `?timer` its line starts the clock instead of logging."""
    return today_page(request, is_timer="timer" in request.GET)


@for_staff
@require_POST
@once
def log(request: StaffRequest) -> HttpResponse:
    """Log the line. What it was read as is said again, with what the client has left."""
    line = typed(request.POST, "line")
    try:
        reading = read(request.actor, line)
        entry = log_time(actor=request.actor, engagement=reading.engagement, work=reading.work())
    except DomainError as error:
        return today_page(request, line=line, wrong=said(error), status=422)
    remember(request, logged(entry, reading), [trace_of(entry)])
    return today_page(request) if request.htmx else redirect("workspace:today")


@for_staff
@require_safe
def reading(request: StaffRequest) -> HttpResponse:
    """What a line would be logged as, while it is typed; a line still being begun is no mistake."""
    line = typed(request.GET, "line")
    context = {"line": line} | (reading_of(request.actor, line) if line else {"code": example_code(request.actor)})
    return render(request, "workspace/parts/reading.html", context)


def reading_of(actor: Actor, line: str, ticket: Ticket | None = None) -> dict[str, Any]:
    try:
        return {"reading": read(actor, line, ticket=ticket)}
    except Unclear as error:
        return {"wrong": said(error)}


def logged(entry: TimeEntry, reading: Reading) -> str:
    """The toast after logging: how much, on what, whether it waits for a yes, and what is left in the period that took it."""
    what = reading.ticket.reference if reading.ticket else reading.engagement.client.name
    done = gettext("Logged %(hours)s on %(what)s.") % {"hours": text.hours(entry.billed_minutes, marks()), "what": what}
    if entry.state == TimeEntry.State.SUBMITTED:
        done = gettext("%(done)s It waits for a yes.") % {"done": done}
    stands = balance_in(Period.objects.select_related("engagement").get(pk=entry.period_id), today=timezone.localdate())
    if stands is None:
        return done
    standing = left(stands.left_minutes - stands.over_minutes)
    return f"{done} {reading.elsewhere}: {standing}." if reading.elsewhere else f"{done} {standing}."


def today_page(request: StaffRequest, *, line: str = "", wrong: str = "", is_timer: bool = False, status: int = 200) -> HttpResponse:
    actor, day = request.actor, timezone.localdate()
    rows = board(actor, day)
    keep_count(actor, rows)
    turns = Ticket.objects.visible_to(actor).filter(my_turn(actor)).select_related("client", "assignee")
    turns = turns.order_by(F("unanswered_since").asc(nulls_last=True), "priority", "state_since")[: MOST_TURNS + 1]
    waiting = [Waiting(ticket, unanswered_tone(ticket)) for ticket in turns]
    entries = list(
        TimeEntry.objects.visible_to(actor)
        .filter(person_id=person_of(actor), work_date=day)
        .select_related("client")
        .prefetch_related("ticket")
        .order_by("pk")
    )
    context = {
        "may": {"set_up": may_describe_firm(actor)},
        "unspoken_for": unspoken_for(actor),
        "next_step": for_a_new_firm(actor, has_retainers=bool(rows)),
        "line": line,
        "code": example_code(actor),
        "is_timer": is_timer,
        "wrong": wrong,
        "day": day,
        "waiting": waiting[:MOST_TURNS],
        "more_waiting": len(waiting) > MOST_TURNS,
        "entries": entries,
        "logged_minutes": sum(entry.raw_seconds for entry in entries) // 60,
        "to_close": to_close(actor, day),
        "danger": in_danger(rows)[:MOST_IN_DANGER],
        "furthest": max(rows, key=lambda row: row.balance.used_percent, default=None),
    }
    return show(request, "today", context, place="today", fragment="today", status=status)


def unspoken_for(actor: Actor) -> list[Client]:
    """Clients of whom nobody can sign in yet, for who may invite somebody: without a contact no estimate and no statement is read."""
    if not may_add_people(actor):
        return []
    spoken = Membership.objects.visible_to(actor).active().values("client")
    return list(Client.objects.visible_to(actor).in_care().exclude(pk__in=spoken).order_by("-created_at")[:MOST_UNSPOKEN])


def unanswered_tone(ticket: Ticket) -> str:
    """How an unanswered ticket is shown: as over after a day, to watch after four hours."""
    if ticket.unanswered_since is None:
        return ""
    waited = timezone.now() - ticket.unanswered_since
    return "over" if waited >= VERY_LONG_UNANSWERED else "watch" if waited >= LONG_UNANSWERED else ""


def in_danger(rows: Iterable[Row]) -> list[Row]:
    """The retainers that end early, are over or under-served, the worst first; what has only just begun is not yet called idle."""
    return sorted(filter(is_in_danger, rows), key=lambda row: row.balance.danger, reverse=True)


def is_in_danger(row: Row) -> bool:
    """Whether somebody should look; a retainer that was taken in this week, its start written back, had no time to be served in."""
    just_begun = timezone.now() - row.engagement.created_at < FIRST_WEEK and not row.balance.used_minutes
    return row.balance.danger[0] > 0 and not (just_begun and row.balance.state == "under_served")
