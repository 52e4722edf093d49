"""Terms are seen at work before they are agreed, and what was agreed before stays readable."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from billing.models import Lot, Period
from engagements.models import RetainerTerms
from events.models import Event
from tests import cast


def terms(**changes):
    form = {
        "starts_on": (timezone.localdate() + dt.timedelta(days=1)).isoformat(),
        "included_minutes": "20h",
        "fee": "4000",
        "period_unit": "month",
        "overage": "bill",
        "overage_rate": "250",
        "carry_periods": "1",
        "carry_cap_percent": "50",
        "thresholds": "50, 80, 100",
    }
    return form | changes


def everything():
    models = (RetainerTerms, Lot, Period, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_preview_says_what_agreeing_does_and_keeps_nothing(browser, mara, ines, acorn):
    cast.log(ines, acorn, minutes=90)
    desk, url = browser(mara), reverse("workspace:new_terms", args=[acorn.engagement.pk])
    before = everything()
    seen = desk.post(url, terms(preview="1"))
    shown = seen.content.decode()
    assert seen.status_code == 200
    assert "Nothing is agreed yet." in shown
    assert 'value="20h"' in shown
    assert everything() == before
    foreseen = next(each.then for each in seen.context["preview"] if each.now and each.starts_on == acorn.period.starts_on)
    assert foreseen.capacity_minutes > acorn.period.capacity_minutes
    assert desk.post(url, terms()).status_code == 302
    acorn.period.refresh_from_db()
    assert (acorn.period.capacity_minutes, acorn.period.left_minutes) == (foreseen.capacity_minutes, foreseen.left_minutes)


def test_what_could_not_be_agreed_cannot_be_previewed(browser, mara, acorn):
    url = reverse("workspace:new_terms", args=[acorn.engagement.pk])
    refused = browser(mara).post(url, terms(preview="1", starts_on=acorn.engagement.starts_on.isoformat()))
    assert refused.status_code == 422
    assert "Terms are agreed forward" in refused.content.decode()


def test_the_versions_before_stay_on_the_clients_page(browser, mara, acorn):
    desk = browser(mara)
    desk.post(reverse("workspace:new_terms", args=[acorn.engagement.pk]), terms())
    page = desk.get(reverse("workspace:client", args=[acorn.client.pk])).content.decode().replace("\xa0", " ")
    assert "10 h, USD 2,000.00 a month" in page
    assert "USD 4,000.00" in page
