"""What holds in every ledger, held against a slow oracle that moves one minute at a time."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.alerts import Episode, firings
from billing.rules.charges import overage_amount
from billing.rules.ledger import Link, project, project_chain
from billing.rules.movements import Authorisation, Entry, Lot, give_back
from engagements.rules import Terms
from tests.ledger_cast import grants, month, promise

AREAS = ["", "prompts", "training"]
MONTHS = 4


def dates(number):
    span = month(number)
    return st.dates(span.starts_on, span.ends_on - dt.timedelta(days=1))


def entries_of(number, *, late=True):
    worked = dates(number) | (dates(number - 1) if late and number > 1 else dates(number))
    drawn = st.builds(
        Entry,
        id=st.uuids().map(str),
        work_date=worked,
        burn_minutes=st.integers(0, 90),
        started_at=st.none() | st.integers(0, 23).map(lambda hour: dt.datetime(2026, 1, 1, hour, tzinfo=dt.UTC)),
        service_area=st.sampled_from(AREAS),
        ticket=st.none() | st.sampled_from(["T-1", "T-2"]),
        person=st.sampled_from([None, "ada", "bob"]),
        rate=st.sampled_from([None, Decimal(100), Decimal("190.10")]),
    )
    return st.lists(drawn, max_size=7, unique_by=lambda entry: entry.id)


@st.composite
def dated_lots(draw, number):
    made = []
    for index in range(draw(st.integers(0, 2))):
        begins = draw(dates(number))
        made.append(
            Lot(
                f"lot-{number}-{index}",
                draw(st.integers(0, 120)),
                begins,
                begins + dt.timedelta(days=draw(st.integers(1, 70))),
                draw(st.sampled_from(["top_up", "goodwill", "migration", "adjustment"])),
                draw(st.integers(-1, 1)),
                draw(st.sampled_from([frozenset(), frozenset({"prompts"})])),
            )
        )
    return made


retainers = st.builds(
    promise,
    included_minutes=st.integers(0, 150),
    carry_periods=st.integers(0, 2),
    carry_cap_minutes=st.none() | st.integers(0, 200),
    borrow_limit_minutes=st.none() | st.integers(0, 100),
    overage=st.sampled_from(["bill", "authorise", "absorb"]),
)
consents = st.lists(
    st.builds(
        Authorisation,
        id=st.uuids().map(str),
        minutes_cap=st.none() | st.integers(0, 60),
        money_cap=st.none() | st.decimals(0, 300, places=2),
        valid_until=st.none() | dates(2),
    ),
    max_size=2,
    unique_by=lambda consent: consent.id,
)


@st.composite
def chains(draw):
    terms = draw(retainers)
    return terms, [
        Link(terms, month(number), [*grants(terms, number), *draw(dated_lots(number))], draw(entries_of(number)))
        for number in range(1, MONTHS + 1)
    ]


class Oracle:
    """The ledger again, one minute at a time, with nothing but dictionaries."""

    def __init__(self, terms: Terms, consents):
        self.terms = terms
        self.consents = sorted(consents, key=lambda c: (c.valid_until or dt.date.max, c.id))
        self.minutes: Counter[str] = Counter()
        self.cost: dict[str, Any] = defaultdict(int)
        self.left: dict[Any, int] = {}
        self.lots: dict[str, Lot] = {}
        self.borrowed = 0

    def run(self, link, follower):
        owed, self.borrowed = self.borrowed, 0
        for lot in sorted(link.lots, key=lambda lot: lot.burns_before):
            self.lots[lot.id], self.left[lot.id] = lot, lot.minutes
            while lot.kind == "grant" and owed and self.left[lot.id]:
                owed, self.left[lot.id] = owed - 1, self.left[lot.id] - 1
        opening = sum(self.left.values())
        limit = 10**9 if self.terms.borrow_limit_minutes is None else self.terms.borrow_limit_minutes
        if follower:
            limit = min(limit, sum(lot.minutes for lot in follower.lots if lot.kind == "grant"))
        rows: Counter[tuple[str, str]] = Counter()
        for entry in sorted(link.entries, key=self.order):
            for _ in range(entry.burn_minutes):
                rows[entry.id, self.minute(entry, link.period, limit)] += 1
        return rows, opening, self.close(link.period)

    @staticmethod
    def order(entry):
        late = dt.datetime.max.replace(tzinfo=dt.UTC)
        plain = (entry.work_date, entry.started_at or late, entry.service_area, entry.ticket or "~", entry.person or "~", entry.kind)
        return (*plain, Decimal(10**9) if entry.rate is None else entry.rate, entry.burn_minutes, entry.id)

    def minute(self, entry, period, limit):
        on = max(entry.work_date, period.starts_on)
        fit = [
            lot
            for lot in self.lots.values()
            if self.left[lot.id] and lot.usable_from <= on < lot.usable_until and (not lot.scope or entry.service_area in lot.scope)
        ]
        if fit:
            lot = min(fit, key=lambda lot: (lot.priority, lot.usable_until, lot.usable_from, lot.id))
            self.left[lot.id] -= 1
            return lot.id
        if self.borrowed < limit:
            self.borrowed += 1
            return "borrowed"
        return {"bill": "overage", "absorb": "absorbed"}.get(self.terms.overage) or self.ask(entry)

    def ask(self, entry):
        rate = entry.rate or self.terms.overage_rate
        for consent in self.consents:
            in_time = consent.valid_until is None or entry.work_date < consent.valid_until
            in_minutes = consent.minutes_cap is None or self.minutes[consent.id] < consent.minutes_cap
            in_money = consent.money_cap is None or self.cost[consent.id] + rate <= consent.money_cap * 60
            if in_time and in_minutes and in_money:
                self.minutes[consent.id] += 1
                self.cost[consent.id] += rate
                return "overage"
        return "unauthorised"

    def close(self, period):
        expired = 0
        for lot in self.lots.values():
            if lot.usable_until <= period.ends_on:
                expired, self.left[lot.id] = expired + self.left[lot.id], 0
        grants_left = sorted(
            (lot for lot in self.lots.values() if lot.kind == "grant"), key=lambda lot: (lot.usable_until, lot.usable_from, lot.id)
        )
        while self.terms.carry_cap_minutes is not None and sum(self.left[lot.id] for lot in grants_left) > self.terms.carry_cap_minutes:
            first = next(lot for lot in grants_left if self.left[lot.id])
            expired, self.left[first.id] = expired + 1, self.left[first.id] - 1
        return expired


@given(chains(), consents)
def test_every_minute_goes_where_the_slow_oracle_sends_it(chain, given_consents):
    terms, links = chain
    oracle = Oracle(terms, given_consents)
    for link, follower, found in zip(links, [*links[1:], None], project_chain(links, given_consents), strict=True):
        rows, opening, expired = oracle.run(link, follower)
        mine = Counter[tuple[UUID | str, UUID | str]]()
        for row in found.coverages:
            mine[row.entry_id, row.lot_id or row.kind] += row.minutes
        assert mine == rows
        assert (found.capacity_minutes, found.expired_minutes) == (opening, expired)
        assert {lot.id: lot.minutes for lot in found.carried} == {name: left for name, left in oracle.left.items() if left}


@given(chains())
def test_granted_is_covered_and_expired_and_left_for_each_lot_and_in_all(chain):
    _, links = chain
    projections = project_chain(links)
    ever: Counter[Any] = Counter()
    covered: Counter[Any] = Counter()
    expired: Counter[Any] = Counter()
    for link, found in zip(links, projections, strict=True):
        fresh = {lot.id for lot in link.lots}
        for state in found.lots:
            assert 0 <= state.left_minutes <= state.lot.minutes
            ever[state.lot.id] += state.available_minutes if state.lot.id in fresh else 0
            covered[state.lot.id] += state.covered_minutes
            expired[state.lot.id] += state.expired_minutes
    left = Counter({lot.id: lot.minutes for lot in projections[-1].carried})
    assert all(ever[name] == covered[name] + expired[name] + left[name] for name in ever)
    assert ever.total() == covered.total() + expired.total() + left.total()


@given(chains())
def test_burn_is_covered_borrowed_overage_unauthorised_and_absorbed(chain):
    _, links = chain
    for link, found in zip(links, project_chain(links), strict=True):
        burn = {entry.id: entry.burn_minutes for entry in link.entries if entry.burn_minutes}
        assert {name: sum(row.minutes for row in rows) for name, rows in found.by_entry().items()} == burn
        assert found.used_minutes == sum(burn.values())
        assert all(row.minutes > 0 for row in found.coverages)


@given(chains())
def test_closing_is_the_next_opening_and_what_is_borrowed_is_repaid(chain):
    _, links = chain
    projections = project_chain(links)
    for one, other in pairwise(projections):
        assert one.closing_minutes == other.opening_minutes >= 0
        assert one.borrowed_minutes + one.owed_minutes == other.repaid_minutes + other.owed_minutes


@given(st.data(), retainers, entries_of(2), dated_lots(2), consents)
def test_any_order_of_the_same_writes_gives_the_same_balances(data, terms, entries, lots, given_consents):
    lots = [*grants(terms, 2), *lots]
    shuffled = project(
        terms,
        month(2),
        data.draw(st.permutations(lots)),
        data.draw(st.permutations(entries)),
        data.draw(st.permutations(given_consents)),
    )
    assert shuffled == project(terms, month(2), lots, entries, given_consents)


@given(retainers, entries_of(2), st.data())
def test_fresh_ids_change_no_balance(terms, entries, data):
    names = data.draw(st.permutations([f"renamed-{index}" for index in range(len(entries))]))
    renamed = [entry._replace(id=name) for entry, name in zip(entries, names, strict=True)]
    one, other = (project(terms, month(2), grants(terms, 2), some) for some in (entries, renamed))
    assert (one.lots, one.carried) == (other.lots, other.carried)
    assert (one.borrowed_minutes, one.overage_minutes, one.unauthorised_minutes) == (
        other.borrowed_minutes,
        other.overage_minutes,
        other.unauthorised_minutes,
    )


@given(chains(), st.integers(1, MONTHS - 1))
def test_closing_the_first_months_and_projecting_the_rest_finds_nothing_new(chain, closed):
    _, links = chain
    whole = project_chain(links)
    before = whole[closed - 1]
    opened = replace(links[closed].period, owed_minutes=before.borrowed_minutes + before.owed_minutes)
    rest = project_chain([replace(links[closed], period=opened, lots=[*before.carried, *links[closed].lots]), *links[closed + 1 :]])
    assert [without_days(found) for found in rest] == [without_days(found) for found in whole[closed:]]


def without_days(found):
    return replace(found, period=month(1, owed_minutes=found.period.owed_minutes))


@given(retainers, entries_of(1, late=False), consents)
def test_consent_is_never_exceeded_in_minutes_or_money(terms, entries, given_consents):
    for state in project(terms, month(1), [], entries, given_consents).authorisations:
        given_to = state.authorisation
        assert given_to.minutes_cap is None or state.used_minutes <= given_to.minutes_cap
        assert given_to.money_cap is None or state.used_money <= given_to.money_cap


@given(retainers, entries_of(1, late=False), st.data())
def test_a_correction_gives_back_exactly_its_minutes(terms, entries, data):
    for rows in project(terms, month(1), grants(terms, 1), entries).by_entry().values():
        minutes = data.draw(st.integers(0, sum(row.minutes for row in rows)))
        assert sum(give_back(rows, minutes)) == minutes


@given(st.integers(1, 900), st.lists(st.integers(1, 120), max_size=30), st.sets(st.integers(1, 150), max_size=5))
def test_every_threshold_fires_exactly_once_however_the_work_is_sliced(capacity, slices, thresholds):
    episodes: list[Any] = []
    used = 0
    for minutes in slices:
        used += minutes
        fired = firings(thresholds, used_minutes=used, capacity_minutes=capacity, episodes=episodes)
        assert [each.is_superseded for each in fired] == [True] * (len(fired) - 1) + [False] * bool(fired)
        episodes += [Episode(each.threshold, each.number, used, capacity) for each in fired]
    assert sorted(episode.threshold for episode in episodes) == sorted(
        percent for percent in thresholds if used * 100 >= percent * capacity
    )


@given(st.integers(0, 10**6), st.decimals(0, 10**4, places=4))
def test_money_is_rounded_once_and_never_more_than_half_a_cent_off(minutes, rate):
    assert abs(overage_amount(minutes, rate) * 60 - minutes * rate) <= Decimal("0.3")
