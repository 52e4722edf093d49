"""The life of a ticket: its states, who moves it between them, and what a move must bring along.

The row stores the state; whose turn it is, and the words the client reads, follow from it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from figures.text import gettext_noop

REOPEN_WITHIN = dt.timedelta(days=14)
SCHEDULE_WITHIN = dt.timedelta(days=90)
PRIORITIES = (1, 2, 3, 4)
DEFAULT_PRIORITY = 3
LONGEST_SUBJECT = 200
LONGEST_MESSAGE = 50_000


class State(StrEnum):
    """What the row of a ticket stores."""

    NEW = "new"
    OPEN = "open"
    AWAITING_APPROVAL = "awaiting_approval"
    WAITING_ON_CLIENT = "waiting_on_client"
    SCHEDULED = "scheduled"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Turn(StrEnum):
    """Who has to act next."""

    US = "us"
    CLIENT = "client"
    NOBODY = "nobody"


class Party(StrEnum):
    """Who moves a ticket: someone of the client, someone of the firm, or the clock."""

    CLIENT = "client"
    STAFF = "staff"
    SWEEP = "sweep"


class Reason(StrEnum):
    """Why a ticket was resolved; merging and declining are reasons, not states."""

    DONE = "done"
    ANSWERED = "answered"
    DUPLICATE = "duplicate"
    DECLINED = "declined"
    MERGED = "merged"
    SPAM = "spam"


class ServiceArea(StrEnum):
    """The seven kinds of care a retainer pays for; hours and reports are summed by them."""

    PERFORMANCE_MONITORING = "performance_monitoring"
    PROMPT_OPTIMISATION = "prompt_optimisation"
    INTEGRATION_MAINTENANCE = "integration_maintenance"
    SYSTEM_UPDATES = "system_updates"
    WORKFLOW_EXPANSION = "workflow_expansion"
    TEAM_SUPPORT = "team_support"
    REPORTING = "reporting"


class Kind(StrEnum):
    """What sort of wish a ticket is."""

    REQUEST = "request"
    OPTIMISATION = "optimisation"
    INCIDENT = "incident"
    QUESTION = "question"
    TASK = "task"


class Source(StrEnum):
    """Where a ticket came from."""

    PORTAL = "portal"
    MAIL = "mail"
    API = "api"
    WORKSPACE = "workspace"
    DRIFT_SIGNAL = "drift_signal"
    INCIDENT = "incident"
    PROPOSAL = "proposal"
    IMPORT = "import"
    PLAN = "plan"


SERVICE_AREAS = tuple(ServiceArea)
KINDS = tuple(Kind)

_STAFF = frozenset({Party.STAFF})
_PEOPLE = frozenset({Party.CLIENT, Party.STAFF})
_ANYONE = frozenset(Party)

TRANSITIONS: Mapping[State, Mapping[State, frozenset[Party]]] = {
    State.NEW: {
        State.OPEN: _STAFF,
        State.AWAITING_APPROVAL: _STAFF,
        State.WAITING_ON_CLIENT: _STAFF,
        State.SCHEDULED: _STAFF,
        State.RESOLVED: _PEOPLE,
    },
    State.OPEN: {
        State.AWAITING_APPROVAL: _STAFF,
        State.WAITING_ON_CLIENT: _STAFF,
        State.SCHEDULED: _STAFF,
        State.RESOLVED: _PEOPLE,
    },
    State.AWAITING_APPROVAL: {State.OPEN: _ANYONE, State.RESOLVED: _PEOPLE},
    State.WAITING_ON_CLIENT: {State.OPEN: _PEOPLE, State.RESOLVED: _PEOPLE},
    State.SCHEDULED: {State.OPEN: _ANYONE, State.RESOLVED: _PEOPLE},
    State.RESOLVED: {State.OPEN: _PEOPLE, State.CLOSED: frozenset({Party.CLIENT, Party.SWEEP})},
    State.CLOSED: {},
}

TURNS: Mapping[State, Turn] = {
    State.NEW: Turn.US,
    State.OPEN: Turn.US,
    State.AWAITING_APPROVAL: Turn.CLIENT,
    State.WAITING_ON_CLIENT: Turn.CLIENT,
    State.SCHEDULED: Turn.US,
    State.RESOLVED: Turn.CLIENT,
    State.CLOSED: Turn.NOBODY,
}

CLIENT_WORDING: Mapping[State, str] = {
    State.NEW: gettext_noop("Received"),
    State.OPEN: gettext_noop("With us"),
    State.AWAITING_APPROVAL: gettext_noop("Your decision"),
    State.WAITING_ON_CLIENT: gettext_noop("Your turn"),
    State.SCHEDULED: gettext_noop("Planned for"),
    State.RESOLVED: gettext_noop("Solved, reopen?"),
    State.CLOSED: gettext_noop("Closed"),
}


class BrokenHistory(ValueError):
    """Recorded moves that do not follow from each other, or that the table does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One recorded transition."""

    source: State
    target: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A wish to move a ticket, with what its guards look at. Texts are those of the same request, read by the client."""

    source: State
    target: State
    by: Party
    at: dt.datetime
    taken: bool = False
    public_text: str = ""
    amount: int | Decimal = 0
    expires_at: dt.datetime | None = None
    approver_exists: bool = False
    scheduled_on: dt.date | None = None
    today: dt.date | None = None
    reason: Reason | None = None
    resolved_at: dt.datetime | None = None


def may_move(source: State, target: State, by: Party | None = None) -> bool:
    """Whether the table knows this move and, where a party is named, lets that party cause it."""
    parties = TRANSITIONS[source].get(target)
    return parties is not None and (by is None or by in parties)


def turn(state: State) -> Turn:
    """Who has to act next on a ticket in this state."""
    return TURNS[state]


def refusal(move: Move) -> str:
    """The sentence of the first rule the move breaks, as an untranslated msgid; empty when it may happen."""
    if not may_move(move.source, move.target):
        return gettext_noop("A ticket cannot go there from where it is now.")
    if not may_move(move.source, move.target, move.by):
        return gettext_noop("This step is not yours to take.")
    return _GUARDS[move.target](move)


def why_not_open(move: Move) -> str:
    """A new ticket is taken by someone or lies in a queue; a resolved one comes back to a client for 14 days."""
    if move.source == State.RESOLVED and move.by == Party.CLIENT:
        return why_not_reopen(move.resolved_at, at=move.at)
    if move.source == State.NEW and not move.taken:
        return gettext_noop("Say who takes this ticket, or which queue it waits in.")
    return ""


def why_not_reopen(resolved_at: dt.datetime | None, *, at: dt.datetime) -> str:
    """A client reopens up to and including the instant 14 days after the ticket was resolved."""
    if resolved_at is None or at > resolved_at + REOPEN_WITHIN:
        return gettext_noop("This was solved more than 14 days ago. Write to us and a new ticket will follow it up.")
    return ""


def why_not_ask_approval(amount: int | Decimal, expires_at: dt.datetime | None, *, at: dt.datetime, approver_exists: bool) -> str:
    """A decision needs an amount (minutes or money) above zero, an expiry still to come, and someone who may decide."""
    if amount <= 0:
        return gettext_noop("Say how much the client is asked to approve.")
    if expires_at is None or expires_at <= at:
        return gettext_noop("Say until when the client can decide: a moment still to come.")
    if not approver_exists:
        return gettext_noop("Nobody at this client may approve yet. Give someone that role first.")
    return ""


def why_not_ask_client(public_question: str) -> str:
    """Nobody stops the clock silently: waiting begins with a question the client can read."""
    return "" if public_question.strip() else gettext_noop("Ask the client something first, in a message they can read.")


def why_not_schedule(scheduled_on: dt.date | None, public_note: str, *, today: dt.date) -> str:
    """A plan has a day after today, at most 90 days ahead, and a note the client can read."""
    if scheduled_on is None or not today < scheduled_on <= today + SCHEDULE_WITHIN:
        return gettext_noop("Choose a day from tomorrow up to 90 days ahead.")
    return "" if public_note.strip() else gettext_noop("Tell the client what is planned, in a note they can read.")


def why_not_resolve(by: Party, reason: Reason | None, public_summary: str) -> str:
    """Staff say why and, to the client, what was done; a client just says it is solved."""
    if by == Party.CLIENT:
        return ""
    if reason is None:
        return gettext_noop("Say why this is resolved.")
    return "" if public_summary.strip() else gettext_noop("Tell the client what was done, in a summary they can read.")


def why_not_close(by: Party, resolved_at: dt.datetime | None, *, at: dt.datetime) -> str:
    """A client confirms at any time; the sweep closes once the client can no longer reopen."""
    if by == Party.SWEEP and not why_not_reopen(resolved_at, at=at):
        return gettext_noop("The client can still reopen this.")
    return ""


_GUARDS: Mapping[State, Callable[[Move], str]] = {
    State.OPEN: why_not_open,
    State.AWAITING_APPROVAL: lambda m: why_not_ask_approval(m.amount, m.expires_at, at=m.at, approver_exists=m.approver_exists),
    State.WAITING_ON_CLIENT: lambda m: why_not_ask_client(m.public_text),
    State.SCHEDULED: lambda m: why_not_schedule(m.scheduled_on, m.public_text, today=m.today or m.at.date()),
    State.RESOLVED: lambda m: why_not_resolve(m.by, m.reason, m.public_text),
    State.CLOSED: lambda m: why_not_close(m.by, m.resolved_at, at=m.at),
}


def after_client_reply(state: State, *, resolved_at: dt.datetime | None = None, at: dt.datetime) -> State | None:
    """Where a client's message leaves a ticket; None when a linked follow-up takes the message instead.

    A pending decision stays pending, and a ticket nobody has accepted yet stays new.
    """
    if state == State.CLOSED or (state == State.RESOLVED and why_not_reopen(resolved_at, at=at)):
        return None
    return state if state in {State.NEW, State.AWAITING_APPROVAL} else State.OPEN


def replay(events: Iterable[Moved]) -> State:
    """The state that recorded moves lead to, from new. Raises BrokenHistory where one does not follow from the last."""
    state = State.NEW
    for event in events:
        if event.source != state or not may_move(state, event.target):
            raise BrokenHistory(f"{event.source} to {event.target} does not follow {state}.")
        state = event.target
    return state
