"""Who may log, change and see time."""

from decimal import Decimal
from uuid import UUID

from accounts.actors import Actor, MemberRole
from accounts.models import Assignment, Membership, Person
from billing.models import Expense, TimeEntry
from engagements.models import Engagement


def works_for(actor: Actor, engagement: Engagement) -> bool:
    """Whether somebody of the firm sees this client: leads all of them, consultants those they are assigned to."""
    if actor.client_id is not None and actor.client_id != engagement.client_id:
        return False
    if actor.leads:
        return True
    return actor.is_staff and Assignment.objects.filter(client_id=engagement.client_id, person=actor.person_id).exists()


def may_log_time(actor: Actor, engagement: Engagement, person: Person | None = None) -> bool:
    """Consultants log their own time on their clients; leads also that of others."""
    own = person is None or person.pk == actor.person_id
    return actor.may_use("time-entries:write") and (own or actor.leads) and works_for(actor, engagement)


def may_change_entry(actor: Actor, entry: TimeEntry) -> bool:
    """Your own time, and as a lead everybody's; what a closed period makes of the change is for the action."""
    if actor.client_id is not None and actor.client_id != entry.client_id:
        return False
    own = entry.person_id == actor.person_id
    return actor.may_use("time-entries:write") and (actor.is_staff or actor.is_system) and (own or actor.leads)


def may_approve_time(actor: Actor, engagement: Engagement, person_id: UUID | None = None) -> bool:
    """The lead of the engagement, and admins; nobody their own (`person_id` worked) unless an admin."""
    if not actor.may_use("time-entries:write") or (actor.client_id is not None and actor.client_id != engagement.client_id):
        return False
    leads_it = actor.is_staff and actor.person_id == engagement.lead_id
    return actor.administers or (leads_it and actor.person_id != person_id)


def may_log_expense(actor: Actor, engagement: Engagement) -> bool:
    """Whoever works for a client spends for it; an expense is somebody's."""
    return actor.person_id is not None and actor.may_use("expenses:write") and works_for(actor, engagement)


def may_change_expense(actor: Actor, expense: Expense) -> bool:
    own = expense.person_id == actor.person_id
    return actor.may_use("expenses:write") and (own or actor.leads) and works_for(actor, expense.engagement)


def may_approve_expense(actor: Actor, expense: Expense) -> bool:
    """The lead of the engagement, and admins; nobody their own unless an admin."""
    leads_it = actor.is_staff and actor.person_id == expense.engagement.lead_id and actor.person_id != expense.person_id
    return actor.may_use("expenses:write") and works_for(actor, expense.engagement) and (actor.administers or leads_it)


def may_see_costs(actor: Actor) -> bool:
    """What people cost and what is left of a fee: admins alone, by no key that is held to one client."""
    return actor.administers and actor.client_id is None and actor.may_use("costs:read")


def may_set_costs(actor: Actor) -> bool:
    return actor.administers and actor.client_id is None and actor.may_use("costs:write")


def may_give_hours(actor: Actor) -> bool:
    return actor.leads and actor.may_use("periods:write")


def may_close_periods(actor: Actor) -> bool:
    return actor.leads and actor.client_id is None and actor.may_use("periods:write")


def may_reopen_periods(actor: Actor) -> bool:
    """A reopening takes back what was said to be final: admins, and never a process."""
    return actor.administers and not actor.is_system and actor.client_id is None and actor.may_use("periods:write")


def may_replay(actor: Actor, engagement: Engagement) -> bool:
    """What other terms would have come to is for the firm alone, before anything is said to the client."""
    return (actor.is_staff or actor.is_system) and actor.may_use("periods:read") and works_for(actor, engagement)


def may_authorise_overage(actor: Actor, client_id: UUID) -> bool:
    """Whoever approves for the client; how much is told by `approves_up_to`."""
    approves = actor.is_member and actor.client_id == client_id and actor.holds(MemberRole.APPROVER)
    return approves and actor.person_id is not None and actor.may_use("periods:write")


def may_ask_overage(actor: Actor, engagement: Engagement) -> bool:
    """Whoever of the firm works for a client may ask it for a yes; the yes itself is the client's alone."""
    return not actor.is_member and actor.may_use("periods:write") and works_for(actor, engagement)


def approves_up_to(actor: Actor, client_id: UUID) -> Decimal | None:
    """The most money a member may approve at once; None is without limit."""
    if actor.person_id is None:
        return Decimal(0)
    mine = Membership.objects.active().filter(client_id=client_id, person_id=actor.person_id).first()
    return mine.approves_up_to if mine is not None else Decimal(0)


def may_import_time(actor: Actor) -> bool:
    """An import makes clients, people and time of others: admins, and the command on the server."""
    return actor.administers and actor.client_id is None and actor.may_use("time-entries:write")
