"""The hour ledger, case by case: base 600, months, carry 1 period, no cap, borrow 0, overage billed unless said."""

import datetime as dt
from decimal import Decimal
from itertools import permutations

import pytest

from billing.rules.charges import overage_lines
from billing.rules.ledger import Link, grants_for, project, project_chain
from billing.rules.movements import Authorisation, Coverage, Entry, Lot, PeriodSpan, give_back, held_minutes, lengthened
from billing.rules.projection import LedgerDoesNotFoot
from engagements.rules import Span, Terms
from tests.ledger_cast import day, grants, month, months_of_use, promise, used_in, work

JANUARY = Span(day(1, 1), day(2, 1))


def january(terms, entries, **more):
    return project(terms, month(1), grants(terms, 1), entries, **more)


@pytest.mark.parametrize(("use", "left", "overage"), [(540, 60, 0), (600, 0, 0), (601, 0, 1)])
def test_use_up_to_the_grant_is_covered_and_the_next_minute_is_overage(use, left, overage):
    found = january(promise(), used_in(1, use))
    assert (found.left_minutes, found.overage_minutes) == (left, overage)


def test_an_entry_across_the_edge_is_split_and_only_its_rest_is_billed():
    found = january(promise(), [work(day(1, 5), 555), work(day(1, 6), 120, "last")])
    assert found.by_entry()["last"] == [
        Coverage("last", "grant-01-0", "covered", 45),
        Coverage("last", None, "overage", 75, None, Decimal(250)),
    ]
    assert [(line.minutes, line.amount) for line in overage_lines(found.coverages)] == [(75, Decimal("312.50"))]


def test_overage_falls_on_the_last_work_by_date_whatever_the_order_of_entry():
    twentieth, last, tenth = work(day(1, 20), 300), work(day(1, 25), 240), work(day(1, 10), 120)
    for entries in permutations([twentieth, last, tenth]):
        found = january(promise(), entries)
        assert [(row.kind, row.minutes) for row in found.by_entry()[last.id]] == [("covered", 180), ("overage", 60)]
        assert found.overage_minutes == 60
    without = january(promise(), [last, tenth])
    assert (without.overage_minutes, without.left_minutes) == (0, 240)


def test_without_carry_what_is_left_expires():
    first, second = project_chain(months_of_use(promise(carry_periods=0), 400, 0))
    assert (first.expired_minutes, first.closing_minutes, first.left_minutes) == (200, 0, 200)
    assert second.capacity_minutes == 600


def test_carried_hours_burn_first_and_live_one_more_month():
    _, second, third = project_chain(months_of_use(promise(), 400, 300, 0))
    assert [(row.lot_id, row.minutes) for row in second.coverages] == [("grant-01-0", 200), ("grant-02-0", 100)]
    assert (second.closing_minutes, third.capacity_minutes) == (500, 1100)


def test_a_cap_lets_the_surplus_expire():
    first, second = project_chain(months_of_use(promise(carry_cap_minutes=300), 0, 0))
    assert (first.expired_minutes, first.closing_minutes, second.capacity_minutes) == (300, 300, 900)


def test_a_cap_of_half_the_base_is_the_same_cap():
    first, second = project_chain(months_of_use(promise(carry_cap_percent=50), 0, 0))
    assert (first.closing_minutes, second.capacity_minutes) == (300, 900)


def test_a_cap_trims_the_earliest_to_expire():
    first, second, third = project_chain(months_of_use(promise(carry_periods=2, carry_cap_minutes=600), 200, 200, 0))
    assert (first.closing_minutes, second.capacity_minutes) == (400, 1000)
    assert [(state.lot.id, state.covered_minutes, state.expired_minutes) for state in second.lots] == [
        ("grant-01-0", 200, 200),
        ("grant-02-0", 0, 0),
    ]
    assert (second.closing_minutes, third.capacity_minutes) == (600, 1200)


def test_a_month_without_any_entry_is_carried_like_any_other():
    first, second = project_chain(months_of_use(promise(), 0, 600))
    assert (first.closing_minutes, second.capacity_minutes, second.overage_minutes) == (600, 1200, 0)


def test_late_work_draws_on_the_period_it_is_posted_in():
    closed = january(promise(), used_in(1, 400))
    late = work(day(1, 28), 60)
    second = project(promise(), month(2), [*closed.carried, *grants(promise(), 2)], [late])
    assert second.left_minutes == 740
    without_carry = project(promise(carry_periods=0), month(2), grants(promise(carry_periods=0), 2), [late])
    assert (without_carry.left_minutes, without_carry.overage_minutes) == (540, 0)


def test_late_work_is_drawn_before_the_work_of_the_first_day():
    late, early = work(day(1, 28), 60, "late"), work(day(2, 1), 600, "early")
    found = project(promise(), month(2), grants(promise(), 2), [early, late])
    assert [(row.entry_id, row.kind, row.minutes) for row in found.coverages] == [
        ("late", "covered", 60),
        ("early", "covered", 540),
        ("early", "overage", 60),
    ]


def test_a_reopened_month_takes_its_late_work_back():
    first, second = project_chain([*months_of_use(promise(), 460, 0)])
    assert (first.closing_minutes, second.capacity_minutes) == (140, 740)


def test_borrowed_minutes_come_off_the_next_grant():
    first, second = project_chain(months_of_use(promise(borrow_limit_minutes=120), 690, 0))
    assert (first.borrowed_minutes, first.overage_minutes, first.closing_minutes) == (90, 0, 0)
    assert (second.capacity_minutes, second.repaid_minutes, second.granted_minutes) == (510, 90, 510)
    [grant] = grants_for([promise()], Span(day(2, 1), day(3, 1)), owed_minutes=first.borrowed_minutes)
    assert (grant.minutes, grant.repaid_minutes) == (600, 90)


def test_borrowing_ends_at_its_limit_and_at_what_the_next_month_grants():
    assert january(promise(borrow_limit_minutes=120), used_in(1, 800)).overage_minutes == 80
    assert january(promise(borrow_limit_minutes=None), used_in(1, 5000)).borrowed_minutes == 4400
    first, second = project_chain(months_of_use(promise(borrow_limit_minutes=None), 1300, 0))
    assert (first.borrowed_minutes, first.overage_minutes, second.capacity_minutes) == (600, 100, 0)


def test_what_a_shrunken_grant_cannot_repay_stays_owed():
    found = project(promise(), month(2, owed_minutes=700), grants(promise(), 2), [])
    assert (found.repaid_minutes, found.owed_minutes, found.capacity_minutes) == (600, 100, 0)


def test_a_top_up_burns_after_the_base_and_lives_its_year():
    top_up = Lot("top-up", 300, day(1, 1), dt.date(2027, 1, 1), "top_up")
    first, second = project_chain(months_of_use(promise(carry_periods=0), 700, 0, lots={1: [top_up]}))
    assert {state.lot.id: state.covered_minutes for state in first.lots} == {"grant-01-0": 600, "top-up": 100}
    assert second.capacity_minutes == 800


def goodwill_to_10_february():
    return [*grants(promise(), 2), Lot("goodwill", 120, day(2, 1), day(2, 11), "goodwill")]


def test_goodwill_burns_until_its_last_day_and_then_expires():
    found = project(promise(), month(2), goodwill_to_10_february(), [work(day(2, 5), 60), work(day(2, 20), 120)])
    states = {state.lot.id: state for state in found.lots}
    assert (states["goodwill"].covered_minutes, states["goodwill"].expired_minutes) == (60, 60)
    assert states["grant-02-0"].left_minutes == 480
    assert (found.left_on(day(2, 10)), found.left_on(day(2, 11))) == (540, 480)


def test_what_counts_is_the_day_worked_not_the_day_logged():
    found = project(promise(), month(2), goodwill_to_10_february(), [work(day(2, 20), 120), work(day(2, 5), 60, "logged on the 25th")])
    assert found.by_entry()["logged on the 25th"] == [Coverage("logged on the 25th", "goodwill", "covered", 60)]


def test_the_cap_leaves_top_ups_and_goodwill_alone():
    lots = [Lot("top-up", 300, day(1, 1), day(12, 1), "top_up"), Lot("goodwill", 100, day(1, 1), day(12, 1), "goodwill")]
    first, _ = project_chain(months_of_use(promise(carry_cap_minutes=0), 0, 0, lots={1: lots}))
    assert {lot.id: lot.minutes for lot in first.carried} == {"top-up": 300, "goodwill": 100}


def test_carrying_two_months_reaches_three_grants_and_stays_there():
    chain = project_chain(months_of_use(promise(carry_periods=2), 0, 0, 0, 0))
    assert [found.capacity_minutes for found in chain] == [600, 1200, 1800, 1800]
    assert [found.expired_minutes for found in chain] == [0, 0, 600, 600]


def test_a_start_in_the_middle_grants_its_days():
    [grant] = grants_for([promise(starts_on=day(1, 16))], Span(day(1, 16), day(2, 1)))
    assert grant.minutes == 310
    [whole] = grants_for([promise(starts_on=day(1, 16), proration="none")], Span(day(1, 16), day(2, 1)))
    assert whole.minutes == 600


def more_hours_from_the_16th():
    return [promise(ends_on=day(1, 16)), promise(starts_on=day(1, 16), included_minutes=1200)]


def test_more_hours_from_the_16th_are_two_grants_usable_the_whole_month():
    terms = more_hours_from_the_16th()
    lots = grants(terms, 1)
    found = project(terms, month(1), lots, [work(day(1, 2), 700)])
    assert [lot.minutes for lot in lots] == [290, 620]
    assert (found.capacity_minutes, found.left_minutes, found.overage_minutes) == (910, 210, 0)


def test_overage_follows_the_policy_of_the_day_it_was_worked():
    terms = [promise(ends_on=day(1, 16)), promise(starts_on=day(1, 16), overage="absorb")]
    found = project(terms, month(1), [], [work(day(1, 15), 10), work(day(1, 16), 20)])
    assert (found.overage_minutes, found.absorbed_minutes) == (10, 20)


def test_paused_days_grant_nothing_and_a_paused_month_nothing_at_all():
    assert [grant.minutes for grant in grants_for([promise()], JANUARY, pauses=[Span(day(1, 11), day(1, 21))])] == [406]
    assert grants_for([promise()], JANUARY, pauses=[Span(day(1, 1), day(3, 1))]) == []
    assert grants_for([promise(proration="none")], JANUARY, pauses=[JANUARY]) == []


def test_a_dated_lot_lives_longer_by_a_pause_and_a_grant_does_not():
    pause = Span(day(1, 11), day(1, 21))
    assert lengthened(Lot("top-up", 60, day(1, 1), day(2, 1), "top_up"), pause).usable_until == day(2, 11)
    assert lengthened(Lot("top-up", 60, day(1, 16), day(2, 1), "top_up"), pause).usable_until == day(2, 6)
    assert lengthened(Lot("over", 60, day(1, 1), day(1, 11), "top_up"), pause).usable_until == day(1, 11)
    assert lengthened(Lot("later", 60, day(2, 1), day(3, 1), "top_up"), pause).usable_until == day(3, 1)
    assert lengthened(Lot("grant", 600, day(1, 1), day(3, 1)), pause).usable_until == day(3, 1)


def test_a_last_period_borrows_nothing_and_carries_nothing():
    found = project(promise(borrow_limit_minutes=None), month(1, is_last=True), grants(promise(), 1), used_in(1, 700))
    assert (found.borrowed_minutes, found.overage_minutes) == (0, 100)
    top_up = Lot("top-up", 300, day(1, 1), day(12, 1), "top_up")
    ended = project(promise(), month(1, is_last=True), [*grants(promise(), 1), top_up], used_in(1, 100))
    assert (ended.expired_minutes, ended.closing_minutes, ended.carried) == (800, 0, ())


def test_195_minutes_over_at_185_an_hour():
    terms = promise(included_minutes=720, overage_rate=Decimal(185))
    [line] = overage_lines(january(terms, used_in(1, 915)).coverages)
    assert (line.minutes, line.amount) == (195, Decimal("601.25"))


def test_overage_is_priced_at_the_rate_of_its_entry_one_line_for_each_rate():
    found = project(
        promise(), month(1), [], [work(day(1, 2), 60, rate=Decimal(100)), work(day(1, 3), 30), work(day(1, 4), 30, rate=Decimal(100))]
    )
    assert overage_lines(found.coverages) == [(Decimal(100), 90, Decimal(150)), (Decimal(250), 30, Decimal(125))]


def test_projects_that_share_a_pool_draw_by_date_and_the_last_one_is_over():
    terms = promise(included_minutes=3000)
    entries = [work(day(1, 20), 600, "C"), work(day(1, 5), 1500, "A"), work(day(1, 12), 1200, "B")]
    found = january(terms, entries)
    assert [(row.entry_id, row.minutes) for row in found.coverages if row.kind == "overage"] == [("C", 300)]


def test_a_lot_for_one_service_area_is_not_touched_by_another():
    lot = Lot("training", 60, day(1, 1), day(3, 1), "top_up", priority=-1, scope=frozenset({"training"}))
    entries = [work(day(1, 5), 45, "other", service_area="prompts"), work(day(1, 6), 90, "taught", service_area="training")]
    found = project(promise(), month(1), [*grants(promise(), 1), lot], entries)
    assert [(row.entry_id, row.lot_id, row.minutes) for row in found.coverages] == [
        ("other", "grant-01-0", 45),
        ("taught", "training", 60),
        ("taught", "grant-01-0", 30),
    ]


def test_absorbed_overage_is_the_firms_own():
    found = january(promise(overage="absorb"), used_in(1, 660))
    assert (found.absorbed_minutes, found.overage_minutes) == (60, 0)


def asked(entries, *consents, **terms):
    return january(promise(included_minutes=0, overage="authorise", **terms), entries, authorisations=consents)


def test_overage_without_a_yes_is_unauthorised():
    found = asked(used_in(1, 60))
    assert (found.overage_minutes, found.unauthorised_minutes) == (0, 60)
    assert overage_lines(found.coverages) == []


def test_a_yes_is_used_up_to_its_minutes_and_then_the_next_one():
    found = asked(
        [work(day(1, 5), 100)], Authorisation("second", 30, valid_until=day(3, 1)), Authorisation("first", 45, valid_until=day(2, 1))
    )
    assert [(row.kind, row.authorisation_id, row.minutes) for row in found.coverages] == [
        ("overage", "first", 45),
        ("overage", "second", 30),
        ("unauthorised", None, 25),
    ]


def test_a_yes_with_a_sum_of_money_reaches_as_many_whole_minutes_as_it_pays():
    found = asked([work(day(1, 5), 100)], Authorisation("yes", money_cap=Decimal("9.51")), overage_rate=Decimal("190.10"))
    assert (found.overage_minutes, found.unauthorised_minutes) == (3, 97)
    [line] = overage_lines(found.coverages)
    assert line.amount == Decimal("9.51")
    [state] = found.authorisations
    assert (state.used_minutes, state.used_money * 60) == (3, 3 * Decimal("190.10"))


def test_a_yes_ends_with_its_last_day():
    found = asked([work(day(1, 9), 10), work(day(1, 10), 20)], Authorisation("yes", valid_until=day(1, 10)))
    assert (found.overage_minutes, found.unauthorised_minutes) == (10, 20)


def test_a_yes_used_in_one_month_is_used_in_the_next():
    terms = promise(included_minutes=0, overage="authorise")
    first, second = project_chain(months_of_use(terms, 60, 60), [Authorisation("yes", 100)])
    assert (first.overage_minutes, second.overage_minutes, second.unauthorised_minutes) == (60, 40, 20)


def test_a_correction_of_a_closed_month_stays_outside_allocation():
    found = january(promise(), [work(day(1, 5), 100), work(day(1, 6), -40)])
    assert (found.used_minutes, found.left_minutes) == (100, 500)


def test_a_correction_gives_back_the_last_minutes_first():
    rows = [Coverage("e", "lot", "covered", 45), Coverage("e", None, "borrowed", 15), Coverage("e", None, "overage", 60)]
    assert give_back(rows, 90) == (30, 60, 0, 0)
    assert give_back([Coverage("e", None, "absorbed", 5), Coverage("e", None, "unauthorised", 5)], 10) == (0, 0, 5, 5)
    with pytest.raises(ValueError, match="more than its entry burned"):
        give_back(rows, 121)


def test_minutes_given_back_are_an_adjustment_of_the_open_month_and_end_with_it():
    lot = Lot("given back", 30, day(2, 1), day(3, 1), "adjustment")
    found = project(promise(), month(2), [*grants(promise(), 2), lot], [])
    assert (found.granted_minutes, found.adjusted_minutes, found.capacity_minutes, found.expired_minutes) == (600, 30, 630, 30)


def test_the_opening_of_a_month_is_provisional_while_its_predecessor_is_open():
    chain = project_chain(months_of_use(promise(), 100, 0))
    assert [found.period.opening_is_provisional for found in chain] == [False, True]


def test_the_postings_of_a_close_are_all_that_happened():
    chain = project_chain(months_of_use(promise(carry_periods=0), 610, 0))
    assert [(row.kind, row.minutes, row.lot_id) for row in chain[0].postings()] == [
        ("granted", 600, "grant-01-0"),
        ("covered", 600, "grant-01-0"),
        ("overage", 10, None),
    ]
    assert [(row.kind, row.minutes) for row in chain[1].postings()] == [("granted", 600), ("expired", 600)]


def test_work_in_a_paused_month_without_hours_is_overage_and_nothing_divides():
    found = project(promise(), month(1), [], used_in(1, 30))
    assert (found.capacity_minutes, found.overage_minutes, found.left_minutes) == (0, 30, 0)


def test_what_does_not_foot_cannot_be_made():
    with pytest.raises(LedgerDoesNotFoot, match="less than nothing"):
        project(promise(), month(1), [Lot("debt", -5, day(1, 1), day(2, 1))], [])
    sound = january(promise(), used_in(1, 30))
    fields = {name: getattr(sound, name) for name in sound.__dataclass_fields__}
    for name in ("opening_minutes", "covered_minutes", "expired_minutes", "closing_minutes", "used_minutes", "overage_minutes"):
        with pytest.raises(LedgerDoesNotFoot):
            type(sound)(**fields | {name: fields[name] + 1})


def test_a_period_needs_terms():
    with pytest.raises(ValueError, match="without terms"):
        project([], month(1), [], [])


def test_planned_work_holds_what_is_not_burned_yet():
    assert [held_minutes(300, burned) for burned in (0, 120, 300, 400)] == [300, 180, 0, 0]


def test_the_chain_of_one_link_is_the_projection_itself():
    terms: Terms = promise()
    entries: list[Entry] = used_in(1, 400)
    period: PeriodSpan = month(1)
    assert project_chain([Link(terms, period, grants(terms, 1), entries)]) == [project(terms, period, grants(terms, 1), entries)]


def test_the_last_day_of_a_lot_covers_and_the_day_after_does_not():
    lot = Lot("goodwill", 120, day(2, 1), day(2, 11), "goodwill")
    found = project(promise(), month(2), [lot], [work(day(2, 10), 10, "last day"), work(day(2, 11), 20, "day after")])
    assert [(row.entry_id, row.kind) for row in found.coverages] == [("last day", "covered"), ("day after", "overage")]


def test_a_cap_trims_by_the_end_of_a_grant_and_not_by_its_start():
    long_lived = Lot("from a longer promise", 200, day(1, 1), day(6, 1), is_carried=True)
    found = project(promise(carry_cap_minutes=300), month(2), [long_lived, Lot("february", 200, day(2, 1), day(4, 1))], [])
    assert {state.lot.id: state.expired_minutes for state in found.lots} == {"february": 100, "from a longer promise": 0}


def test_entries_alike_but_for_their_length_draw_the_shorter_first_whatever_their_ids():
    for first, second in permutations(["a", "b"]):
        found = january(promise(included_minutes=100), [work(day(1, 5), 90, first), work(day(1, 5), 30, second)])
        assert [(row.entry_id, row.kind, row.minutes) for row in found.coverages] == [
            (second, "covered", 30),
            (first, "covered", 70),
            (first, "overage", 20),
        ]


def test_a_debt_larger_than_one_grant_is_repaid_by_the_one_after():
    links = [
        Link(promise(), month(1, owed_minutes=700), grants(promise(), 1), []),
        Link(promise(), month(2), grants(promise(), 2), []),
    ]
    assert [found.granted_minutes for found in project_chain(links)] == [0, 500]
