"""What a client is charged besides the fee: written once, in whole sentences of the database, read by those who see money."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts import scope
from billing.actions.charging import charge, charge_overage
from billing.models import Charge
from events.models import Event
from tests.cast import ARRANGING, actor, log


def over(company, minutes=75, **named):
    rate = Decimal("250.00")
    return charge_overage(
        actor=ARRANGING, engagement=company.engagement, minutes=minutes, rate=rate, incurred_on=timezone.localdate(), **named
    )


def test_seventy_five_minutes_over_at_250_an_hour_are_charged_with_312_50(acorn, ines):
    entry = log(ines, acorn, minutes=75)
    made = over(acorn, period=acorn.period, entry=entry)
    made.refresh_from_db()
    assert (made.amount, made.currency, made.minutes) == (Decimal("312.500"), "USD", 75)
    event = Event.objects.about(made).get()
    assert (event.kind, event.is_public, event.payload["minutes"]) == ("charge.made", False, 75)


def test_a_charge_is_never_changed_nor_deleted(acorn):
    made = over(acorn)
    for deed in (lambda: Charge.objects.filter(pk=made.pk).update(note="x"), made.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


@pytest.mark.parametrize(
    ("kind", "amount", "rule"),
    [
        ("fee", "-1", "only_a_credit_is_below_nothing"),
        ("credit", "1", "only_a_credit_is_below_nothing"),
        ("overage", "1", "a_charge_of_hours_names_minutes_and_rate"),
        ("expense", "1", "a_charge_of_an_expense_names_it"),
    ],
)
def test_the_database_refuses_what_is_no_charge(acorn, kind, amount, rule):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        charge(actor=ARRANGING, engagement=acorn.engagement, kind=kind, amount=Decimal(amount), incurred_on=timezone.localdate())


def test_a_charge_of_another_clients_period_is_refused(acorn, cobalt):
    over(acorn, period=cobalt.period)
    with pytest.raises(IntegrityError, match="a_charge_belongs_to_its_periods_client"):
        connection.check_constraints()


def test_those_who_see_money_read_their_own_clients_charges(acorn, cobalt, priya, bill, rob, nadia, ines, tomas, mara):
    made = over(acorn)
    assert [list(Charge.objects.visible_to(actor(each))) for each in (priya, bill, ines, mara)] == [[made]] * 4
    assert not any(Charge.objects.visible_to(actor(each)) for each in (rob, nadia, tomas))
    with scope.portal(cobalt.client.pk):
        assert not Charge.objects.exists()
