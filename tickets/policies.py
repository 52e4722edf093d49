"""Who may do what to a ticket. Each answers for the state the ticket is in, so that a page shows just what would be accepted."""

from uuid import UUID

from django.utils import timezone

from accounts.actors import Actor, MemberRole
from accounts.models import Assignment, Client
from tickets.models import Ticket
from tickets.rules import Party, State, may_move, why_not_reopen


def party_of(actor: Actor) -> Party:
    """On whose behalf the rules see an actor move a ticket."""
    if actor.is_system:
        return Party.SWEEP
    return Party.STAFF if actor.is_staff else Party.CLIENT


def works_for(actor: Actor, client_id: UUID) -> bool:
    """Whether an actor writes on the tickets of a client: its members, its consultants, every lead, every named process."""
    if not actor.may_use("tickets:write"):
        return False
    if actor.client_id is not None and actor.client_id != client_id:
        return False
    if actor.is_member or actor.leads:
        return True
    if not actor.is_staff or actor.person_id is None:
        return False
    return Assignment.objects.filter(client_id=client_id, person_id=actor.person_id).exists()


def of_the_firm(actor: Actor, ticket: Ticket) -> bool:
    """Whether an actor tends this ticket from the firm's side."""
    return not actor.is_member and works_for(actor, ticket.client_id)


def may_open_ticket(actor: Actor, client: Client) -> bool:
    return works_for(actor, client.pk)


def may_reply(actor: Actor, ticket: Ticket) -> bool:
    """A client may always write, and opens a follow-up where the ticket is closed; the firm writes until then."""
    return works_for(actor, ticket.client_id) and (actor.is_member or ticket.state != State.CLOSED)


def may_write_note(actor: Actor, ticket: Ticket) -> bool:
    return of_the_firm(actor, ticket)


def may_triage(actor: Actor, ticket: Ticket) -> bool:
    """Assign, plan and describe a ticket: the firm's people, until it is closed."""
    return of_the_firm(actor, ticket) and ticket.state != State.CLOSED


def may_accept(actor: Actor, ticket: Ticket) -> bool:
    back = may_move(State(ticket.state), State.OPEN, Party.STAFF) and ticket.state != State.RESOLVED
    return back and of_the_firm(actor, ticket)


def may_ask(actor: Actor, ticket: Ticket) -> bool:
    """Whether a question to the client may make it their turn."""
    asks = ticket.state == State.WAITING_ON_CLIENT or may_move(State(ticket.state), State.WAITING_ON_CLIENT, Party.STAFF)
    return asks and of_the_firm(actor, ticket)


def may_schedule(actor: Actor, ticket: Ticket) -> bool:
    return may_move(State(ticket.state), State.SCHEDULED, Party.STAFF) and of_the_firm(actor, ticket)


def may_ask_approval(actor: Actor, ticket: Ticket) -> bool:
    return may_move(State(ticket.state), State.AWAITING_APPROVAL, Party.STAFF) and of_the_firm(actor, ticket)


def approves(actor: Actor, ticket: Ticket) -> bool:
    """Whether an actor decides for the client of this ticket what its hours are spent on."""
    return actor.is_member and actor.holds(MemberRole.APPROVER) and works_for(actor, ticket.client_id)


def may_decide(actor: Actor, ticket: Ticket) -> bool:
    return ticket.state == State.AWAITING_APPROVAL and approves(actor, ticket)


def may_resolve(actor: Actor, ticket: Ticket) -> bool:
    return may_move(State(ticket.state), State.RESOLVED, party_of(actor)) and works_for(actor, ticket.client_id)


def may_reopen(actor: Actor, ticket: Ticket) -> bool:
    """The firm at any time until it is closed, a client for 14 days."""
    if ticket.state != State.RESOLVED or not works_for(actor, ticket.client_id):
        return False
    return not actor.is_member or not why_not_reopen(ticket.resolved_at, at=timezone.now())


def may_close(actor: Actor, ticket: Ticket) -> bool:
    """A client confirms that a solved ticket is done; otherwise the sweep closes it."""
    return may_move(State(ticket.state), State.CLOSED, party_of(actor)) and works_for(actor, ticket.client_id)
