"""Money that terms name: hours over that are billed have a rate, a currency is one, and no amount is finer than its currency."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from billing.actions import replay_periods
from billing.models.over import waiting_of
from engagements.actions import agree_terms
from engagements.errors import RateMissing, TooManyPlaces
from engagements.models import Engagement, RetainerTerms
from figures.currencies import PLACES, is_currency, places_of
from tests.api_cast import Program, refused
from tests.cast import ARRANGING, actor, browser
from tests.closing_cast import day, keep, promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def begins(acorn):
    def wanted(currency="USD", **terms):
        starts_on = timezone.localdate().isoformat()
        return {
            "client": str(acorn.client.pk),
            "name": "Second care",
            "currency": currency,
            "starts_on": starts_on,
            "terms": {"included_minutes": 600, **terms},
        }

    return wanted


def in_yen(kept):
    Engagement.objects.filter(pk=kept.engagement.pk).update(currency="JPY")
    kept.engagement.refresh_from_db()
    return kept


def test_a_program_that_bills_hours_over_without_a_rate_is_told_which_field_is_missing(mara, acorn, begins, key):
    program = Program(key(mara))
    body = refused(program.post("engagements", begins(overage="bill")), 422, "invalid-body")
    assert [each["pointer"] for each in body["errors"]] == ["/terms/overage_rate"]
    tomorrow = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    path = f"engagements/{acorn.engagement.pk}/terms"
    wanted = {"starts_on": tomorrow, "overage": "bill", "overage_rate": None}
    body = refused(program.post(path, wanted), 422, "rate-missing")
    assert [each["pointer"] for each in body["errors"]] == ["/overage_rate"]
    assert program.post(path, wanted | {"overage": "authorise"}).status_code == 201


def test_nothing_writes_terms_that_bill_without_a_rate(mara):
    kept = keep(mara)
    with pytest.raises(RateMissing, match="need a rate"):
        agree_terms(actor=ARRANGING, engagement=kept.engagement, terms=promise(starts_on=day(2), overage_rate=None))
    row = kept.engagement.terms.get()
    row.pk, row.starts_on, row.overage_rate, row._state.adding = None, day(9), None, True
    RetainerTerms.objects.filter(engagement=kept.engagement).update(ends_on=day(9))
    with pytest.raises(IntegrityError, match="terms that bill hours over name their rate"), transaction.atomic():
        row.save(force_insert=True)


def test_the_page_asks_for_the_rate_and_loses_nothing(mara, acorn):
    typed = {
        "starts_on": (timezone.localdate() + dt.timedelta(days=2)).isoformat(),
        "included_minutes": "14h15",
        "fee": "2500",
        "period_unit": "month",
        "overage": "bill",
        "overage_rate": "",
        "carry_periods": "1",
    }
    answer = browser(mara).post(reverse("workspace:new_terms", args=[acorn.engagement.pk]), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Hours over are billed at a rate. Say which." in page
    assert 'value="14h15"' in page


def test_a_currency_that_nobody_pays_in_is_refused_where_it_is_typed(mara, ada, acorn, begins, key):
    body = refused(Program(key(mara)).post("engagements", begins(currency="XXQ")), 422, "unknown-currency")
    assert [each["pointer"] for each in body["errors"]] == ["/currency"]
    firm = {"name": "Northfold", "hue": "152", "sender_name": "", "time_zone": "UTC", "currency": "XXQ"}
    answer = browser(ada).post(reverse("workspace:settings"), firm)
    assert answer.status_code == 422
    assert "ISO 4217 knows no currency XXQ. Write one like USD." in answer.content.decode()


def test_a_fee_is_never_finer_than_its_currency(mara, begins, key):
    program = Program(key(mara))
    body = refused(program.post("engagements", begins("JPY", fee="300000.50")), 422, "too-many-places")
    assert [each["pointer"] for each in body["errors"]] == ["/fee"]
    assert program.post("engagements", begins("JPY", fee="300000.00")).status_code == 201


def test_one_table_knows_how_many_places_money_has():
    assert [places_of(code) for code in ("USD", "JPY", "KWD", "XXQ")] == [2, 0, 3, 2]
    assert not any(is_currency(code) for code in ("XXQ", "XAU", "XXX", "usd", ""))
    assert all(len(code) == 3 and code.isupper() for code in PLACES)


def test_a_replay_is_in_the_places_of_the_currency(mara, key):
    kept = in_yen(keep(mara, fee=Decimal(300000), overage_rate=Decimal(25000)))
    kept.use(1, 620)
    kept.close(1)
    found = replay_periods(
        actor=actor(mara), engagement=kept.engagement, variants=[promise(fee=Decimal(310000), overage_rate=Decimal(250))]
    )
    assert [str(found.in_force.overage_amount), str(found.variants[0].overage_amount)] == ["8333", "83"]
    path = f"engagements/{kept.engagement.pk}/what-if"
    told = Program(key(mara)).post(path, {"variants": [{"fee": "310000.00"}]}).json()
    assert (told["in_force"]["fee"], told["variants"][0]["fee"], told["in_force"]["overage_amount"]) == ("300000", "310000", "8333")
    with pytest.raises(TooManyPlaces, match="A fee in JPY has fewer decimals"):
        replay_periods(actor=actor(mara), engagement=kept.engagement, variants=[promise(fee=Decimal("0.50"))])


def test_what_waits_for_a_yes_is_in_the_places_of_the_currency(mara):
    kept = in_yen(keep(mara, overage="authorise", overage_rate=Decimal(25000), carry_periods=0))
    kept.use(1, 620)
    kept.close(1)
    waiting = waiting_of(kept.month(1))
    assert (waiting.minutes, str(waiting.amount)) == (20, "8333")
