"""People are told of hours that run over, will run over, are about to expire or lie idle: each once, and who is meant to know."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts import scope
from accounts.actors import MemberRole
from accounts.rules import business_days
from billing.actions import give_lot
from billing.actions.early_alerts import sweep_early_alerts, sweep_paces
from billing.models import BurnAlert, Period
from billing.models.ledger import WEEKDAYS, balance_of
from billing.rules.alerts import Episode, Pace, is_worth_telling, tells_again
from billing.tasks import sweep_burn_alerts
from billing.tasks import sweep_early_alerts as hourly
from events.models import Event, Notice
from tests.cast import ARRANGING, actor, log, make_company, make_contact, month_of


@pytest.fixture
def last_month():
    return month_of(month_of(timezone.localdate()) - dt.timedelta(days=1))


@pytest.fixture
def dune(firm, mara, last_month):
    """Dune Optics, in care since the first of last month with 10 h that do not carry, and thresholds that stay silent."""
    return make_company("Dune Optics", "DUN", lead=mara, starts_on=last_month, carry_periods=0, thresholds=(1000,))


def period_of(company, day):
    return Period.objects.covering(day).get(engagement=company.engagement)


def weekday(month, number):
    """The so-many-th weekday of a month."""
    return business_days(WEEKDAYS, month, month + dt.timedelta(days=31))[number - 1]


def told(person, words):
    return Notice.objects.filter(person=person, kind="alert.raised", subject__contains=words).count()


def test_the_first_minute_over_is_told_once(acorn, ines, mara):
    log(ines, acorn, minutes=600)
    assert not BurnAlert.objects.filter(kind="overage").exists()
    log(ines, acorn, minutes=1)
    log(ines, acorn, minutes=60)
    assert [(alert.minutes, alert.is_superseded) for alert in BurnAlert.objects.filter(kind="overage")] == [(1, False)]
    assert told(mara, "is over its hours") == 1


def test_a_threshold_of_the_same_moment_speaks_for_the_first_minute_over(acorn, ines, mara):
    log(ines, acorn, minutes=650)
    assert BurnAlert.objects.get(kind="overage").is_superseded
    assert Notice.objects.filter(person=mara, kind="alert.raised").count() == 1


def test_hours_that_were_bought_and_used_up_again_run_over_anew(acorn, ines):
    log(ines, acorn, minutes=600)
    log(ines, acorn, minutes=1)
    today = timezone.localdate()
    bought: dict[str, Any] = {"kind": "top_up", "minutes": 120, "reason": "a big month", "usable_from": acorn.period.starts_on}
    give_lot(actor=ARRANGING, engagement=acorn.engagement, usable_until=today + dt.timedelta(days=365), **bought)
    log(ines, acorn, minutes=200)
    assert list(BurnAlert.objects.filter(kind="overage").order_by("episode").values_list("episode", flat=True)) == [1, 2]


def test_a_pace_that_ends_over_is_told_once(dune, mara, last_month):
    day = weekday(last_month, 10)
    log(mara, dune, minutes=500, on=last_month)
    assert sweep_paces(today=day) == 1
    assert sweep_paces(today=day) == 0
    sweep_early_alerts(today=day)
    alert = BurnAlert.objects.get(kind="pace")
    assert alert.minutes is not None
    assert alert.minutes > 600
    balance = balance_of(dune.engagement, today=day)
    assert balance is not None
    assert alert.minutes == balance.by_end_minutes


def test_a_pace_is_not_told_before_the_fifth_business_day_nor_once_the_hours_are_used_up():
    line = Pace(900, 3)
    assert not is_worth_telling(line, used_minutes=200, capacity_minutes=600, day=4)
    assert is_worth_telling(line, used_minutes=200, capacity_minutes=600, day=5)
    assert not is_worth_telling(line, used_minutes=600, capacity_minutes=600, day=5)
    assert not is_worth_telling(Pace(600, None), used_minutes=200, capacity_minutes=600, day=5)


def test_only_a_capacity_past_what_was_told_opens_the_next_episode():
    assert tells_again(None, 600)
    assert not tells_again(Episode(0, 1, 650, 600), 600)
    assert not tells_again(Episode(0, 1, 650, 600), 640)
    assert tells_again(Episode(0, 1, 650, 600), 700)


def test_hours_that_expire_with_the_period_are_told_14_and_3_days_before(dune, ada, mara, last_month):
    log(mara, dune, minutes=200, on=last_month)
    ends_on = period_of(dune, last_month).ends_on
    for days, marks in ((15, []), (14, [14]), (13, [14]), (4, [14]), (3, [3, 14]), (1, [3, 14])):
        today = ends_on - dt.timedelta(days=days)
        sweep_early_alerts(today=today)
        sweep_early_alerts(today=today)
        found = BurnAlert.objects.filter(kind="expiring").order_by("days")
        assert [(alert.days, alert.minutes, alert.falls_on) for alert in found] == [(mark, 400, ends_on) for mark in marks]
    assert told(ada, "will expire") == 2


def test_a_dated_lot_is_told_on_its_own_day_and_not_with_the_period(dune, last_month):
    gone = last_month + dt.timedelta(days=12)
    given: dict[str, Any] = {"kind": "goodwill", "minutes": 90, "reason": "a slow week of ours"}
    give_lot(actor=ARRANGING, engagement=dune.engagement, usable_from=last_month, usable_until=gone, **given)
    sweep_early_alerts(today=last_month + dt.timedelta(days=1))
    assert [(alert.falls_on, alert.minutes) for alert in BurnAlert.objects.filter(kind="expiring")] == [(gone, 90)]
    ends_on = period_of(dune, last_month).ends_on
    sweep_early_alerts(today=ends_on - dt.timedelta(days=3))
    assert {alert.minutes for alert in BurnAlert.objects.filter(kind="expiring", falls_on=ends_on)} == {600}


def test_found_late_the_nearest_mark_is_told_and_the_other_only_kept(dune, ada, last_month):
    ends_on = period_of(dune, last_month).ends_on
    sweep_early_alerts(today=ends_on - dt.timedelta(days=2))
    assert list(BurnAlert.objects.filter(kind="expiring").order_by("days").values_list("days", "is_superseded")) == [(3, False), (14, True)]
    assert told(ada, "will expire") == 1


def test_hours_that_are_carried_or_used_do_not_expire(acorn, mara, last_month):
    ends_on = acorn.period.ends_on
    sweep_early_alerts(today=ends_on - dt.timedelta(days=3))
    assert not BurnAlert.objects.filter(kind="expiring", period=acorn.period).exists()


def test_a_client_who_gets_too_little_is_told_to_the_firm_once_and_never_to_the_client(dune, ada, last_month):
    late = weekday(last_month, 16)
    sweep_early_alerts(today=late)
    sweep_early_alerts(today=late + dt.timedelta(days=1))
    assert BurnAlert.objects.filter(kind="low", period__starts_on=last_month).count() == 1
    assert told(ada, "under-served") == 1
    assert not Event.objects.get(kind="alert.raised", payload__kind="low").is_public
    dora = make_contact("Dora Owner", dune, MemberRole.OWNER)
    assert not BurnAlert.objects.visible_to(actor(dora, dune)).filter(kind="low").exists()
    with scope.portal(dune.client.pk):
        assert not BurnAlert.objects.filter(kind="low").exists()


def test_the_sweeps_run_twice_as_once(acorn, ines):
    log(ines, acorn, minutes=60)
    for task in (sweep_burn_alerts, hourly, sweep_burn_alerts, hourly):
        task()
    found = BurnAlert.objects.values_list("period", "kind", "percent", "episode", "days", "falls_on")
    assert len(found) == len(set(found))


def test_a_sweep_of_nobody_costs_the_same_at_one_retainer_and_at_ten(acorn, last_month, django_assert_max_num_queries):
    first = month_of(timezone.localdate())
    with django_assert_max_num_queries(12) as few:
        sweep_early_alerts(today=first)
    for number in range(9):
        make_company(f"Twig {number}", f"TW{number}")
    with django_assert_max_num_queries(len(few)):
        sweep_early_alerts(today=first)


def test_who_joined_three_days_before_the_period_ends_is_not_told_of_as_under_served(firm, mara, last_month):
    ends_on = month_of(timezone.localdate())
    joined = business_days(WEEKDAYS, last_month, ends_on)[-3]
    late = make_company("Late Mills", "LAT", lead=mara, starts_on=joined, thresholds=(1000,))
    sweep_early_alerts(today=ends_on - dt.timedelta(days=1))
    assert not BurnAlert.objects.filter(kind="low").exists()
    balance = balance_of(late.engagement, today=ends_on - dt.timedelta(days=1))
    assert balance is not None
    assert balance.state == "too_early"
