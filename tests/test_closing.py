"""A period closes once, keeps what it came to, and hands on what it left: the vectors of the ledger through real closes."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actions.people import assign
from accounts.errors import NotAllowed
from billing.actions import close_or_propose, close_period, delete_entry, preview_close, reopen_period
from billing.actions.verifying import verify_engagement
from billing.errors import EarlierPeriodOpen, PeriodNotOver, TimeNotApproved
from billing.models import Charge, Period, Posting, Statement, TimeEntry
from billing.models.ledger import ledger_of
from billing.rules.statement import digest_of
from engagements.actions import Living, begin_project, pause_engagement, set_engagement
from engagements.models import Engagement
from events.models import Event, Notice
from tests.cast import ARRANGING, actor, month_of
from tests.closing_cast import Kept, day, keep
from tickets.actions import open_ticket

pytestmark = pytest.mark.django_db


def sums(period: Period) -> dict[str, int]:
    found: dict[str, int] = {}
    for posting in period.postings.all():
        found[posting.kind] = found.get(posting.kind, 0) + posting.minutes
    return {kind: minutes for kind, minutes in found.items() if minutes}


@pytest.mark.parametrize(
    ("terms", "uses", "capacities", "expired", "left"),
    [
        ({"carry_periods": 0}, (400, 0), (600, 600), (200, 600), 0),
        ({}, (400, 300), (600, 800, 1100), (0, 0), 500),
        ({"carry_cap_minutes": 300}, (0,), (600, 900), (300,), 300),
        ({"carry_periods": 2, "carry_cap_minutes": 600}, (200, 200), (600, 1000, 1200), (0, 200), 600),
        ({}, (0, 600), (600, 1200), (0, 0), 600),
        ({"carry_periods": 2}, (0, 0, 0, 0), (600, 1200, 1800, 1800), (0, 0, 600, 600), 1200),
    ],
)
def test_what_a_month_leaves_is_what_the_next_one_opens_with(mara, terms, uses, capacities, expired, left):
    kept = keep(mara, **terms)
    for number, minutes in enumerate(uses, start=1):
        kept.use(number, minutes)
        kept.close(number)
    assert tuple(kept.month(number).capacity_minutes for number in range(1, len(capacities) + 1)) == capacities
    assert tuple(kept.month(number).expired_minutes for number in range(1, len(uses) + 1)) == expired
    assert kept.month(len(uses)).closing_minutes == kept.month(len(uses) + 1).opening_minutes == left


def test_closing_before_the_work_of_the_next_month_or_after_it_gives_the_same(mara):
    before, after = keep(mara, "ONE", borrow_limit_minutes=60), keep(mara, "TWO", borrow_limit_minutes=60)
    for number, minutes in ((1, 640), (2, 500), (3, 80)):
        before.use(number, minutes)
        before.close(number)
    for number, minutes in ((3, 80), (2, 500), (1, 640)):
        after.use(number, minutes)
    for number in (1, 2, 3):
        after.close(number)
    names = ("opening_minutes", "granted_minutes", "covered_minutes", "expired_minutes", "closing_minutes", "borrowed_minutes")
    told = [[tuple(getattr(kept.month(number), name) for name in names) for number in (1, 2, 3, 4)] for kept in (before, after)]
    assert told[0] == told[1]


def test_borrowed_minutes_come_off_the_next_grant_after_the_close(mara):
    kept = keep(mara, borrow_limit_minutes=120)
    kept.use(1, 690)
    kept.close(1)
    january, february = kept.month(1), kept.month(2)
    assert (january.borrowed_minutes, january.overage_minutes) == (90, 0)
    assert (february.capacity_minutes, february.repaid_minutes) == (510, 90)
    kept.close(2)
    assert sums(kept.month(2)) == {"granted": 510}


def test_a_top_up_burns_after_the_base_and_goes_on_through_the_closes(mara):
    kept = keep(mara, carry_periods=0)
    kept.give("top_up", 300, day(1), day(1) + dt.timedelta(days=365))
    kept.use(1, 700)
    kept.close(1)
    assert kept.month(2).capacity_minutes == 800
    kept.use(2, 650)
    kept.close(2)
    assert kept.month(3).capacity_minutes == 750


def test_goodwill_ends_on_its_day_and_what_is_left_of_it_expires_with_the_close(mara):
    kept = keep(mara)
    kept.close(1)
    kept.give("goodwill", 120, day(2), day(2, 11))
    kept.use(2, 60, 5)
    kept.use(2, 720, 20)
    kept.close(2)
    expired = {posting.lot.kind: posting.minutes for posting in kept.month(2).postings.filter(kind="expired").select_related("lot")}
    assert expired == {"goodwill": 60}
    assert kept.month(2).closing_minutes == 480


def test_a_close_freezes_every_movement_and_the_statement_that_says_so(mara, ines):
    kept = keep(mara, carry_periods=0)
    entry = kept.use(1, 650)
    statement = kept.close(1)
    period = kept.month(1)
    assert sums(period) == {"granted": 600, "covered": 600, "overage": 50}
    assert (period.closed_at is not None, period.closed_by) == (True, None)
    assert statement.number == 1
    document = statement.document
    assert digest_of(document) == statement.digest == digest_of(Statement.objects.get(pk=statement.pk).document)
    assert (document["opening"], document["granted"], document["covered"], document["overage"], document["closing"]) == (0, 600, 600, 50, 0)
    assert document["overage_lines"] == [{"rate": "250.00", "minutes": 50, "amount": "208.33"}]
    (line,) = document["entries"]
    assert entry is not None
    assert (line["entry"], line["date"], line["raw_seconds"], line["is_late"]) == (str(entry.pk), day(1, 10).isoformat(), 39000, False)
    assert [(part["kind"], part["minutes"], part["why"]) for part in line["covered_by"]] == [
        ("covered", 600, "grant"),
        ("overage", 50, "billed"),
    ]
    assert document["by_person"] == [{"person": str(mara.pk), "raw_seconds": 39000, "billed_minutes": 650, "burn_minutes": 650}]
    assert Event.objects.filter(kind="period.closed", about_id=period.pk).count() == 1


def test_internal_time_is_in_no_statement(mara):
    kept = keep(mara)
    kept.use(1, 60, kind="internal")
    kept.use(1, 30, kind="goodwill")
    statement = kept.close(1)
    assert [line["kind"] for line in statement.document["entries"]] == ["goodwill"]
    assert str(statement.document).count("internal") == 0


def test_time_of_a_fixed_price_is_told_in_the_statement_and_draws_on_nothing(mara):
    kept = keep(mara)
    project = begin_project(actor=ARRANGING, pool=kept.engagement, name="Rollout", starts_on=day(1))
    Kept(kept.client, project, mara).use(1, 300, kind="project")
    kept.use(1, 60)
    statement = kept.close(1)
    lines = [
        (line["kind"], line["billed_minutes"], line["burn_minutes"], line["covered_by"] == []) for line in statement.document["entries"]
    ]
    assert sorted(lines) == [("included", 60, 60, False), ("project", 300, 0, True)]
    assert (statement.document["used"], sums(kept.month(1))) == (60, {"granted": 600, "covered": 60})
    assert verify_engagement(kept.engagement.pk) == []


def test_all_people_are_rounded_together_on_a_ticket_and_apart_without_one(mara, ines):
    kept = keep(mara, rounding_scope="day_and_ticket", rounding_increment_minutes=30, rounding_mode="up")
    ticket = open_ticket(actor=ARRANGING, client=kept.client, engagement=kept.engagement, subject="Q", body="Wrong.", source="portal")
    beside = Kept(kept.client, kept.engagement, ines)
    assign(actor=ARRANGING, person=ines, client=kept.client)
    for where in (ticket, None):
        kept.use(1, 5, ticket=where)
        beside.use(1, 5, ticket=where)
    assert kept.month(1).used_minutes == 30 + 30 + 30


def test_the_overdrawn_half_of_march_in_yen(mara):
    kept = keep(mara, starts_on=day(3, 15), included_minutes=720, fee=Decimal(300000), overage_rate=Decimal(25000))
    Engagement.objects.filter(pk=kept.engagement.pk).update(currency="JPY")
    kept.use(3, 415, 20)
    statement = kept.close(3)
    assert (statement.document["fee"], statement.document["granted"]) == ("164516", 395)
    assert statement.document["overage_lines"] == [{"rate": "25000.00", "minutes": 20, "amount": "8333"}]


def test_what_expires_says_why(mara):
    kept = keep(mara, carry_cap_minutes=100)
    assert [(line["minutes"], line["why"]) for line in kept.close(1).document["expiries"]] == [(500, "above_the_cap")]
    assert [(line["minutes"], line["why"]) for line in kept.close(2).document["expiries"]] == [(100, "ended"), (500, "above_the_cap")]


def test_a_second_close_gives_the_first_statement(mara):
    kept = keep(mara)
    assert kept.close(1) == kept.close(1)
    assert (Statement.objects.count(), Posting.objects.count()) == (1, 1)


def test_periods_close_in_order_and_only_once_they_are_over(mara, acorn):
    kept = keep(mara)
    with pytest.raises(EarlierPeriodOpen, match="in order"):
        kept.close(2)
    with pytest.raises(PeriodNotOver, match="runs until"):
        close_period(actor=ARRANGING, period=acorn.period)


def test_consultants_close_nothing_and_leads_reopen_nothing(mara, ines):
    kept = keep(mara)
    with pytest.raises(NotAllowed):
        close_period(actor=actor(ines), period=kept.month(1))
    kept.close(1)
    with pytest.raises(NotAllowed):
        reopen_period(actor=actor(mara), period=kept.month(1), reason="wrong")


def test_time_that_waits_for_approval_needs_a_reason_and_the_statement_keeps_it(mara):
    kept = keep(mara)
    entry = kept.use(1, 60)
    assert entry is not None
    TimeEntry.objects.filter(pk=entry.pk).update(state="submitted")
    with pytest.raises(TimeNotApproved, match="1 entry waits"):
        kept.close(1)
    assert kept.close(1, override_reason="Approver on leave").override_reason == "Approver on leave"


def test_a_draft_burns_waits_for_a_reason_and_is_closed_where_it_was_worked(mara):
    kept = keep(mara)
    entry = kept.use(1, 60)
    assert entry is not None
    TimeEntry.objects.filter(pk=entry.pk).update(state="draft")
    with pytest.raises(TimeNotApproved, match="1 entry waits"), transaction.atomic():
        kept.close(1)
    statement = kept.close(1, override_reason="Its author left the firm")
    entry.refresh_from_db()
    assert (entry.period, entry.state, kept.month(1).used_minutes) == (kept.month(1), "draft", 60)
    assert [line["burn_minutes"] for line in statement.document["entries"]] == [60]
    assert verify_engagement(kept.engagement.pk) == []


def test_a_preview_says_what_the_close_would_and_changes_nothing(mara):
    kept = keep(mara)
    kept.use(1, 250)
    preview = preview_close(kept.engagement, kept.month(1))
    assert (preview.may_close, preview.obstacles, preview.projection.closing_minutes) == (True, (), 350)
    assert len(preview_close(kept.engagement, kept.month(2)).obstacles) == 1
    assert kept.close(1).document == preview.document


def test_an_engagement_that_ended_closes_without_a_follower_and_leaves_nothing(mara):
    kept = keep(mara)
    kept.engagement.ends_on = day(3)
    kept.engagement.save()
    kept.close(1)
    kept.close(2)
    assert (kept.month(2).closing_minutes, kept.month(2).expired_minutes, kept.month(2).is_last) == (0, 1200, True)


def test_the_next_period_costs_the_same_however_many_are_closed(mara, django_assert_max_num_queries):
    kept = keep(mara)
    for number in (1, 2):
        kept.close(number)
    march = kept.month(3)
    with django_assert_max_num_queries(4):
        assert ledger_of(kept.engagement)[0].period == march


def test_a_pool_closes_with_the_time_of_all_that_draw_on_it(mara):
    kept = keep(mara, carry_periods=0)
    projects = [begin_project(actor=ARRANGING, pool=kept.engagement, name=name, starts_on=day(1)) for name in "AB"]
    entries = [Kept(kept.client, project, mara).use(1, 350, 5 + place) for place, project in enumerate(projects)]
    document = kept.close(1).document
    assert (document["used"], document["overage"]) == (700, 100)
    assert [line["engagement"] for line in document["entries"]] == [str(project.pk) for project in projects]
    last = entries[-1]
    assert last is not None
    delete_entry(actor=actor(mara), entry=last)
    credit = Charge.objects.get(kind="credit")
    assert (credit.engagement, credit.amount, kept.month(2).adjusted_minutes) == (kept.engagement, Decimal("-416.67"), 250)
    assert verify_engagement(kept.engagement.pk) == []


def test_a_pause_after_a_close_leaves_what_was_closed_as_it_was(mara):
    kept = keep(mara)
    kept.give("top_up", 200, day(1), day(2, 20))
    kept.give("goodwill", 200, day(1), day(3, 10))
    kept.use(1, 100)
    kept.close(1)
    pause_engagement(actor=ARRANGING, engagement=kept.engagement, starts_on=day(2, 5), ends_on=day(2, 25), reason="rest")
    assert verify_engagement(kept.engagement.pk) == []
    assert kept.month(2).opening_minutes == 900


class TestReopening:
    def test_the_last_close_is_taken_back_and_both_ways_stay_visible(self, mara, ada):
        kept = keep(mara)
        kept.use(1, 400)
        first = kept.close(1)
        reopened = reopen_period(actor=actor(ada), period=kept.month(1), reason="An hour was forgotten")
        first.refresh_from_db()
        assert (reopened.closed_at, first.superseded_by, first.superseded_reason) == (None, ada, "An hour was forgotten")
        assert sums(reopened) == {}
        assert sorted(reopened.postings.values_list("minutes", flat=True)) == [-600, -400, 400, 600]

    def test_time_forgotten_is_then_of_its_own_month(self, mara, ada):
        kept = keep(mara)
        kept.use(1, 400)
        kept.close(1)
        reopen_period(actor=actor(ada), period=kept.month(1), reason="An hour was forgotten")
        kept.use(1, 60, 12)
        second = kept.close(1)
        assert (second.number, kept.month(1).closing_minutes, kept.month(2).capacity_minutes) == (2, 140, 740)
        assert list(kept.month(1).statements.standing()) == [second]

    def test_time_logged_late_meanwhile_comes_back_to_its_own_month(self, mara, ada):
        kept = keep(mara)
        kept.use(1, 400)
        kept.close(1)
        late = kept.use(1, 60, 12)
        assert (late.period, kept.month(2).used_minutes) == (kept.month(2), 60)
        reopen_period(actor=actor(ada), period=kept.month(1), reason="An hour was forgotten")
        late.refresh_from_db()
        assert (late.period, late.is_late, kept.month(1).used_minutes, kept.month(2).used_minutes) == (kept.month(1), False, 460, 0)
        assert Event.objects.get(kind="period.reopened").payload["late_entries"] == 1
        kept.close(1)
        assert (kept.month(1).closing_minutes, kept.month(2).capacity_minutes) == (140, 740)
        assert verify_engagement(kept.engagement.pk) == []

    def test_late_time_is_then_rounded_with_its_day(self, mara, ada):
        kept = keep(mara, rounding_scope="day_and_ticket", rounding_increment_minutes=30, rounding_mode="up")
        ticket = open_ticket(actor=ARRANGING, client=kept.client, engagement=kept.engagement, subject="Q", body="Wrong.", source="portal")
        kept.use(1, 5, ticket=ticket)
        kept.close(1)
        kept.use(1, 5, ticket=ticket)
        assert (kept.month(1).used_minutes, kept.month(2).used_minutes) == (30, 30)
        reopen_period(actor=actor(ada), period=kept.month(1), reason="Both belong together")
        assert (kept.month(1).used_minutes, kept.month(2).used_minutes) == (30, 0)

    def test_what_was_carried_in_is_carried_in_again(self, mara, ada):
        kept = keep(mara)
        kept.give("top_up", 90, day(1), day(1) + dt.timedelta(days=365))
        kept.use(1, 630)
        kept.close(1)
        kept.use(2, 100)
        kept.close(2)
        reopen_period(actor=actor(ada), period=kept.month(2), reason="Look again")
        assert (kept.month(2).opening_minutes, kept.month(2).granted_minutes) == (60, 600)
        kept.close(2)
        assert kept.month(3).opening_minutes == 560

    @pytest.mark.parametrize(
        ("closed", "sent", "reason", "says"), [((1, 2), False, "x", "later"), ((1,), True, "x", "sent"), ((1,), False, " ", "why")]
    )
    def test_only_the_last_unsent_close_is_taken_back_and_never_without_a_reason(self, mara, ada, closed, sent, reason, says):
        kept = keep(mara)
        for number in closed:
            kept.close(number)
        if sent:
            Statement.objects.update(sent_at=timezone.now())
        with pytest.raises(Exception, match=says):
            reopen_period(actor=actor(ada), period=kept.month(1), reason=reason)


class TestDueCloses:
    def at(self, when: dt.date) -> dt.datetime:
        return dt.datetime.combine(when, dt.time(12), tzinfo=dt.UTC)

    def test_people_are_asked_once_after_the_days_for_late_logging(self, mara, ada):
        kept = keep(mara)
        opens = kept.month(2).starts_on
        close_or_propose(now=self.at(opens + dt.timedelta(days=2)))
        assert kept.month(1).proposed_at is None
        for _twice in range(2):
            close_or_propose(now=self.at(opens + dt.timedelta(days=8)))
        assert kept.month(1).proposed_at is not None
        assert Notice.objects.filter(kind="period.close_proposed", person=ada).count() == 1

    def test_a_retainer_that_closes_by_itself_does_unless_time_waits(self, mara):
        kept = keep(mara)
        by_itself = replace(Living.of(kept.engagement), closes_by_itself=True)
        set_engagement(actor=ARRANGING, engagement=kept.engagement, living=by_itself)
        waiting = kept.use(2, 60)
        assert waiting is not None
        TimeEntry.objects.filter(pk=waiting.pk).update(state="submitted")
        later = self.at(month_of(day(3)) + dt.timedelta(days=20))
        for _again in range(3):
            close_or_propose(now=later)
        assert (kept.month(1).closed_at is None, kept.month(1).closed_by) == (False, None)
        assert (kept.month(2).closed_at, kept.month(2).proposed_at is None) == (None, False)
