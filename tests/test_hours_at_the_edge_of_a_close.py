"""What an end, a pause, a gift or a reopening does right after a close: nothing is granted twice or lost, nor closed unasked."""

import calendar
import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.errors import Conflict
from billing.actions import (
    Work,
    change_entry,
    close_or_propose,
    forecast_retainers,
    forecasting,
    give_lot,
    log_time,
    open_periods_of,
    reopen_period,
    reserve_minutes,
)
from billing.actions.verifying import verify_engagement
from billing.errors import PeriodClosed
from billing.models import Lot, Period, Reservation
from engagements.actions import (
    Living,
    agree_terms,
    begin_project,
    continue_engagement,
    end_engagement,
    pause_engagement,
    set_engagement,
)
from engagements.actions.living import remind_of_ends
from engagements.models import Engagement
from events.models import Event
from figures.rounding import half_up
from tests.cast import ARRANGING, actor, ask
from tests.closing_cast import day, keep, promise
from tickets.actions import edit_ticket

pytestmark = pytest.mark.django_db


def end(kept, on):
    return end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=on, reason="over", by_agreement=True)


def test_an_end_on_the_day_up_to_which_it_is_closed_asks_to_open_that_period_again(mara, ada):
    kept = keep(mara)
    kept.use(1, 100)
    kept.close(1)
    with pytest.raises(PeriodClosed, match=r"The period up to 31 January .* is closed and handed its hours on"):
        end(kept, day(2))
    reopen_period(actor=actor(ada), period=kept.month(1), reason="it ended with January")
    end(kept, day(2))
    kept.close(1)
    assert [(period.granted_minutes, period.expired_minutes) for period in kept.engagement.periods.all()] == [(600, 500)]
    assert verify_engagement(kept.engagement.pk) == []


def test_an_end_takes_the_forecasts_of_what_will_not_be(mara):
    kept = keep(mara)
    kept.use(1, 10)
    assert forecast_retainers(actor=ARRANGING, today=timezone.localdate())
    end(kept, day(3))
    assert kept.engagement.periods.count() == 2
    assert not kept.engagement.forecasts.filter(period__starts_on__gte=day(3)).exists()


def test_what_ended_and_was_closed_goes_on_only_after_its_last_period_is_open_again(mara, ada):
    kept = keep(mara)
    kept.use(1, 100)
    end(kept, day(2))
    kept.close(1)
    ended = Engagement.objects.get(pk=kept.engagement.pk)
    with pytest.raises(PeriodClosed, match="what was left expired"):
        continue_engagement(actor=ARRANGING, engagement=ended)
    reopen_period(actor=actor(ada), period=kept.month(1), reason="they stay")
    continue_engagement(actor=ARRANGING, engagement=Engagement.objects.get(pk=ended.pk))
    assert kept.month(2).opening_minutes == 500


def test_from_months_to_quarters_right_after_a_close_leaves_no_month_behind(mara):
    kept = keep(mara)
    kept.use(2, 30)
    for month in range(1, 4):
        kept.close(month)
    agree_terms(actor=ARRANGING, engagement=kept.engagement, terms=promise(starts_on=day(4), included_minutes=1800, period_unit="quarter"))
    first = kept.engagement.periods.open().order_by("starts_on").first()
    assert (first.starts_on, first.ends_on, first.granted_minutes) == (day(4), day(7), 1800)
    assert verify_engagement(kept.engagement.pk) == []


def test_hours_given_to_a_project_are_its_pools(mara):
    kept = keep(mara)
    project = begin_project(actor=ARRANGING, pool=kept.engagement, name="Chatbot", starts_on=day(1))
    give_lot(actor=ARRANGING, engagement=project, kind="top_up", minutes=300, usable_from=day(1), usable_until=day(12), reason="bought")
    log_time(actor=actor(mara), engagement=project, work=Work(service_area="reporting", raw_seconds=660 * 60, work_date=day(1, 5)))
    assert (kept.month(1).covered_minutes, kept.month(1).overage_minutes) == (660, 0)


def test_hours_for_days_that_are_closed_are_refused_and_name_the_day(mara):
    kept = keep(mara)
    kept.close(1)
    with pytest.raises(Conflict, match="Choose an end after 1 February"):
        kept.give("goodwill", 600, day(1, 5), day(1, 20))
    assert kept.month(2).capacity_minutes == 1200


def test_what_a_correction_gave_back_ends_with_the_open_period_pause_or_not(mara):
    kept = keep(mara)
    entry = kept.use(1, 400)
    kept.close(1)
    change_entry(actor=actor(mara), entry=entry, work=Work(service_area="reporting", raw_seconds=340 * 60, work_date=entry.work_date))
    pause_engagement(actor=ARRANGING, engagement=kept.engagement, starts_on=day(2, 10), ends_on=day(2, 20), reason="rest")
    assert Lot.objects.get(kind="adjustment").usable_until == day(3)


def test_what_a_person_opened_again_is_proposed_after_the_grace_days_and_never_closes_by_itself(mara, ada):
    kept = keep(mara)
    set_engagement(actor=ARRANGING, engagement=kept.engagement, living=replace(Living.of(kept.engagement), closes_by_itself=True))
    kept.use(1, 100)
    now = timezone.now()
    while close_or_propose(now=now):
        pass
    last = Period.objects.closed().filter(engagement=kept.engagement).order_by("-starts_on")[0]
    reopen_period(actor=actor(ada), period=last, reason="an entry was forgotten")
    assert close_or_propose(now=now) == 0
    assert close_or_propose(now=now + dt.timedelta(days=10)) == 1
    last.refresh_from_db()
    assert (last.closed_at, last.proposed_at is not None) == (None, True)
    assert Event.objects.filter(kind="period.close_proposed", about_id=last.pk).count() == 1


def test_a_ticket_that_comes_back_to_its_retainer_holds_its_hours_again(acorn, mara, priya):
    ticket = ask(priya, acorn)
    reserve_minutes(actor=ARRANGING, ticket=ticket, minutes=120, source="estimate")
    edit_ticket(actor=actor(mara), ticket=ticket, engagement=None)
    assert Reservation.objects.get().ended_at is not None
    ticket.refresh_from_db()
    edit_ticket(actor=actor(mara), ticket=ticket, engagement=acorn.engagement)
    assert Reservation.objects.get().ended_at is None


@pytest.mark.parametrize("proration", ["daily", "none"])
def test_an_end_that_is_moved_leaves_one_period_and_one_grant(mara, proration):
    kept = keep(mara, proration=proration, included_minutes=600)
    next_month = (timezone.localdate().replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    days = calendar.monthrange(next_month.year, next_month.month)[1]
    open_periods_of(actor=ARRANGING, engagement=kept.engagement, until=next_month)
    for number in (6, 21, 11, 16):
        end(kept, next_month.replace(day=number))
    (last,) = kept.engagement.periods.filter(starts_on__gte=next_month)
    assert (last.starts_on, last.ends_on) == (next_month, next_month.replace(day=16))
    assert last.granted_minutes == (600 if proration == "none" else half_up(600 * 15, days))


def test_an_end_after_the_last_close_is_not_moved(mara):
    kept = keep(mara)
    end(kept, day(2))
    kept.close(1)
    Engagement.objects.filter(pk=kept.engagement.pk).update(ends_on=timezone.localdate() + dt.timedelta(days=1))
    with pytest.raises(PeriodClosed, match="what was left expired"):
        end(kept, timezone.localdate() + dt.timedelta(days=3))


def test_no_terms_are_agreed_for_days_after_the_end(mara):
    kept = keep(mara)
    end(kept, day(3))
    with pytest.raises(Conflict, match="ends on 1 March"):
        agree_terms(actor=ARRANGING, engagement=kept.engagement, terms=promise(starts_on=day(4), included_minutes=900))


def test_projects_end_with_their_pool_and_run_on_with_it(mara):
    kept = keep(mara)
    project = begin_project(actor=ARRANGING, pool=kept.engagement, name="Chatbot", starts_on=day(1))
    soon = timezone.localdate() + dt.timedelta(days=30)
    end(kept, soon)
    project.refresh_from_db()
    assert project.ends_on == soon
    continue_engagement(actor=ARRANGING, engagement=Engagement.objects.get(pk=kept.engagement.pk))
    project.refresh_from_db()
    assert project.ends_on is None


def test_hours_that_never_end_live_through_a_pause(mara):
    kept = keep(mara)
    lot = kept.give("top_up", 60, day(1), dt.date(9999, 12, 31))
    pause_engagement(actor=ARRANGING, engagement=kept.engagement, starts_on=day(2), ends_on=dt.date(9999, 12, 31), reason="rest")
    lot.refresh_from_db()
    assert lot.usable_until == dt.date(9999, 12, 31)


def test_nobody_is_reminded_of_a_day_that_is_over(mara):
    kept = keep(mara)
    Engagement.objects.filter(pk=kept.engagement.pk).update(committed_until=timezone.localdate() - dt.timedelta(days=20))
    assert remind_of_ends(actor=ARRANGING, today=timezone.localdate()) == 0


def test_a_pool_is_forecast_from_the_work_on_its_projects(mara):
    kept = keep(mara)
    project = begin_project(actor=ARRANGING, pool=kept.engagement, name="Chatbot", starts_on=day(1))
    today = timezone.localdate()
    worked = today - dt.timedelta(days=1)
    log_time(actor=actor(mara), engagement=project, work=Work(service_area="reporting", raw_seconds=3600, work_date=worked))
    assert forecasting.burned_by_day([kept.engagement.pk], today) == {kept.engagement.pk: {worked: 60}}
