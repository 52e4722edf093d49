"""What becomes of hours when a promise changes: begun late, changed midway, paused, ended, renewed. The numbers are the specification's."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import Conflict, NotAllowed
from billing.actions import Work, change_entry, close_period, delete_entry, give_lot, log_time, open_periods_of, work_of
from billing.errors import PeriodClosed
from billing.models import Lot, Period
from billing.models.ledger import balance_of, ledger_of
from engagements.actions import (
    Living,
    agree_terms,
    begin_engagement,
    begin_project,
    continue_engagement,
    end_engagement,
    pause_engagement,
    resume_engagement,
    set_engagement,
)
from engagements.models import Engagement, Pause, RetainerTerms
from engagements.rules import Span, Terms, charged_fees
from events.models import Event
from tests.cast import ARRANGING, actor

pytestmark = pytest.mark.django_db

JANUARY = dt.date(2026, 1, 1)
ELEVENTH = dt.date(2026, 1, 11)
TWENTY_FIRST = dt.date(2026, 1, 21)
FEBRUARY = dt.date(2026, 2, 1)
OPEN_UNTIL = dt.date(2026, 3, 31)


def january(day):
    return dt.date(2026, 1, day)


@pytest.fixture
def begin(acorn, mara):
    """Begins a retainer of 600 minutes a month, billed over, all carried one period, and opens its periods up to March 2026."""

    def begun(starts_on=JANUARY, until=OPEN_UNTIL, **changes):
        terms = {"included_minutes": 600, "carry_cap_percent": None, "overage": "bill", "overage_rate": Decimal(250), "fee": Decimal(2000)}
        retainer = begin_engagement(
            actor=ARRANGING,
            client=acorn.client,
            name="Second care",
            currency="USD",
            lead=mara,
            terms=Terms(starts_on=starts_on, **terms | changes),
        )
        open_periods_of(actor=ARRANGING, engagement=retainer, until=until)
        return retainer

    return begun


def periods(retainer):
    return list(Period.objects.filter(engagement=retainer).order_by("starts_on"))


def capacities(retainer, count=3):
    return [period.capacity_minutes for period in periods(retainer)[:count]]


def granted(retainer, count=3):
    return [period.granted_minutes for period in periods(retainer)[:count]]


def worked(person, engagement, minutes, on):
    work = Work(service_area="reporting", raw_seconds=minutes * 60, work_date=on)
    return log_time(actor=ARRANGING, engagement=engagement, person=person, work=work)


def fees(retainer, starts_on, ends_on):
    rows = [row.as_rules() for row in retainer.terms.order_by("starts_on")]
    return [fee for _terms, fee in charged_fees(rows, Span(starts_on, ends_on), [pause.span for pause in retainer.pauses.all()])]


def change(retainer, starts_on, **changes):
    latest = retainer.terms.latest("starts_on").as_rules()
    return agree_terms(actor=ARRANGING, engagement=retainer, terms=replace(latest, starts_on=starts_on, ends_on=None, **changes))


def pause(retainer, starts_on=ELEVENTH, ends_on=TWENTY_FIRST):
    return pause_engagement(actor=ARRANGING, engagement=retainer, starts_on=starts_on, ends_on=ends_on, reason="They rebuild the office")


def end(retainer, ends_on, **named):
    return end_engagement(actor=ARRANGING, engagement=retainer, ends_on=ends_on, reason="Sold", **{"by_agreement": True} | named)


# Prorated, changed and cut


def test_begun_on_16_january_it_holds_310_minutes_for_1032_26(begin):
    retainer = begin(january(16))
    assert capacities(retainer, 1) == [310]
    assert fees(retainer, january(16), FEBRUARY) == [Decimal("1032.26")]


def test_without_proration_a_part_of_a_month_holds_all_of_it(begin):
    assert capacities(begin(january(16), proration="none"), 1) == [600]


def test_600_to_1200_from_16_january_is_one_period_of_910_both_grants_usable_throughout(begin):
    retainer = begin()
    change(retainer, january(16), included_minutes=1200)
    assert granted(retainer, 2) == [910, 1200]
    first = periods(retainer)[0]
    lots = list(Lot.objects.filter(period=first).order_by("minutes").values_list("minutes", "usable_from", "usable_until"))
    assert lots == [(290, JANUARY, dt.date(2026, 3, 1)), (620, JANUARY, dt.date(2026, 3, 1))]


def test_a_fee_of_1000_in_three_segments_adds_up_to_1000(begin):
    retainer = begin(fee=Decimal(1000))
    for day in (11, 21):
        change(retainer, dt.date(2026, 4, day))
    expected = [Decimal("333.33"), Decimal("333.34"), Decimal("333.33")]
    assert fees(retainer, dt.date(2026, 4, 1), dt.date(2026, 5, 1)) == expected


def test_an_anchor_of_31_keeps_to_month_ends(begin):
    retainer = begin(january(31), anchor_day=31)
    starts = [period.starts_on for period in periods(retainer)[:4]]
    assert starts == [january(31), dt.date(2026, 2, 28), dt.date(2026, 3, 31), dt.date(2026, 4, 30)]
    assert granted(retainer, 4) == [600] * 4


def test_quarters_begin_in_the_month_that_was_agreed(begin):
    retainer = begin(january(16), until=dt.date(2026, 6, 30), period_unit="quarter", anchor_month=12)
    spans = [(period.starts_on, period.ends_on) for period in periods(retainer)[:2]]
    assert spans == [(january(16), dt.date(2026, 3, 1)), (dt.date(2026, 3, 1), dt.date(2026, 6, 1))]
    assert granted(retainer, 2) == [293, 600]


def test_quarters_from_another_month_cut_the_running_one_and_the_same_months_do_not(begin):
    retainer = begin(period_unit="quarter")
    change(retainer, january(11), anchor_month=7)
    assert [period.ends_on for period in periods(retainer)[:1]] == [dt.date(2026, 4, 1)]
    change(retainer, FEBRUARY, anchor_month=6)
    spans = [(period.starts_on, period.ends_on) for period in periods(retainer)[:2]]
    assert spans == [(JANUARY, FEBRUARY), (FEBRUARY, dt.date(2026, 3, 1))]


def test_the_month_of_quarters_says_nothing_of_months(begin):
    retainer = begin()
    change(retainer, january(11), anchor_month=2)
    assert [period.ends_on for period in periods(retainer)[:1]] == [FEBRUARY]
    with pytest.raises(IntegrityError, match="an_anchor_is_a_month_of_the_year"), transaction.atomic():
        change(retainer, january(21), anchor_month=13)


def test_weeks_begin_on_their_day_and_the_first_is_prorated(begin):
    retainer = begin(january(7), period_unit="week")
    spans = [(period.starts_on, period.ends_on) for period in periods(retainer)[:2]]
    assert spans == [(january(7), january(12)), (january(12), january(19))]
    assert granted(retainer, 2) == [429, 600]


def test_quarters_are_those_of_the_year(begin):
    retainer = begin(FEBRUARY, period_unit="quarter")
    spans = [(period.starts_on, period.ends_on) for period in periods(retainer)[:2]]
    assert spans == [(FEBRUARY, dt.date(2026, 4, 1)), (dt.date(2026, 4, 1), dt.date(2026, 7, 1))]
    assert granted(retainer, 2) == [393, 600]


def test_from_months_to_weeks_the_month_ends_where_the_weeks_begin_and_time_goes_with_its_day(begin, ines):
    retainer = begin()
    early, late = worked(ines, retainer, 60, january(5)), worked(ines, retainer, 60, january(20))
    change(retainer, january(16), period_unit="week", included_minutes=140)
    spans = [(period.starts_on, period.ends_on, period.granted_minutes) for period in periods(retainer)[:3]]
    assert spans == [(JANUARY, january(16), 290), (january(16), january(19), 60), (january(19), january(26), 140)]
    for entry in (early, late):
        entry.refresh_from_db()
    assert [early.period.starts_on, late.period.starts_on] == [JANUARY, january(19)]
    assert [period.used_minutes for period in periods(retainer)[:3]] == [60, 0, 60]


# Behind a close nothing moves


def test_terms_pauses_and_ends_never_reach_behind_the_last_close(begin):
    retainer = begin()
    close_period(actor=ARRANGING, period=periods(retainer)[0])
    for deed in (
        lambda: change(retainer, january(20)),
        lambda: pause(retainer, january(25), dt.date(2026, 2, 10)),
        lambda: end(retainer, january(20)),
    ):
        with pytest.raises(PeriodClosed, match="Choose 1 February 2026 or a later day"), transaction.atomic():
            deed()
    change(retainer, FEBRUARY, included_minutes=300)
    assert granted(retainer, 2) == [600, 300]


def test_the_database_keeps_promises_before_the_close_by_itself(begin):
    retainer = begin()
    close_period(actor=ARRANGING, period=periods(retainer)[0])
    row = retainer.terms.get()
    row.pk, row.starts_on = None, january(20)
    rows = [
        (lambda: RetainerTerms.objects.bulk_create([row]), "terms_never_begin_behind_the_last_close"),
        (lambda: retainer.terms.update(ends_on=january(20)), "terms_never_end_behind_the_last_close"),
        (
            lambda: Pause.objects.create(client_id=retainer.client_id, engagement=retainer, starts_on=january(20), reason="x"),
            "a_pause_never_begins_behind_the_last_close",
        ),
        (lambda: Engagement.objects.filter(pk=retainer.pk).update(ends_on=january(20)), "an_engagement_never_ends_behind_the_last_close"),
    ]
    for deed, rule in rows:
        with pytest.raises(IntegrityError, match="behind the last close") as refused, transaction.atomic():
            deed()
        assert rule == refused.value.__cause__.diag.constraint_name


# Paused


def test_paused_from_11_to_20_january_it_holds_406_minutes_and_charges_for_21_days(begin):
    retainer = begin()
    pause(retainer)
    assert capacities(retainer, 1) == [406]
    assert fees(retainer, JANUARY, FEBRUARY) == [Decimal("1354.84")]
    assert Event.objects.get(kind="engagement.paused").payload["starts_on"] == "2026-01-11"


def test_a_pause_without_an_end_grants_nothing_until_it_is_resumed(begin):
    retainer = begin()
    resting = pause(retainer, FEBRUARY, None)
    assert granted(retainer, 3) == [600, 0, 0]
    resume_engagement(actor=ARRANGING, pause=resting, on=dt.date(2026, 3, 1))
    assert granted(retainer, 3) == [600, 0, 600]


def test_a_pause_resumed_before_it_began_never_was(begin):
    retainer = begin()
    resting = pause(retainer)
    assert resume_engagement(actor=ARRANGING, pause=resting, on=january(11)) is None
    assert capacities(retainer, 1) == [600]
    assert not Pause.objects.exists()


def test_dated_hours_live_longer_by_the_pause_and_grants_do_not(begin):
    retainer = begin()
    given = {"kind": "goodwill", "minutes": 120, "reason": "Sorry", "usable_from": JANUARY, "usable_until": january(31)}
    lot = give_lot(actor=ARRANGING, engagement=retainer, **given)
    resting = pause(retainer)
    lot.refresh_from_db()
    assert (lot.usable_until, lot.given_until) == (dt.date(2026, 2, 10), january(31))
    assert set(Lot.objects.filter(period=periods(retainer)[0]).values_list("usable_until", flat=True)) == {dt.date(2026, 3, 1)}
    resume_engagement(actor=ARRANGING, pause=resting, on=january(16))
    lot.refresh_from_db()
    assert lot.usable_until == dt.date(2026, 2, 5)


def test_work_while_paused_is_never_refused_and_falls_under_the_overage_policy(begin, ines):
    retainer = begin(carry_periods=0)
    pause(retainer, FEBRUARY, dt.date(2026, 3, 1))
    worked(ines, retainer, 60, dt.date(2026, 2, 10))
    second = periods(retainer)[1]
    assert (second.capacity_minutes, second.overage_minutes) == (0, 60)


def test_pauses_do_not_overlap_and_the_database_says_so(begin):
    retainer = begin()
    pause(retainer)
    with pytest.raises(Conflict, match="paused already"):
        pause(retainer, january(20), None)
    with pytest.raises(IntegrityError, match="pauses_of_an_engagement_never_overlap"), transaction.atomic():
        Pause.objects.create(client_id=retainer.client_id, engagement=retainer, starts_on=january(20), reason="x")


# Ended


def test_ended_on_16_january_the_grant_is_prorated_and_what_is_left_expires(begin, ines):
    retainer = begin()
    worked(ines, retainer, 100, january(10))
    end(retainer, january(16))
    (last,) = periods(retainer)
    assert (last.ends_on, last.granted_minutes, last.covered_minutes, last.expired_minutes, last.closing_minutes) == (
        january(16),
        290,
        100,
        190,
        0,
    )


def test_more_used_than_the_prorated_grant_leaves_falls_under_the_overage_policy(begin, ines):
    retainer = begin()
    worked(ines, retainer, 400, january(10))
    end(retainer, january(16))
    assert [(period.covered_minutes, period.overage_minutes) for period in periods(retainer)] == [(290, 110)]


def test_an_end_before_logged_time_names_the_day(begin, ines):
    retainer = begin()
    worked(ines, retainer, 60, january(20))
    with pytest.raises(Conflict, match="Time is logged on 20 January 2026"):
        end(retainer, january(16))


def test_an_end_taken_back_leaves_the_periods_as_they_were(begin):
    retainer = begin()
    before = [(period.starts_on, period.ends_on, period.capacity_minutes) for period in periods(retainer)]
    end(retainer, january(16))
    continue_engagement(actor=ARRANGING, engagement=retainer)
    assert [(period.starts_on, period.ends_on, period.capacity_minutes) for period in periods(retainer)] == before


def test_notice_is_kept_unless_both_agreed(acorn, mara):
    today = timezone.localdate()
    soonest = today + dt.timedelta(days=30)
    with pytest.raises(Conflict, match="at the soonest"), transaction.atomic():
        end(acorn.engagement, soonest - dt.timedelta(days=1), by_agreement=False)
    end(acorn.engagement, soonest, by_agreement=False)
    acorn.engagement.refresh_from_db()
    assert acorn.engagement.ends_on == soonest


def test_a_consultant_changes_nothing_of_how_an_engagement_runs(acorn, ines):
    who = actor(ines)
    day = timezone.localdate() + dt.timedelta(days=60)
    with pytest.raises(NotAllowed):
        end_engagement(actor=who, engagement=acorn.engagement, ends_on=day, reason="x")
    with pytest.raises(NotAllowed):
        pause_engagement(actor=who, engagement=acorn.engagement, starts_on=day, reason="x")
    with pytest.raises(NotAllowed):
        set_engagement(actor=who, engagement=acorn.engagement, living=Living.of(acorn.engagement))


# Shared


def test_a_pool_of_3000_shared_by_three_is_300_over_all_on_the_last(begin, ines):
    pool = begin(included_minutes=3000)
    names = {name: begin_project(actor=ARRANGING, pool=pool, name=name, starts_on=JANUARY) for name in "ABC"}
    for name, minutes, day in (("C", 600, 20), ("A", 1500, 5), ("B", 1200, 12)):
        worked(ines, names[name], minutes, january(day))
    first = periods(pool)[0]
    assert (first.used_minutes, first.covered_minutes, first.overage_minutes) == (3300, 3000, 300)
    rows = ledger_of(pool)[0].projection.coverages
    of_entry = {entry.pk: entry.engagement.name for entry in first.entries.select_related("engagement")}
    assert {of_entry[row.entry_id]: row.minutes for row in rows if row.kind == "overage"} == {"C": 300}
    assert balance_of(names["A"], today=january(20)).used_minutes == 3300


def test_what_draws_on_a_pool_has_no_terms_no_periods_and_no_pool_under_it(begin):
    pool = begin()
    project = begin_project(actor=ARRANGING, pool=pool, name="A", starts_on=JANUARY)
    with pytest.raises(Conflict, match="draws on another"):
        begin_project(actor=ARRANGING, pool=project, name="B")
    with pytest.raises(Conflict, match="agree the terms of that one"):
        agree_terms(actor=ARRANGING, engagement=project, terms=Terms(starts_on=FEBRUARY, included_minutes=1))
    row = pool.terms.get()
    row.pk, row.engagement = None, project
    with pytest.raises(IntegrityError, match="no terms and no periods"), transaction.atomic():
        RetainerTerms.objects.bulk_create([row])
    with pytest.raises(IntegrityError, match="a pool draws on nothing"), transaction.atomic():
        Engagement.objects.filter(pk=pool.pk).update(draws_on=project)


def test_an_entry_of_a_project_is_changed_and_deleted_in_its_pool(begin, ines):
    pool = begin()
    project = begin_project(actor=ARRANGING, pool=pool, name="A", starts_on=JANUARY)
    entry = worked(ines, project, 60, january(5))
    change_entry(actor=ARRANGING, entry=entry, work=replace(work_of(entry), raw_seconds=5400))
    assert periods(pool)[0].used_minutes == 90
    delete_entry(actor=ARRANGING, entry=entry)
    assert periods(pool)[0].used_minutes == 0
