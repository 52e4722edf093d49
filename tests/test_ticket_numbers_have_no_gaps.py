"""ACM-1, ACM-2, ACM-3: however many ask at once, and whatever is aborted in between."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from tests.cast import actor
from tests.racing import race
from tests.ticket_cast import does
from tickets.actions import open_ticket
from tickets.models import Ticket


def request(company, body="Since Monday."):
    return {"client": company.client, "subject": "Quotes are late", "body": body, "source": "portal"}


class ChangedTheirMind(Exception):
    """Stands for whatever aborts a transaction after the number was given."""


def ask_and_leave(who, company):
    with transaction.atomic():
        open_ticket(actor=who, **request(company))
        raise ChangedTheirMind


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_get_one_to_n_although_every_third_aborts(acorn, cobalt, rob, nadia, ines):
    portal, firm, other = actor(rob), actor(ines), actor(nadia)
    aborted = [(who, partial(ask_and_leave, who, acorn)) for who in (portal, firm) * 2]
    kept = [(who, partial(open_ticket, actor=who, **request(acorn))) for who in (portal, firm) * 4]
    others = [(other, partial(open_ticket, actor=other, **request(cobalt)))] * 3
    outcomes = race([*kept[:4], *aborted, *kept[4:], *others])
    assert sum(isinstance(outcome, ChangedTheirMind) for outcome in outcomes) == 4
    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 11
    numbers = list(Ticket.objects.filter(client=acorn.client).order_by("number").values_list("number", "reference"))
    assert numbers == [(number, f"ACM-{number}") for number in range(1, 9)]
    assert list(Ticket.objects.filter(client=cobalt.client).order_by("number").values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.django_db
def test_an_aborted_request_leaves_its_number_to_the_next(acorn, rob):
    with pytest.raises(ChangedTheirMind):
        ask_and_leave(actor(rob), acorn)
    assert does(rob, acorn, open_ticket, **request(acorn)).reference == "ACM-1"


@pytest.mark.django_db
def test_two_tickets_of_a_client_never_share_a_number(acorn, rob):
    ticket = does(rob, acorn, open_ticket, **request(acorn))
    with pytest.raises(IntegrityError, match="a_client_numbers_its_tickets_once"), transaction.atomic():
        Ticket.objects.create(client=acorn.client, number=ticket.number, reference="ACM-1", subject="Twice", source="portal")
