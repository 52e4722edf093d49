"""Every retainer is forecast each night; what was said is kept, and held against what came true."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actors import MemberRole
from accounts.errors import NotAllowed
from accounts.rules import business_days
from billing.actions import close_period, forecast_retainers, score_forecasts
from billing.actions.forecasting import unbroken
from billing.models import Forecast, Period
from billing.models.ledger import WEEKDAYS, balance_of
from billing.rules.forecast import Range
from billing.tasks import forecast_retainers as nightly
from engagements.rules import Span
from tests.api_cast import Program, results
from tests.cast import ARRANGING, actor, log, make_company, make_contact, month_of

LONG = 120


def months_ago(number):
    day = month_of(timezone.localdate())
    for _ in range(number):
        day = month_of(day - dt.timedelta(days=1))
    return day


@pytest.fixture
def birch(firm, mara):
    """Birch Labs, in care since four months."""
    return make_company("Birch Labs", "BIR", hours=20, lead=mara, starts_on=months_ago(4))


def work_through(person, company, *, since, until, minutes=40):
    """The same minutes on every second weekday of [since, until)."""
    for day in business_days(WEEKDAYS, since, until)[::2]:
        log(person, company, minutes=minutes, on=day)


def forecast_on(today):
    return forecast_retainers(actor=ARRANGING, today=today)


def a_day_within(month):
    """The first of the month, and its eleventh weekday."""
    return business_days(WEEKDAYS, month, month + dt.timedelta(days=28))[10]


def test_a_retainer_with_enough_history_is_forecast_as_a_range(birch, mara):
    today = a_day_within(months_ago(1))
    work_through(mara, birch, since=months_ago(4), until=today)
    assert forecast_on(today) == 1
    made = Forecast.objects.get()
    assert made.is_range
    assert made.as_of < today
    assert made.used_minutes < made.low_minutes < made.likely_minutes < made.high_minutes
    assert made.history_days >= 60
    assert abs(made.likely_minutes - made.line_minutes) < 120


def test_a_young_retainer_has_a_straight_line_and_no_range(birch, mara):
    today = a_day_within(months_ago(4))
    work_through(mara, birch, since=months_ago(4), until=today)
    forecast_on(today)
    made = Forecast.objects.get()
    assert made.method == Forecast.Method.STRAIGHT_LINE
    assert made.low_minutes == made.likely_minutes == made.high_minutes == made.line_minutes


def test_a_retainer_that_sleeps_has_a_straight_line_however_old_it_is(birch, mara):
    today = a_day_within(months_ago(1))
    log(mara, birch, minutes=240, on=today - dt.timedelta(days=7))
    forecast_on(today)
    made = Forecast.objects.get()
    assert made.method == Forecast.Method.STRAIGHT_LINE
    assert made.history_days >= 60


def test_on_the_first_business_day_of_a_period_nothing_is_foreseen(birch):
    assert forecast_on(months_ago(1)) == 0


def test_two_runs_of_a_night_store_one_forecast(birch, mara):
    today = a_day_within(months_ago(1))
    log(mara, birch, minutes=60, on=today - dt.timedelta(days=1))
    assert forecast_on(today) == 1
    assert forecast_on(today) == 0
    monday = today + dt.timedelta(days=7 - today.weekday())
    if monday.month == today.month:
        forecast_on(monday)
        forecast_on(monday)
    assert Forecast.objects.count() == Forecast.objects.values("period", "as_of").distinct().count()


def test_the_work_of_the_day_that_still_goes_on_is_not_taken_for_a_whole_day(birch, mara):
    today = a_day_within(months_ago(1))
    forecast_on(today)
    before = Forecast.objects.get().history_days
    assert before == len([day for day in business_days(WEEKDAYS, months_ago(4), today) if day >= today - dt.timedelta(days=130)])


def test_what_came_true_is_written_beside_the_forecast_once_the_period_is_over(birch, mara):
    month = months_ago(2)
    today = a_day_within(month)
    work_through(mara, birch, since=months_ago(4), until=today)
    forecast_on(today)
    assert score_forecasts(actor=ARRANGING, today=today) == 0
    work_through(mara, birch, since=today, until=months_ago(1))
    assert score_forecasts(actor=ARRANGING, today=months_ago(0)) == 1
    made = Forecast.objects.get()
    assert made.came_true_minutes == Period.objects.get(pk=made.period_id).used_minutes
    assert made.scored_at is not None
    assert Forecast.objects.hit_rate().held == (made.low_minutes <= made.came_true_minutes <= made.high_minutes)
    assert score_forecasts(actor=ARRANGING, today=months_ago(0)) == 0


def test_a_forecast_is_never_changed_nor_taken_back_and_scored_once(birch, mara):
    today = a_day_within(months_ago(2))
    log(mara, birch, minutes=60, on=today - dt.timedelta(days=1))
    forecast_on(today)
    score_forecasts(actor=ARRANGING, today=months_ago(0))
    for change in ({"likely_minutes": 1, "low_minutes": 1}, {"came_true_minutes": 5}):
        with pytest.raises(DatabaseError, match="a_forecast_is"), transaction.atomic():
            Forecast.objects.update(**change)
    with pytest.raises(DatabaseError, match="a_scored_forecast_is_never_taken_back"), transaction.atomic():
        Forecast.objects.all().delete()


def test_the_misses_of_the_past_widen_the_ranges_to_come(birch, mara):
    month = months_ago(3)
    work_through(mara, birch, since=months_ago(4), until=month)
    period = Period.objects.covering(month).get(engagement=birch.engagement)
    Forecast.objects.bulk_create(
        Forecast(
            client=birch.client,
            engagement=birch.engagement,
            period=period,
            as_of=month - dt.timedelta(days=number),
            method="bootstrap",
            **dict.fromkeys(("used_minutes", "capacity_minutes", "low_minutes", "likely_minutes", "high_minutes", "line_minutes"), 0),
            history_days=60,
            factor_percent=100,
            came_true_minutes=7,
            miss_percent=250,
            scored_at=timezone.now(),
        )
        for number in range(LONG)
    )
    today = a_day_within(months_ago(1))
    work_through(mara, birch, since=month, until=today)
    forecast_on(today)
    assert Forecast.objects.get(as_of__gte=months_ago(1)).factor_percent == 250
    assert Forecast.objects.hit_rate().held_percent == 0


def test_a_hit_rate_of_few_forecasts_is_not_published(birch):
    assert Forecast.objects.hit_rate().held_percent is None


def test_the_night_costs_the_same_number_of_queries_at_one_retainer_and_at_ten(birch, mara, django_assert_max_num_queries):
    today = a_day_within(months_ago(1))
    with django_assert_max_num_queries(20) as few:
        assert forecast_on(today) == 1
    for number in range(9):
        make_company(f"Twig {number}", f"TW{number}", starts_on=months_ago(2))
    with django_assert_max_num_queries(len(few)):
        assert forecast_on(today) == 9


def test_only_the_system_forecasts(birch, mara):
    with pytest.raises(NotAllowed):
        forecast_retainers(actor=actor(mara), today=timezone.localdate())
    with pytest.raises(NotAllowed):
        score_forecasts(actor=actor(mara), today=timezone.localdate())


def test_the_nightly_task_scores_and_forecasts(birch, mara):
    nightly()
    nightly()
    assert Forecast.objects.count() <= 1


def told(*arguments):
    said = io.StringIO()
    call_command("score_forecasts", *arguments, stdout=said)
    return said.getvalue().splitlines()


def test_the_command_replays_the_databases_own_history_and_writes_nothing(birch, mara):
    work_through(mara, birch, since=months_ago(4), until=months_ago(0))
    lines = told("--every", "5", "--client", "BIR")
    assert next(line for line in lines if "60 or more" in line).split()[5].isdigit()
    assert any(line.split()[0] == "BIR" for line in lines)
    assert "straight lines" in lines[-1]
    assert not Forecast.objects.exists()


def test_a_month_without_work_between_two_with_some_is_replayed_as_a_month_of_nothing(birch, mara):
    whole, silent = Span(months_ago(3), months_ago(2)), Span(months_ago(2), months_ago(1))
    after = Span(months_ago(1), months_ago(0))
    assert list(unbroken([whole, after], whole.starts_on)) == [whole, silent, after]


def test_a_program_reads_forecasts_and_how_often_they_held(birch, mara, key):
    today = a_day_within(months_ago(2))
    work_through(mara, birch, since=months_ago(4), until=today)
    forecast_on(today)
    score_forecasts(actor=ARRANGING, today=months_ago(0))
    program = Program(key(mara))
    (row,) = results(program.get("forecasts?scored=true"))
    assert row["low_minutes"] <= row["likely_minutes"] <= row["high_minutes"]
    assert row["came_true_minutes"] is not None
    assert program.get("forecasts/hit-rate").json()["ranges"] == 1
    assert program.get("forecasts/hit-rate?scored=false").json()["ranges"] == 0


def test_the_list_of_forecasts_costs_the_same_at_one_and_at_ten(birch, mara, key, django_assert_max_num_queries):
    program, today = Program(key(mara)), a_day_within(months_ago(1))
    forecast_on(today)
    program.get("forecasts")
    with django_assert_max_num_queries(20) as few:
        assert len(results(program.get("forecasts"))) == 1
    for number in range(9):
        make_company(f"Twig {number}", f"TW{number}", starts_on=months_ago(2))
    forecast_on(today)
    with django_assert_max_num_queries(len(few)):
        assert len(results(program.get("forecasts"))) == 10


@pytest.fixture
def on_the_16th(monkeypatch):
    """It is the 16th of this month, so that there is a stretch ahead to draw."""
    today = timezone.localdate().replace(day=16)
    noon = dt.datetime.combine(today, dt.time(12), tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return today


def foresee(company, *, on, **given):
    """A forecast as the night would have stored it: likely 560 of 600 minutes."""
    shown = {
        "method": "bootstrap",
        "low_minutes": 500,
        "likely_minutes": 560,
        "high_minutes": 700,
        "runs_out_early": company.period.last_day,
    }
    minutes = {"used_minutes": 0, "capacity_minutes": 600, "line_minutes": 550, "history_days": 60, "factor_percent": 100}
    about = {"client": company.client, "engagement": company.engagement, "period": company.period, "as_of": on}
    return Forecast.objects.create(**about | shown | minutes | given)


def standing_of(company, today):
    found = balance_of(company.engagement, today=today)
    assert found is not None
    return found


def test_the_balance_tells_what_was_foreseen_within_its_one_query(acorn, mara, key, on_the_16th, django_assert_num_queries):
    yesterday = on_the_16th - dt.timedelta(days=1)
    for each in (yesterday - dt.timedelta(days=1), yesterday):
        foresee(acorn, on=each)
    with django_assert_num_queries(1):
        found = standing_of(acorn, on_the_16th)
    assert found.forecast is not None
    assert (found.forecast.as_of, found.forecast.end) == (yesterday, Range(500, 560, 700))
    (told,) = Program(key(mara)).get(f"clients/{acorn.client.pk}/balance").json()["engagements"]
    assert (told["forecast"]["likely_minutes"], told["by_end_minutes"], told["lasts_to"]) == (560, 560, None)
    assert told["forecast"]["runs_out_late"] is None


def test_a_range_speaks_before_the_straight_line_and_falls_silent_when_hours_are_added_or_nights_were_missed(acorn, ines, on_the_16th):
    log(ines, acorn, minutes=300, on=acorn.period.starts_on)
    line = standing_of(acorn, on_the_16th)
    foresee(acorn, on=on_the_16th - dt.timedelta(days=9), likely_minutes=599)
    assert standing_of(acorn, on_the_16th).by_end_minutes == line.by_end_minutes != 599
    foresee(acorn, on=on_the_16th - dt.timedelta(days=1))
    seen = standing_of(acorn, on_the_16th)
    assert (seen.by_end_minutes, seen.state, seen.outlook and seen.outlook.is_range) == (560, "on_course", True)
    Period.objects.filter(pk=acorn.period.pk).update(granted_minutes=660, capacity_minutes=660, closing_minutes=360)
    assert standing_of(acorn, on_the_16th).by_end_minutes == line.by_end_minutes


def test_what_was_used_since_the_night_is_never_less_than_what_is_foreseen(acorn, ines, on_the_16th):
    foresee(acorn, on=on_the_16th - dt.timedelta(days=1))
    log(ines, acorn, minutes=590, on=acorn.period.starts_on)
    outlook = standing_of(acorn, on_the_16th).outlook
    assert outlook is not None
    assert outlook.end == Range(590, 590, 700)


def test_firm_and_client_see_the_range_in_the_burn_down_with_its_table(acorn, mara, priya, ines, browser, on_the_16th):
    log(ines, acorn, minutes=240, on=acorn.period.starts_on)
    foresee(acorn, on=on_the_16th - dt.timedelta(days=1), runs_out_early=acorn.period.last_day - dt.timedelta(days=3))
    for person, address in ((mara, "workspace:period"), (priya, "portal:period")):
        page = browser(person).get(reverse(address, args=[acorn.period.pk])).content.decode()
        assert page.count('class="c-band" d="M') == 2
        assert "A range that should hold four times of five" in page
        assert "Likely 40\xa0min left at the end." in page
        assert "at worst to" in page
        assert "at best 1\xa0h 40\xa0min" in page
        assert "not in the period" in page
        assert "business day" in page


def test_without_enough_data_the_line_is_drawn_and_named_and_says_what_is_missing(acorn, mara, priya, ines, browser, on_the_16th):
    log(ines, acorn, minutes=240, on=acorn.period.starts_on)
    for days, why in ((5, "it takes 20 business days"), (90, "work on fewer than one of five days")):
        foresee(acorn, on=on_the_16th - dt.timedelta(days=2 if days == 5 else 1), method="straight_line", history_days=days)
        for person, address in ((mara, "workspace:period"), (priya, "portal:period")):
            page = browser(person).get(reverse(address, args=[acorn.period.pk])).content.decode()
            assert 'class="c-band"' not in page
            assert page.count('class="c-guess" d="M') == 3
            assert "straight line" in page
            assert why in page


def test_how_often_ranges_held_stands_on_the_burn_down_once_60_are_known(acorn, mara, priya, browser, on_the_16th):
    foresee(acorn, on=on_the_16th - dt.timedelta(days=1))
    for number in range(60):
        truth = {"came_true_minutes": 560 if number < 48 else 900, "miss_percent": 0, "scored_at": timezone.now()}
        foresee(acorn, on=on_the_16th - dt.timedelta(days=30 + number), **truth)
    for person, address in ((mara, "workspace:period"), (priya, "portal:period")):
        assert "Our 80 % ranges held 80 %" in browser(person).get(reverse(address, args=[acorn.period.pk])).content.decode().replace(
            "\xa0", " "
        )


def test_an_opening_is_called_provisional_until_the_month_before_closes(birch, mara, key, browser):
    before = Period.objects.get(engagement=birch.engagement, starts_on=months_ago(1))
    owner = make_contact("Olga Owner", birch, MemberRole.OWNER)
    for is_open in (True, False):
        if not is_open:
            for period in Period.objects.filter(engagement=birch.engagement, ends_on__lte=months_ago(0)).order_by("starts_on"):
                close_period(actor=ARRANGING, period=period)
        balance = standing_of(birch, timezone.localdate())
        assert (balance.opening_is_provisional, balance.waits_for_period_from) == (is_open, before.starts_on if is_open else None)
        (told,) = Program(key(mara)).get(f"clients/{birch.client.pk}/balance").json()["engagements"]
        assert told["opening_is_provisional"] is is_open
        for person, address in ((mara, "workspace:period"), (owner, "portal:period")):
            page = browser(person).get(reverse(address, args=[birch.period.pk])).content.decode()
            assert ("The opening is provisional until" in page) is is_open
