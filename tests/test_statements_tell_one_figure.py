"""One figure for one thing: what the sums, the lines, the chart and the balance say of a period is the same number."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.actions import Work, change_entry, give_lot
from billing.actions.wording import telling_of
from billing.models import BurnAlert
from billing.models.ledger import balance_of
from billing.models.statement import document_today
from look.statements import Names, burn_of, tell
from tests.cast import ARRANGING, actor, browser, log
from tests.closing_cast import keep

pytestmark = pytest.mark.django_db


@pytest.fixture
def corrected(mara):
    """January used 400 and gave 60 of them back in February, which used 100."""
    kept = keep(mara)
    entry = kept.use(1, 400)
    kept.close(1)
    change_entry(actor=actor(mara), entry=entry, work=Work(service_area="reporting", raw_seconds=340 * 60, work_date=entry.work_date))
    kept.use(2, 100)
    return kept


def test_the_sums_of_a_period_add_up_to_its_use_whatever_was_given_back(corrected):
    february = corrected.close(2).document
    assert february["used"] == 100
    for by in ("by_area", "by_person", "by_ticket"):
        assert sum(row["burn_minutes"] for row in february[by]) == 100
    assert sum(line["burn_minutes"] for line in february["entries"]) == 40


def test_hours_that_a_close_would_take_say_what_goes_on_and_why_not_all(mara):
    kept = keep(mara, carry_cap_percent=50)
    kept.use(1, 60)
    told = tell(document_today(kept.month(1)), Names({}, {}, {}), is_open=True)
    said = told.lines[-1].remark.replace("\N{NO-BREAK SPACE}", " ")
    assert said == "5 h go on, 4 h would expire with the close: above what is carried on"
    page = browser(mara).get(reverse("workspace:client", args=[kept.client.pk])).content.decode()
    assert "Of them at most" in page


def test_hours_that_none_of_go_on_only_expire(mara):
    kept = keep(mara, carry_periods=0)
    kept.use(1, 60)
    told = tell(document_today(kept.month(1)), Names({}, {}, {}), is_open=True)
    assert told.lines[-1].remark.replace("\N{NO-BREAK SPACE}", " ") == "9 h would expire with the close"


def test_a_notice_of_expiring_hours_says_how_many_go_on(mara):
    kept = keep(mara, carry_cap_percent=50)
    period = kept.month(1)
    alert = BurnAlert(kind="expiring", period=period, used_minutes=60, capacity_minutes=600, minutes=240, falls_on=period.ends_on)
    said = " ".join(telling_of(alert, kept.engagement, period).sentences).replace("\N{NO-BREAK SPACE}", " ")
    assert "4 h can be used until 31 January and are gone after it. At most 5 h of unused hours go on to the next period." in said


def test_the_chart_ends_where_the_ledger_does_after_a_correction(corrected):
    document = document_today(corrected.month(2))
    told = tell(document, Names({}, {}, {}), is_open=True)
    chart = burn_of(document, today=corrected.month(2).last_day)
    assert chart.rows[-1].left_minutes == told.left_minutes == 600 + 200 + 60 - 100


def test_hours_whose_time_is_over_are_left_nowhere(acorn, mara):
    today = timezone.localdate()
    give_lot(
        actor=ARRANGING,
        engagement=acorn.engagement,
        kind="goodwill",
        minutes=300,
        usable_from=acorn.period.starts_on,
        usable_until=max(today, acorn.period.starts_on + dt.timedelta(days=1)),
        reason="sorry",
        service_areas=["reporting"],
    )
    log(mara, acorn, minutes=60)
    on = max(today, acorn.period.starts_on + dt.timedelta(days=1))
    document = document_today(acorn.period)
    told = tell(document, Names({}, {}, {}), is_open=True, left_on=on)
    balance = balance_of(acorn.engagement, today=on)
    assert balance is not None
    assert told.left_minutes == told.lines[-1].minutes == balance.left_minutes == 540
    assert [(lot.name, lot.expired_minutes, lot.left_minutes) for lot in told.lots if lot.name == "free hours"] == [("free hours", 300, 0)]
    assert burn_of(document, today=on).rows[-1].left_minutes == 540
