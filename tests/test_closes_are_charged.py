"""A close charges the fee and the hours over, once, as its statement says; opening the period again gives every charge back."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.actors import MemberRole
from billing.actions import close_period, delete_entry, reopen_period
from billing.actions.verifying import verify_engagement
from billing.models import Charge, Period, Statement, TimeEntry
from billing.models.margin import margins
from billing.models.statement import document_today
from engagements.actions import pause_engagement
from engagements.models import Engagement
from tests import cast
from tests.api_cast import Program, results
from tests.cast import ARRANGING, actor, browser, key, log, make_company
from tests.closing_cast import day, keep
from tests.racing import race

pytestmark = pytest.mark.django_db


def charged(period):
    return [(each.kind, each.minutes, each.rate, each.amount) for each in Charge.objects.filter(period=period).order_by("pk")]


def in_currency(kept, currency):
    Engagement.objects.filter(pk=kept.engagement.pk).update(currency=currency)
    kept.engagement.refresh_from_db()
    return kept


def test_a_close_charges_the_fee_and_the_hours_over_and_its_statement_says_so(mara):
    kept = keep(mara, included_minutes=720, fee=Decimal(2000), overage_rate=Decimal("185.00"))
    kept.use(1, 915)
    assert document_today(kept.month(1))["fee"] == "2000.00"
    statement = kept.close(1)
    assert charged(kept.month(1)) == [("fee", None, None, Decimal(2000)), ("overage", 195, Decimal(185), Decimal("601.250"))]
    assert {each.statement for each in Charge.objects.all()} == {statement}
    assert (statement.document["fee"], statement.document["overage_lines"][0]["amount"]) == ("2000.00", "601.25")
    assert kept.close(1) == statement
    assert Charge.objects.count() == 2
    assert verify_engagement(kept.engagement.pk) == []


def test_a_month_of_no_fee_and_nothing_over_charges_nothing(mara):
    kept = keep(mara)
    kept.close(1)
    assert charged(kept.month(1)) == []


def test_paused_days_are_not_charged(mara):
    kept = keep(mara, fee=Decimal(3100))
    pause_engagement(actor=ARRANGING, engagement=kept.engagement, starts_on=day(1, 11), ends_on=day(1, 21), reason="Stocktaking")
    kept.close(1)
    assert charged(kept.month(1)) == [("fee", None, None, Decimal(2100))]


@pytest.mark.parametrize(
    ("currency", "fee", "rate", "minutes", "amount"),
    [("JPY", "300000", "25000", 620, "8333"), ("KWD", "2000.00", "190.10", 603, "9.505"), ("USD", "2000.00", "190.10", 603, "9.51")],
)
def test_money_has_the_places_of_its_currency(mara, currency, fee, rate, minutes, amount):
    kept = in_currency(keep(mara, fee=Decimal(fee), overage_rate=Decimal(rate)), currency)
    kept.use(1, minutes)
    statement = kept.close(1)
    assert statement.document["overage_lines"][0]["amount"] == amount
    assert {each.kind: each.amount for each in Charge.objects.all()} == {"fee": Decimal(fee), "overage": Decimal(amount)}
    assert {each.currency for each in Charge.objects.all()} == {currency}
    assert verify_engagement(kept.engagement.pk) == []


def test_what_is_over_is_priced_at_the_rate_of_the_day_it_was_worked(mara):
    kept = keep(mara, included_minutes=0)
    kept.use(1, 60, 5)
    late = kept.use(1, 60, 20)
    TimeEntry.objects.filter(pk=late.pk).update(rate=Decimal("300.00"))
    kept.close(1)
    assert charged(kept.month(1)) == [
        ("overage", 60, Decimal(250), Decimal(250)),
        ("overage", 60, Decimal(300), Decimal(300)),
    ]


def test_opened_again_every_charge_is_given_back_once_and_the_next_close_charges_anew(mara, ada):
    kept = keep(mara, fee=Decimal(2000))
    kept.use(1, 675)
    first = kept.close(1)
    reopen_period(actor=actor(ada), period=kept.month(1), reason="An hour was forgotten")
    assert sum(each.amount for each in Charge.objects.all()) == 0
    assert {each.reverses.statement for each in Charge.objects.filter(kind="credit")} == {first}
    assert not Charge.objects.standing().exists()
    kept.use(1, 60, 12)
    second = kept.close(1)
    standing = Charge.objects.standing().order_by("pk")
    assert [(each.statement, each.amount) for each in standing] == [(second, Decimal(2000)), (second, Decimal("562.50"))]
    assert verify_engagement(kept.engagement.pk) == []


def test_less_of_closed_time_credits_no_more_than_the_close_charged(mara):
    kept = keep(mara)
    kept.use(1, 555, 5)
    over = kept.use(1, 120, 6)
    kept.close(1)
    delete_entry(actor=actor(mara), entry=over)
    assert sum(each.amount for each in Charge.objects.all()) == 0
    assert verify_engagement(kept.engagement.pk) == []


@pytest.mark.django_db(transaction=True)
def test_of_twelve_closes_at_once_one_charges(mara):
    kept = keep(mara, fee=Decimal(2000))
    kept.use(1, 675)
    january = kept.month(1)
    race([(ARRANGING, lambda: close_period(actor=ARRANGING, period=january))] * 12)
    assert sorted(each.kind for each in Charge.objects.all()) == ["fee", "overage"]


ATTACKS = {
    "the fee once more": (
        "a_close_charges_each_rate_once",
        "'fee', 5, NULL, NULL, c.statement_id, NULL FROM billing_charge c WHERE kind = 'fee'",
    ),
    "the hours over once more": (
        "a_close_charges_each_rate_once",
        "'overage', 5, 75, 250, c.statement_id, NULL FROM billing_charge c WHERE kind = 'overage'",
    ),
    "an expense in the name of a close": (
        "a_close_charges_the_fee_and_hours_over",
        "'credit', -5, NULL, NULL, c.statement_id, NULL FROM billing_charge c WHERE kind = 'fee'",
    ),
    "taken back by what is no credit": (
        "a_charge_is_taken_back_by_a_credit",
        "'fee', 5, NULL, NULL, NULL, c.id FROM billing_charge c WHERE kind = 'fee'",
    ),
}
INSERT = (
    "INSERT INTO billing_charge (client_id, engagement_id, period_id, kind, amount, minutes, rate, statement_id, reverses_id,"
    " incurred_on, currency, note) SELECT c.client_id, c.engagement_id, c.period_id, {}"
).format


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_lets_no_close_charge_twice(mara, attack):
    kept = keep(mara, fee=Decimal(2000))
    kept.use(1, 675)
    kept.close(1)
    rule, rest = ATTACKS[attack]
    chosen, _, source = rest.partition(" FROM ")
    sql = INSERT(f"{chosen}, c.incurred_on, c.currency, '' FROM {source}")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_charge_is_given_back_once(mara, ada):
    kept = keep(mara, fee=Decimal(2000))
    kept.close(1)
    reopen_period(actor=actor(ada), period=kept.month(1), reason="Look again")
    sql = INSERT("'credit', -1, NULL, NULL, NULL, c.reverses_id, c.incurred_on, c.currency, '' FROM billing_charge c WHERE kind = 'credit'")
    with pytest.raises(IntegrityError, match="a_charge_is_taken_back_once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_charge_that_no_statement_tells_is_named(mara):
    kept = keep(mara, fee=Decimal(2000))
    kept.use(1, 675)
    kept.close(1)
    sql = INSERT("'overage', 5, 75, 999, c.statement_id, NULL, c.incurred_on, c.currency, '' FROM billing_charge c WHERE kind = 'overage'")
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert any("not charged as it says" in finding for finding in verify_engagement(kept.engagement.pk))


def test_a_charge_that_was_forgotten_is_named(mara, ada, monkeypatch):
    kept = keep(mara, fee=Decimal(2000))
    kept.close(1)
    with monkeypatch.context() as forgetful:
        forgetful.setattr("billing.actions.closing.take_back_charges", lambda **_told: None)
        reopen_period(actor=actor(ada), period=kept.month(1), reason="Look again")
    assert any("was not given back" in finding for finding in verify_engagement(kept.engagement.pk))
    with monkeypatch.context() as forgetful:
        forgetful.setattr("billing.actions.closing.charge_close", lambda **_told: [])
        kept.close(1)
    assert any("2 was not charged as it says" in finding for finding in verify_engagement(kept.engagement.pk))


def test_the_margin_of_a_closed_month_is_what_it_charged_and_counts_nothing_twice(mara):
    kept = keep(mara, fee=Decimal(2000))
    kept.use(1, 675)

    def money():
        (row,) = margins(Period.objects.filter(pk=kept.month(1).pk).select_related("engagement"), "USD")
        return row.margin.fee, row.margin.charged

    open_month = money()
    kept.close(1)
    assert money() == open_month == (Decimal(2000), Decimal("312.50"))


def test_charges_stand_on_both_pages_of_the_period_and_in_the_api_for_who_reads_money(mara, ada):
    company = make_company("Birch Labs", "BIR", starts_on=day(1))
    bill = cast.make_contact("Bill Birch", company, MemberRole.BILLING)
    rob = cast.make_contact("Rob Birch", company, MemberRole.REQUESTER)
    log(ada, company, minutes=675, on=day(1, 10))
    january = company.engagement.periods.covering(day(1, 10)).get()
    close_period(actor=ARRANGING, period=january)
    for person, path in ((mara, reverse("workspace:period", args=[january.pk])), (bill, reverse("portal:period", args=[january.pk]))):
        told = browser(person).get(path).content.decode()
        assert "Charges" in told
        assert "312.50" in told
        assert "2,312.50" in told
    assert "312.50" not in browser(rob).get(reverse("portal:period", args=[january.pk])).content.decode()
    statement = Statement.objects.get()
    program = Program(key(bill, company=company))
    rows = results(program.get("charges", statement=statement.pk))
    assert [(row["kind"], row["amount"], row["statement"]) for row in reversed(rows)] == [
        ("fee", "2000.00", str(statement.pk)),
        ("overage", "312.50", str(statement.pk)),
    ]
    assert program.get(f"statements/{statement.pk}/document").json()["fee"] == "2000.00"
