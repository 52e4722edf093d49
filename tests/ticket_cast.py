"""How stories about tickets are told: who does what, each in the scope of whoever does it."""

from collections.abc import Callable
from typing import Any

from accounts import scope
from accounts.models import Person
from tests.cast import Company, actor
from tickets.models import Ticket


def does[T](person: Person, company: Company, action: Callable[..., T], **what: Any) -> T:
    """An action taken by a person, seen by the database as that person."""
    who = actor(person, company)
    with scope.of(who):
        return action(actor=who, **what)


def now(ticket: Ticket) -> Ticket:
    """The ticket as it is on the row by now."""
    return Ticket.objects.get(pk=ticket.pk)
