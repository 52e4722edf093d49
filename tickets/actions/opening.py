"""How a ticket comes into being: numbered without gaps, with its first message, and somebody told."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor, StaffRole
from accounts.errors import Conflict, NotAllowed, WrongClient, permit
from accounts.models import Assignment, Client, ClientOwned, Membership, Person
from engagements.models import AISystem, Component, Engagement
from events.actions import record
from tickets import policies
from tickets.actions.attachments import Received, receive
from tickets.actions.holding import Incomplete, Unusable, clean, heard, post
from tickets.actions.telling import excerpt, tell_of, who_asked, who_tends
from tickets.models import Message, Ticket, TicketCounter
from tickets.models.ticket import ServiceArea
from tickets.rules import DEFAULT_PRIORITY, LONGEST_SUBJECT, PRIORITIES

CHOICES: dict[str, Sequence[object]] = {"kind": Ticket.Kind.values, "service_area": ServiceArea.values, "priority": PRIORITIES}


@transaction.atomic
def open_ticket(
    *,
    actor: Actor,
    client: Client,
    subject: str,
    body: str,
    source: str,
    engagement: Engagement | None = None,
    system: AISystem | None = None,
    component: Component | None = None,
    kind: str = Ticket.Kind.REQUEST,
    service_area: str = ServiceArea.TEAM_SUPPORT,
    priority: int = DEFAULT_PRIORITY,
    urgent: bool = False,
    assignee: Person | None = None,
    requester: Person | None = None,
    estimate_minutes: int | None = None,
    files: Sequence["File[bytes]"] = (),
) -> Ticket:
    """Open a ticket with its first public message, and tell those it waits for.

    A client's own people ask for themselves and wish urgency; priority, assignee and estimate are the firm's to set. Without an
    engagement the ticket goes to the one of its system, or to the client's only running one. Estimates are minutes.
    Raises NotAllowed, WrongClient, Incomplete, Unusable, FileRefused, Conflict for an assignee who does not work for the client.
    """
    permit(policies.may_open_ticket(actor, client), _("You may not open requests for this client."))
    if actor.is_member and (
        priority != DEFAULT_PRIORITY or assignee or estimate_minutes or (requester and requester.pk != actor.person_id)
    ):
        raise NotAllowed(_("Priority, estimate and people are set by those who do the work. Say that it is urgent instead."))
    ticket = Ticket(
        client=client,
        engagement=engagement or _engagement_for(client, system),
        system=system,
        component=component,
        subject=checked_subject(subject),
        source=Ticket.Source(source),
        is_urgent_to_client=urgent,
        assignee=assignee,
        requester_id=requester.pk if requester else (actor.person_id if actor.is_member else None),
        **checked(kind=kind, service_area=service_area, priority=priority, estimate_minutes=estimate_minutes),
    )
    keep_to_client(client, engagement, system, component)
    _known_people(ticket, requester)
    file_ticket(ticket, actor, body, receive(files, client_id=client.pk))
    return ticket


def follow_up(ticket: Ticket, *, actor: Actor, body: str, received: Sequence[Received]) -> Message:
    """Open a new ticket that takes up a closed one, for the same people and on the same system; its first message."""
    return file_ticket(
        Ticket(
            client=ticket.client,
            engagement=_running(ticket) or _engagement_for(ticket.client, ticket.system),
            system=ticket.system,
            component=ticket.component,
            subject=ticket.subject,
            kind=ticket.kind,
            service_area=ticket.service_area,
            source=Ticket.Source.API if actor.key_id else Ticket.Source.PORTAL,
            assignee=ticket.assignee if ticket.assignee and works_for_client(ticket.assignee, ticket.client) else None,
            requester_id=actor.person_id,
            follow_up_of=ticket,
        ),
        actor,
        body,
        received,
    )


def file_ticket(ticket: Ticket, actor: Actor, body: str, received: Sequence[Received]) -> Message:
    """Number a ticket, keep it with its first message, and tell those it waits for. Raises Incomplete for no words."""
    now = timezone.now()
    if not clean(body):
        raise Incomplete(_("Say what you need."), field="body")
    heard(ticket, actor, at=now)
    ticket.opened_by_id = actor.person_id
    ticket.created_at = ticket.updated_at = ticket.state_since = now
    _number(ticket)
    ticket.save(force_insert=True)
    message = post(ticket, actor, body, at=now, is_question=False, received=received)
    opened = record(
        "ticket.opened",
        actor=actor,
        about=ticket,
        number=ticket.number,
        source=ticket.source,
        message=str(message.pk),
        assignee=str(ticket.assignee_id) if ticket.assignee_id else None,
        follow_up_of=str(ticket.follow_up_of_id) if ticket.follow_up_of_id else None,
    )
    people = who_tends(ticket) if actor.is_member or actor.is_system else [*_assigned(ticket), *who_asked(ticket)]
    tell_of(ticket, opened, people, lambda: (_("%(name)s wrote: %(words)s") % {"name": actor.name, "words": excerpt(message.body)},))
    return message


def _assigned(ticket: Ticket) -> list[Person]:
    return who_tends(ticket) if ticket.assignee_id else []


def _number(ticket: Ticket) -> None:
    """Give the next number of the client. Its counter stays locked until the commit, so that an abort leaves no gap."""
    with scope.system("number a ticket"):
        counter, _made = TicketCounter.objects.select_for_update(no_key=True).get_or_create(client_id=ticket.client_id)
        counter.last_number += 1
        counter.save(update_fields=["last_number"])
    ticket.number = counter.last_number
    ticket.reference = f"{ticket.client.code}-{ticket.number}"


def _engagement_for(client: Client, system: AISystem | None) -> Engagement | None:
    if system is not None and system.client_id == client.pk:
        return system.engagement
    running = list(Engagement.objects.filter(client_id=client.pk).running(_today_at(client)).promised()[:2])
    return running[0] if len(running) == 1 else None


def _running(ticket: Ticket) -> Engagement | None:
    engagement = ticket.engagement
    return engagement if engagement and (engagement.ends_on is None or engagement.ends_on > _today_at(ticket.client)) else None


def _today_at(client: Client) -> dt.date:
    return timezone.localdate(timezone=ZoneInfo(client.time_zone))


def _known_people(ticket: Ticket, requester: Person | None) -> None:
    if ticket.assignee is not None:
        checked_assignee(ticket.assignee, ticket.client)
    members = Membership.objects.active().filter(client_id=ticket.client_id)
    if requester is not None and not members.filter(person_id=requester.pk).exists():
        raise WrongClient(_("%(name)s does not speak for this client.") % {"name": requester.name}, field="requester")


def works_for_client(person: Person, client: Client) -> bool:
    """Whether somebody of the firm sees this client: every lead, and the consultants assigned to it."""
    if not person.is_staff or person.left_at is not None:
        return False
    leads = person.staff_role in {StaffRole.ADMIN, StaffRole.LEAD}
    return leads or Assignment.objects.filter(client_id=client.pk, person_id=person.pk).exists()


def checked_assignee(person: Person, client: Client) -> Person:
    """Somebody of the firm who sees this client. Raises Conflict."""
    if not works_for_client(person, client):
        raise Conflict(_("%(name)s does not work for %(client)s.") % {"name": person.name, "client": client.name}, field="assignee")
    return person


def checked_subject(subject: str) -> str:
    """One line. Raises Incomplete for none, Unusable for one too long."""
    line = " ".join(clean(subject).split())
    if not line:
        raise Incomplete(_("Give it a subject: a few words to find it by."), field="subject")
    if len(line) > LONGEST_SUBJECT:
        raise Unusable(_("The subject is longer than %(most)d characters. Shorten it.") % {"most": LONGEST_SUBJECT}, field="subject")
    return line


def checked(**values: Any) -> dict[str, Any]:
    """The values, where each is one the table knows. Raises Unusable naming the field."""
    for name, value in values.items():
        if name in CHOICES and value not in CHOICES[name]:
            listed = ", ".join(str(choice) for choice in CHOICES[name])
            raise Unusable(_("Choose one of: %(choices)s.") % {"choices": listed}, field=name)
    minutes = values.get("estimate_minutes")
    if minutes is not None and minutes <= 0:
        raise Unusable(_("An estimate is above zero; leave it empty where there is none."), field="estimate_minutes")
    return values


def keep_to_client(client: Client, engagement: Engagement | None, system: AISystem | None, component: Component | None) -> None:
    """Raises WrongClient for what belongs to another client, Unusable for a component of another system."""
    named: dict[str, ClientOwned | None] = {"engagement": engagement, "system": system, "component": component}
    for name, thing in named.items():
        if thing is not None and thing.client_id != client.pk:
            raise WrongClient(_("This belongs to another client."), field=name)
    if component is not None and (system is None or component.system_id != system.pk):
        raise Unusable(_("Name the system this component is part of."), field="component")
