"""The ledger against a second one that was written from the specification alone: they agree on every minute of random retainers.

`make test` compares ten thousand postings, PROVE=1 a million.
"""

import datetime as dt
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from tests import oracle
from tests.oracle_stories import projected, story_of

POSTINGS = 1_000_000 if os.environ.get("PROVE") else 10_000
BATCH = 20


def disagreements(story):
    """Where the rules and the oracle differ, in words; and how many postings they were compared on."""
    told, consents = oracle.tell(story)
    found = projected(story)
    said = [line for index, (one, other) in enumerate(zip(told, found, strict=True)) for line in differences(index, one, other)]
    used = {state.authorisation.id: (state.used_minutes, state.used_money) for state in found[-1].authorisations}
    meant = {name: (each["used"], each["spent"]) for name, each in consents.items()}
    if used != meant:
        said.append(f"consents: {meant} by the oracle, {used} by the rules")
    return said, sum(len(list(each.postings())) for each in found)


def differences(index, told, found):
    for name in (*oracle.SUMS, *oracle.CALLED_IN):
        if told["sums"][name] != getattr(found, f"{name}_minutes"):
            yield f"period {index}: {name} {told['sums'][name]} by the oracle, {getattr(found, f'{name}_minutes')} by the rules"
    lives = {
        state.lot.id: (state.available_minutes, state.covered_minutes, state.expired_minutes, state.closing_minutes) for state in found.lots
    }
    if {name: life for name, life in lives.items() if any(life)} != {name: life for name, life in told["lots"].items() if any(life)}:
        yield f"period {index}: lots {told['lots']} by the oracle, {lives} by the rules"
    rows = Counter({(row.kind, row.authorisation_id): row.minutes for row in found.unrepaid})
    if rows != told["called_in"]:
        yield f"period {index}: called in {told['called_in']} by the oracle, {rows} by the rules"
    where: dict[tuple[Any, ...], int] = {}
    for row in found.coverages:
        key = (row.entry_id, row.kind, row.lot_id, row.authorisation_id)
        where[key] = where.get(key, 0) + row.minutes
    meant = Counter((entry, *minute) for entry, drawn in told["where"].items() for minute in drawn)
    if where != dict(meant):
        odd = {key: (meant.get(key, 0), where.get(key, 0)) for key in {*meant, *where} if meant.get(key, 0) != where.get(key, 0)}
        yield f"period {index}: entries (oracle, rules) {odd}"


def batch(first):
    """The first disagreement among some stories, and the postings of all of them."""
    postings = 0
    for seed in range(first, first + BATCH):
        said, count = disagreements(story_of(seed))
        postings += count
        if said:
            return f"story {seed}: " + "; ".join(said[:3]), postings
    return "", postings


@pytest.mark.prove
def test_rules_and_oracle_agree_on_every_minute():
    compared, first, workers = 0, 0, 2 if os.environ.get("PROVE") else 1
    if workers == 1:
        while compared < POSTINGS:
            said, postings = batch(first)
            assert not said
            compared, first = compared + postings, first + BATCH
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        while compared < POSTINGS:
            for said, postings in pool.map(batch, range(first, first + BATCH * 8 * workers, BATCH)):
                assert not said
                compared += postings
            first += BATCH * 8 * workers
    assert compared >= POSTINGS


def test_the_stories_hold_every_policy():
    seen: Counter[str] = Counter()
    for seed in range(60):
        story = story_of(seed)
        results, _ = oracle.tell(story)
        for result in results:
            seen.update(name for name in (*oracle.SUMS, *oracle.CALLED_IN) if result["sums"][name])
            seen.update("called in by consent" for _, consent in result["called_in"] if consent)
            seen.update("granted by consent" for drawn in result["where"].values() for _, _, consent in drawn if consent)
        seen.update(["ends"] * bool(story["ends"]), corrections=len(story["corrections"]), versions=len(story["terms"]) - 1)
        starts = oracle.periods_of(story)
        seen["late"] += sum(entry["day"] < starts[entry["period"]][0] for entry in story["entries"])
        seen.update(each["kind"] for each in story["lots"])
    wanted = {
        *oracle.SUMS,
        *oracle.CALLED_IN,
        "called in by consent",
        "granted by consent",
        "ends",
        "corrections",
        "versions",
        "late",
        "top_up",
        "goodwill",
        "migration",
    }
    assert {name for name in wanted if not seen[name]} == set()


def test_a_single_minute_too_many_is_noticed():
    story = story_of(7)
    entry = next(each for each in story["entries"] if each["minutes"])
    told, _ = oracle.tell(story)
    entry["minutes"] += 1
    found = projected(story)
    assert any(list(differences(index, one, other)) for index, (one, other) in enumerate(zip(told, found, strict=True)))


def month_of_600(**changes):
    """A year's retainer of 600 minutes from January on: carry 1 period, no cap, no borrowing, overage billed."""
    terms = {"from": dt.date(2026, 1, 1), "base": 600, "carry": 1, "cap_minutes": None, "cap_percent": None, "borrow": 0, "overage": "bill"}
    story = {"unit": "month", "anchor": 1, "begins": dt.date(2026, 1, 1), "ends": None, "count": 3, "lots": [], "consents": []}
    return story | {"terms": [{**terms, "rate": 250, "proration": "daily"} | changes], "corrections": [], "entries": []}


def used(story, *uses):
    for index, minutes in enumerate(uses):
        work = {"id": f"entry-{index}", "period": index, "day": dt.date(2026, 1 + index, 10), "minutes": minutes, "start": None}
        story["entries"].append({**work, "area": "reporting", "ticket": None, "person": None, "kind": "included", "rate": None})
    return [each["sums"] for each in oracle.tell(story)[0]]


def test_the_oracle_itself_holds_vectors_of_the_specification():
    assert used(month_of_600(), 400, 300)[1]["closing"] == 500
    assert used(month_of_600(cap_minutes=300), 0)[0] | {"expired": 300, "closing": 300} == used(month_of_600(cap_minutes=300), 0)[0]
    assert [each["closing"] for each in used(month_of_600(carry=2, cap_minutes=600), 200, 200)[:2]] == [400, 600]
    assert [each["expired"] for each in used(month_of_600(carry=2), 0, 0, 0)] == [0, 0, 600]
    borrowing = used(month_of_600(borrow=120), 690)
    assert (borrowing[0]["borrowed"], borrowing[0]["overage"], borrowing[1]["granted"]) == (90, 0, 510)
    story = month_of_600() | {"begins": dt.date(2026, 1, 16)}
    assert oracle.tell(story)[0][0]["sums"]["granted"] == 310
