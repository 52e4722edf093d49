"""Hours burn as they are logged, and people are told once."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import scope
from billing.actions import Work, change_entry, delete_entry, give_lot, log_time
from billing.errors import NoOpenPeriod, NoSuchTime, Overlaps
from billing.models import BurnAlert, Period, TimeEntry
from billing.models.ledger import balance_of, ledger_of
from events.models import Delivery, Notice
from tests.cast import ARRANGING, actor, log


def test_use_leaves_what_is_left_and_overage_begins_after_the_last_minute(acorn, ines):
    log(ines, acorn, minutes=540)
    acorn.period.refresh_from_db()
    assert (acorn.period.left_minutes, acorn.period.overage_minutes) == (60, 0)
    log(ines, acorn, minutes=60)
    acorn.period.refresh_from_db()
    assert (acorn.period.left_minutes, acorn.period.overage_minutes) == (0, 0)
    log(ines, acorn, minutes=1)
    acorn.period.refresh_from_db()
    assert (acorn.period.left_minutes, acorn.period.overage_minutes) == (0, 1)


def test_crossing_half_the_retainer_alerts_once(acorn, ines, mara):
    log(ines, acorn, minutes=299)
    assert not acorn.period.alerts.exists()
    log(ines, acorn, minutes=1)
    log(ines, acorn, minutes=60)
    assert [alert.percent for alert in acorn.period.alerts.all()] == [50]
    assert Notice.objects.filter(person=mara, kind="alert.raised").count() == 1
    assert Delivery.objects.filter(notice__person=mara).count() == 1


def test_a_jump_over_several_thresholds_tells_of_the_highest_only(acorn, ines, mara):
    log(ines, acorn, minutes=200)
    log(ines, acorn, minutes=450)
    assert list(acorn.period.alerts.filter(kind="burn").order_by("percent").values_list("percent", "is_superseded")) == [
        (50, True),
        (80, True),
        (100, False),
    ]
    assert Notice.objects.filter(person=mara, kind="alert.raised").count() == 1


def test_an_entry_edited_below_the_threshold_and_above_again_alerts_once_in_all(acorn, ines):
    entry = log(ines, acorn, minutes=480)
    work: dict[str, Any] = {"service_area": "reporting", "work_date": entry.work_date}
    change_entry(actor=actor(ines), entry=entry, work=Work(raw_seconds=470 * 60, **work))
    change_entry(actor=actor(ines), entry=entry, work=Work(raw_seconds=490 * 60, **work))
    assert BurnAlert.objects.told().filter(percent=80).count() == 1


def test_only_more_capacity_opens_the_next_episode(acorn, ines):
    log(ines, acorn, minutes=480)
    today = timezone.localdate()
    give_lot(
        actor=ARRANGING,
        engagement=acorn.engagement,
        kind="top_up",
        minutes=600,
        usable_from=today,
        usable_until=today + dt.timedelta(days=365),
        reason="a big month",
    )
    assert BurnAlert.objects.told().filter(percent=80).count() == 1
    log(ines, acorn, minutes=480)
    assert list(BurnAlert.objects.filter(percent=80).order_by("episode").values_list("episode", flat=True)) == [1, 2]


def test_deleting_an_entry_gives_its_minutes_back(acorn, ines):
    log(ines, acorn, minutes=120)
    entry = log(ines, acorn, minutes=60)
    delete_entry(actor=actor(ines), entry=entry)
    acorn.period.refresh_from_db()
    assert acorn.period.left_minutes == 480


def test_overlapping_entries_of_one_person_are_refused_and_the_other_is_named(acorn, ines):
    nine = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
    hour = dt.timedelta(hours=1)

    def stretch(start: dt.datetime, end: dt.datetime) -> Work:
        return Work(service_area="reporting", started_at=start, ended_at=end)

    if nine.date() < acorn.period.starts_on:
        nine += dt.timedelta(days=1)
    first = log_time(actor=actor(ines), engagement=acorn.engagement, work=stretch(nine, nine + hour))
    log_time(actor=actor(ines), engagement=acorn.engagement, work=stretch(nine + hour, nine + 2 * hour))
    with pytest.raises(Overlaps, match="from 09:00 to 10:00") as refused:
        log_time(actor=actor(ines), engagement=acorn.engagement, work=stretch(nine + hour * 0.98, nine + hour * 1.02))
    assert refused.value.facts["entry"] == str(first.pk)


@pytest.mark.parametrize("seconds", [0, -60])
def test_a_duration_of_nothing_is_refused(acorn, ines, seconds):
    with pytest.raises(NoSuchTime):
        log_time(
            actor=actor(ines),
            engagement=acorn.engagement,
            work=Work(service_area="reporting", raw_seconds=seconds, work_date=timezone.localdate()),
        )


def test_work_before_the_engagement_began_says_when_it_began(acorn, ines):
    with pytest.raises(NoOpenPeriod, match="It began on"):
        log(ines, acorn, minutes=60, on=acorn.engagement.starts_on - dt.timedelta(days=40))


def test_the_balance_explains_itself_entry_by_entry(acorn, ines):
    entry = log(ines, acorn, minutes=650)
    current = next(each for each in ledger_of(acorn.engagement) if each.period.pk == acorn.period.pk)
    assert [(row.kind, row.minutes) for row in current.projection.by_entry()[entry.pk]] == [("covered", 600), ("overage", 50)]


def test_a_client_over_its_hours_is_the_first_in_danger(acorn, cobalt, ines, tomas):
    log(ines, acorn, minutes=660)
    log(tomas, cobalt, minutes=60)
    today = timezone.localdate()
    over, calm = (balance_of(company.engagement, today=today) for company in (acorn, cobalt))
    assert over is not None
    assert calm is not None
    assert over.state == "over"
    assert over.danger > calm.danger


def test_a_portal_session_cannot_write_time_even_past_the_application(acorn, priya):
    with scope.portal(acorn.client.pk), pytest.raises(Exception, match="permission denied"):
        Period.objects.filter(pk=acorn.period.pk).update(used_minutes=0)
    connection.rollback() if not connection.in_atomic_block else None


def test_goodwill_and_internal_time_burn_nothing(acorn, ines):
    today = timezone.localdate()
    for kind in ("goodwill", "internal", "project"):
        log_time(
            actor=actor(ines),
            engagement=acorn.engagement,
            work=Work(service_area="reporting", raw_seconds=3600, work_date=today, kind=kind),
        )
    acorn.period.refresh_from_db()
    assert acorn.period.used_minutes == 0
    assert acorn.period.left_minutes == 600


def test_hours_that_have_ended_or_not_begun_are_not_left(acorn, ines):
    today = timezone.localdate()
    for days, minutes in ((-1, 60), (2, 30)):
        give_lot(
            actor=ARRANGING,
            engagement=acorn.engagement,
            kind="goodwill",
            minutes=minutes,
            usable_from=min(acorn.period.starts_on, today - dt.timedelta(days=5)) if days < 0 else today + dt.timedelta(days=days),
            usable_until=today if days < 0 else today + dt.timedelta(days=40),
            reason="a slow week of ours",
        )
    found = balance_of(acorn.engagement, today=today)
    assert found is not None
    later = balance_of(acorn.engagement, today=today + dt.timedelta(days=2))
    assert found.left_minutes == 600
    if later is not None and later.period.pk == acorn.period.pk:
        assert later.left_minutes == 630


def test_what_an_entry_said_before_is_remembered_with_who_changed_it(acorn, ines):
    entry = log(ines, acorn, minutes=60, note="as first written")
    with scope.staff(actor(ines)):
        change_entry(
            actor=actor(ines), entry=entry, work=Work(service_area="reporting", raw_seconds=600, work_date=entry.work_date, note="anew")
        )
    former = TimeEntry.pgh_event_model.objects.get(pgh_obj_id=entry.pk, note="as first written")
    assert former.pgh_context["person"] == str(ines.pk)
