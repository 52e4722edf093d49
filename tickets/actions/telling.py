"""Whom a step on a ticket concerns, and how they are told. Only public words travel; internal notes tell nobody."""

from collections.abc import Callable, Iterable

from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.actors import MemberRole, StaffRole
from accounts.models import Membership, Person
from events.actions import Telling, tell
from events.models import Event
from tickets.models import Ticket

EXCERPT_CHARACTERS = 400
MOST_URGENT = 1

Sentences = Callable[[], tuple[str, ...]]


def who_tends(ticket: Ticket) -> list[Person]:
    """Who of the firm a ticket waits for: its assignee, else the engagement's lead, else those who work for the client, else the leads."""
    firm = Person.objects.of_the_firm()
    leading = Q(staff_role__in=[StaffRole.ADMIN, StaffRole.LEAD])
    seeing = firm.filter(leading | Q(pk__in=firm.filter(assignments__client_id=ticket.client_id).values("pk")))
    lead_id = ticket.engagement.lead_id if ticket.engagement else None
    for person_id in (ticket.assignee_id, lead_id):
        found = list(seeing.filter(pk=person_id)) if person_id else []
        if found:
            return found
    return list(firm.filter(assignments__client_id=ticket.client_id)) or list(firm.who_lead())


def who_asked(ticket: Ticket) -> list[Person]:
    """Who of the client hears of a ticket: its requester while a member, else the client's owners."""
    members = Membership.objects.active().filter(client_id=ticket.client_id, person__left_at=None).select_related("person")
    requester = [member.person for member in members.filter(person_id=ticket.requester_id)] if ticket.requester_id else []
    return requester or [member.person for member in members.filter(roles__contains=[MemberRole.OWNER])]


def who_approves(ticket: Ticket) -> list[Person]:
    members = Membership.objects.active().holding(MemberRole.APPROVER).filter(client_id=ticket.client_id, person__left_at=None)
    return [member.person for member in members.select_related("person")]


def tell_of(ticket: Ticket, event: Event, people: Iterable[Person], sentences: Sentences) -> None:
    """Tell people of a step, in their language. `sentences` is called once a reader."""
    client = ticket.client.name

    def compose(reader: Person) -> Telling:
        facts = ((_("Client"), client),) if reader.is_staff else ()
        return Telling(subject=f"{ticket.reference}: {ticket.subject}", sentences=sentences(), facts=facts)

    tell(event, people, about=ticket, compose=compose, is_urgent=ticket.priority == MOST_URGENT)


def excerpt(body: str) -> str:
    plain = body.replace("**", "").replace("`", "")  # the marks that people write most; a mail shows them bare
    return Truncator(" ".join(plain.split())).chars(EXCERPT_CHARACTERS)
