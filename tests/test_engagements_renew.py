"""A commitment that nobody ends in time is renewed once, is not left before its end, and says so ahead."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.errors import Conflict
from engagements.actions import Living, end_engagement, set_engagement
from engagements.actions.living import remind_of_ends, renew_engagements
from engagements.rules import renewed_until
from events.models import Notice
from tests.cast import ARRANGING

pytestmark = pytest.mark.django_db


def end(retainer, ends_on, **named):
    return end_engagement(actor=ARRANGING, engagement=retainer, ends_on=ends_on, reason="Sold", **{"by_agreement": True} | named)


def committed(company, until, months=12, notice=30):
    living = replace(Living.of(company.engagement), committed_until=until, renewal_months=months, notice_days=notice)
    return set_engagement(actor=ARRANGING, engagement=company.engagement, living=living)


def test_it_renews_by_itself_once_nobody_can_leave_in_time_and_only_once(acorn, ada, mara):
    today = timezone.localdate()
    committed(acorn, today + dt.timedelta(days=30))
    assert renew_engagements(actor=ARRANGING, today=today) == 0
    tomorrow = today + dt.timedelta(days=1)
    assert [renew_engagements(actor=ARRANGING, today=tomorrow) for _ in range(2)] == [1, 0]
    acorn.engagement.refresh_from_db()
    assert acorn.engagement.committed_until == (today + dt.timedelta(days=30)).replace(year=today.year + 1)
    assert set(Notice.objects.filter(kind="engagement.renewed").values_list("person__name", flat=True)) == {"Ada Admin", "Mara Lead"}


def test_it_is_not_left_within_its_commitment(acorn):
    until = timezone.localdate() + dt.timedelta(days=200)
    committed(acorn, until)
    with pytest.raises(Conflict, match="at the soonest"):
        end(acorn.engagement, until - dt.timedelta(days=1), by_agreement=False)


def test_people_are_reminded_60_30_and_7_days_before_each_once(acorn, mara):
    today = timezone.localdate()
    end(acorn.engagement, today + dt.timedelta(days=60))
    sent = [remind_of_ends(actor=ARRANGING, today=today + dt.timedelta(days=day)) for day in (0, 0, 1, 30, 31, 53, 59, 60)]
    assert sent == [1, 0, 0, 1, 0, 1, 0, 0]
    assert Notice.objects.filter(kind="engagement.turning", person=mara).count() == 3


@pytest.mark.parametrize(
    ("until", "months", "day", "after", "expected"),
    [
        ("2026-03-31", 1, 31, "2026-03-31", "2026-04-30"),
        ("2026-04-30", 1, 31, "2026-04-30", "2026-05-31"),
        ("2026-11-15", 12, 1, "2026-12-01", "2027-11-15"),
        ("2020-01-01", 12, 1, "2026-12-01", "2027-01-01"),
    ],
)
def test_a_renewal_keeps_to_its_day(until, months, day, after, expected):
    days = dt.date.fromisoformat
    assert renewed_until(days(until), months, day=day, until=days(after)) == days(expected)
