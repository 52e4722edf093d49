"""The life of a ticket: every move stated, every guard at its edge, and the row found again in its history."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.models.ticket import ALLOWED_MOVES, ServiceArea, Ticket
from tickets.rules import (
    CLIENT_WORDING,
    KINDS,
    SERVICE_AREAS,
    TRANSITIONS,
    BrokenHistory,
    Move,
    Moved,
    Party,
    Reason,
    Source,
    State,
    Turn,
    after_client_reply,
    may_move,
    refusal,
    replay,
    turn,
)

# Who moves a ticket from the state of the row to that of the column: C client, S staff, W the sweep, - nobody.
ORDER = ["new", "open", "awaiting_approval", "waiting_on_client", "scheduled", "resolved", "closed"]
MATRIX = """
    new                -    S    S    S    S    CS   -
    open               -    -    S    S    S    CS   -
    awaiting_approval  -    CSW  -    -    -    CS   -
    waiting_on_client  -    CS   -    -    -    CS   -
    scheduled          -    CSW  -    -    -    CS   -
    resolved           -    CS   -    -    -    -    CW
    closed             -    -    -    -    -    -    -
"""
LETTERS = {"C": Party.CLIENT, "S": Party.STAFF, "W": Party.SWEEP}
CELLS = [
    (State(source), State(target), {LETTERS[letter] for letter in letters.strip("-")})
    for source, *row in map(str.split, MATRIX.strip().splitlines())
    for target, letters in zip(ORDER, row, strict=True)
]

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(("source", "target", "parties"), CELLS)
def test_every_move_is_allowed_to_just_those_who_may_cause_it(source, target, parties):
    assert may_move(source, target) == bool(parties)
    assert {party for party in Party if may_move(source, target, party)} == parties


def test_the_matrix_states_all_cells():
    assert len({(source, target) for source, target, _ in CELLS}) == 49


def test_the_database_learns_the_same_pairs():
    assert sorted(ALLOWED_MOVES.split(", ")) == sorted(f"'{source.value}>{target.value}'" for source, target, parties in CELLS if parties)


@pytest.mark.parametrize(
    ("state", "whose", "words"),
    [
        ("new", Turn.US, "Received"),
        ("open", Turn.US, "With us"),
        ("awaiting_approval", Turn.CLIENT, "Your decision"),
        ("waiting_on_client", Turn.CLIENT, "Your turn"),
        ("scheduled", Turn.US, "Planned for"),
        ("resolved", Turn.CLIENT, "Solved, reopen?"),
        ("closed", Turn.NOBODY, "Closed"),
    ],
)
def test_the_turn_and_the_clients_words_follow_from_the_state(state, whose, words):
    assert (turn(State(state)), CLIENT_WORDING[State(state)]) == (whose, words)


def test_the_tables_keep_the_words_of_the_rules():
    assert len(SERVICE_AREAS) == 7
    assert ServiceArea.values == list(SERVICE_AREAS)
    assert Ticket.Kind.values == list(KINDS)
    assert Ticket.Source.values == list(Source)


def move(source, target, by=Party.STAFF, **brought):
    return Move(source=State(source), target=State(target), by=by, at=NOON, **brought)


ASKING_APPROVAL = move("open", "awaiting_approval", amount=Decimal("2400.00"), expires_at=NOON + 7 * DAY, approver_exists=True)
PLANNING = move("open", "scheduled", scheduled_on=NOON.date() + 90 * DAY, today=NOON.date(), public_text="After your release.")
RESOLVING = move("open", "resolved", reason=Reason.DONE, public_text="The table is pinned again.")


@pytest.mark.parametrize(
    "sound",
    [
        move("new", "open", taken=True),
        move("new", "resolved", by=Party.CLIENT),
        move("open", "waiting_on_client", public_text="Which price list counts?"),
        ASKING_APPROVAL,
        replace(ASKING_APPROVAL, amount=90),
        replace(ASKING_APPROVAL, expires_at=NOON + SECOND),
        PLANNING,
        replace(PLANNING, scheduled_on=NOON.date() + DAY),
        replace(PLANNING, today=None),
        RESOLVING,
        move("scheduled", "resolved", by=Party.CLIENT),
        move("awaiting_approval", "open", by=Party.SWEEP),
        move("waiting_on_client", "open", by=Party.CLIENT),
        move("resolved", "open", by=Party.CLIENT, resolved_at=NOON - 14 * DAY),
        move("resolved", "open", resolved_at=NOON - 400 * DAY),
        move("resolved", "closed", by=Party.CLIENT, resolved_at=NOON),
        move("resolved", "closed", by=Party.SWEEP, resolved_at=NOON - 14 * DAY - SECOND),
    ],
)
def test_a_move_that_brings_what_it_needs_happens(sound):
    assert refusal(sound) == ""


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        (move("closed", "open"), "cannot go there"),
        (move("open", "open"), "cannot go there"),
        (move("open", "waiting_on_client", by=Party.CLIENT, public_text="?"), "not yours"),
        (move("resolved", "closed", resolved_at=NOON - 30 * DAY), "not yours"),
        (move("new", "open"), "who takes"),
        (move("open", "waiting_on_client"), "Ask the client"),
        (move("open", "waiting_on_client", public_text=" \n"), "Ask the client"),
        (replace(ASKING_APPROVAL, amount=0), "how much"),
        (replace(ASKING_APPROVAL, expires_at=None), "until when"),
        (replace(ASKING_APPROVAL, expires_at=NOON), "until when"),
        (replace(ASKING_APPROVAL, approver_exists=False), "may approve"),
        (replace(PLANNING, scheduled_on=None), "90 days"),
        (replace(PLANNING, scheduled_on=NOON.date()), "90 days"),
        (replace(PLANNING, scheduled_on=NOON.date() + 91 * DAY), "90 days"),
        (replace(PLANNING, public_text=""), "what is planned"),
        (replace(RESOLVING, reason=None), "why"),
        (replace(RESOLVING, public_text=""), "what was done"),
        (move("resolved", "open", by=Party.CLIENT, resolved_at=NOON - 14 * DAY - SECOND), "14 days"),
        (move("resolved", "closed", by=Party.SWEEP, resolved_at=NOON - 14 * DAY), "still reopen"),
    ],
)
def test_a_move_that_lacks_something_is_refused_with_the_sentence_of_the_rule(wrong, about):
    assert about in refusal(wrong)


@given(st.integers(0, 40 * 86_400))
def test_a_resolved_ticket_is_either_the_clients_to_reopen_or_the_sweeps_to_close(seconds):
    resolved_at = NOON - seconds * SECOND
    reopen = move("resolved", "open", by=Party.CLIENT, resolved_at=resolved_at)
    close = move("resolved", "closed", by=Party.SWEEP, resolved_at=resolved_at)
    assert (refusal(reopen) == "") != (refusal(close) == "")


@pytest.mark.parametrize(
    ("state", "after"),
    [
        ("new", "new"),
        ("open", "open"),
        ("awaiting_approval", "awaiting_approval"),
        ("waiting_on_client", "open"),
        ("scheduled", "open"),
        ("resolved", "open"),
        ("closed", None),
    ],
)
def test_a_clients_reply_brings_the_ticket_back_to_us_unless_a_decision_is_pending(state, after):
    assert after_client_reply(State(state), resolved_at=NOON - DAY, at=NOON) == after
    assert after in {state, None} or may_move(State(state), State(after), Party.CLIENT)


def test_a_reply_long_after_the_solution_opens_a_follow_up():
    assert after_client_reply(State.RESOLVED, resolved_at=NOON - 15 * DAY, at=NOON) is None


@st.composite
def lives(draw):
    """A walk along the table, as its recorded moves."""
    state, moves = State.NEW, []
    for _ in range(draw(st.integers(0, 30))):
        if not TRANSITIONS[state]:
            break
        target = draw(st.sampled_from(sorted(TRANSITIONS[state])))
        moves.append(Moved(source=state, target=target))
        state = target
    return moves, state


@given(lives())
def test_replaying_the_events_gives_the_row(life):
    moves, state = life
    assert replay(moves) == state


@given(lives(), st.data())
def test_a_history_with_a_move_left_out_or_put_in_is_found(life, data):
    moves, state = life
    wrong = data.draw(st.sampled_from([target for target in State if target not in TRANSITIONS[state]]))
    with pytest.raises(BrokenHistory):
        replay([*moves, Moved(source=state, target=wrong)])
    if len(moves) >= 2:
        left_out = data.draw(st.integers(0, len(moves) - 2))
        with pytest.raises(BrokenHistory):
            replay(moves[:left_out] + moves[left_out + 1 :])
