"""Who a signed-in user is, and how people come to the firm and to its clients."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.doors import shut_those_of
from accounts.actions.zones import hold_to_zone
from accounts.actors import Actor, MemberRole, StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import ApiKey, Assignment, BalanceLink, Client, Membership, Person, User
from events.actions import record


def actor_of_person(person: Person, *, client_id: UUID | str | None = None) -> Actor | None:
    """The actor a person is: somebody of the firm, or a member of one client. None for whoever is neither (any more)."""
    if person.left_at is not None:
        return None
    if person.is_staff:
        return Actor(name=person.name, person_id=person.pk, staff_role=StaffRole(person.staff_role), time_zone=person.time_zone)
    if client_id is None:
        return None
    membership = Membership.objects.active().filter(person=person, client_id=client_id).first()
    return None if membership is None else _member(person, membership)


def _member(person: Person, membership: Membership) -> Actor:
    return Actor(
        name=person.name,
        person_id=person.pk,
        client_id=membership.client_id,
        member_roles=frozenset(MemberRole(role) for role in membership.roles),
        time_zone=person.time_zone,
    )


def actors_of_people(wanted: Iterable[tuple[Person, UUID | None]]) -> dict[tuple[UUID, UUID | None], Actor]:
    """The actors that people are, each as somebody of a client or of none; whoever is neither or cannot sign in is left out.

    The same number of queries however many they are.
    """
    asked = list(wanted)
    people = {person.pk for person, _client_id in asked}
    awake = set(User.objects.filter(person__in=people, is_active=True).values_list("person_id", flat=True))
    others = {person.pk for person, _client_id in asked if not person.is_staff}
    memberships = Membership.objects.active().filter(person__in=others) if others else ()
    of_clients = {(membership.person_id, membership.client_id): membership for membership in memberships}
    found: dict[tuple[UUID, UUID | None], Actor] = {}
    for person, client_id in asked:
        membership = of_clients.get((person.pk, client_id)) if client_id else None
        actor = actor_of_person(person) if person.is_staff or membership is None else _member(person, membership)
        if actor is not None and person.pk in awake and person.left_at is None:
            found[person.pk, client_id] = actor
    return found


def actor_of_user(user: User, *, client_id: UUID | str | None = None) -> Actor | None:
    return actor_of_person(user.person, client_id=client_id) if user.is_active else None


@transaction.atomic
def add_person(
    *, actor: Actor, name: str, email: str, staff_role: StaffRole | None = None, time_zone: str = "UTC", language: str = "en"
) -> Person:
    """Bring somebody in, who signs in by a code sent to their address until they choose a password.

    A colleague who left comes back by the same address, in the role that is given now. Raises NotAllowed, UnknownZone, and
    Conflict when the address already signs somebody in.
    """
    if not policies.may_add_people(actor):
        raise NotAllowed(_("Only admins and leads bring people in."))
    if staff_role is not None and not policies.may_add_colleague(actor, staff_role):
        raise NotAllowed(_("You may not give that role: nobody makes somebody who may do more than they."), field="staff_role")
    hold_to_zone(time_zone)
    standing = User.objects.select_for_update(no_key=True).filter(email=email.lower()).select_related("person").first()
    if standing is not None and staff_role is not None and standing.person.is_staff and standing.person.left_at is not None:
        return _come_back(actor, standing, name=name, staff_role=staff_role, time_zone=time_zone)
    if standing is not None:
        raise Conflict(_("%(email)s already signs somebody in. Choose that person instead.") % {"email": email}, field="email")
    person = Person.objects.create(name=name, staff_role=staff_role or "", time_zone=time_zone, language=language)
    User.objects.create_user(email=email, person=person)
    record("person.added", actor=actor, about=person, staff_role=staff_role or "")
    return person


def _come_back(actor: Actor, user: User, *, name: str, staff_role: StaffRole, time_zone: str) -> Person:
    """Somebody who left works here again. What ended when they left stays ended: keys, links, the password and old sessions."""
    person = user.person
    person.name, person.staff_role, person.time_zone, person.left_at = name, staff_role, time_zone, None
    person.save(update_fields=["name", "staff_role", "time_zone", "left_at"])
    user.set_unusable_password()
    user.save(update_fields=["password"])
    record("person.returned", actor=actor, about=person, is_public=False, staff_role=staff_role)
    return person


@transaction.atomic
def join_client(*, actor: Actor, person: Person, client: Client, roles: Iterable[MemberRole]) -> Membership:
    """Let a person speak for a client in these roles, also one who speaks for others already; joining again sets the roles anew.

    Whoever left and comes back does so without the limit they had. Raises NotAllowed, and Conflict for no role at all and for
    somebody of the firm, who would be the firm's on every page.
    """
    _hold_to_adding_people(actor)
    if person.is_staff:
        raise Conflict(_("%(name)s works for the firm. Choose somebody of the client.") % {"name": person.name}, field="person")
    wanted = _wanted(roles)
    standing = Membership.objects.select_for_update(no_key=True).filter(client=client, person=person).first()
    if standing is None:
        standing = Membership.objects.create(client=client, person=person, roles=wanted)
    else:
        before = standing.roles
        standing.approval_limit = None if standing.ended_at is not None else standing.approval_limit
        standing.roles, standing.ended_at = wanted, None
        standing.save(update_fields=["roles", "ended_at", "approval_limit"])
        _end_what_owners_made(actor, standing, before)
    record("membership.granted", actor=actor, about=standing, client_id=client.pk, roles=wanted)
    return standing


@transaction.atomic
def change_roles(*, actor: Actor, membership: Membership, roles: Iterable[MemberRole]) -> Membership:
    """Set anew what a member may do for their client; it holds from their next request on.

    Raises NotAllowed, and Conflict for no role at all and for a membership that ended.
    """
    _hold_to_adding_people(actor)
    wanted = _wanted(roles)
    standing = _standing(membership)
    if standing.roles != wanted:
        before, standing.roles = standing.roles, wanted
        standing.save(update_fields=["roles"])
        _end_what_owners_made(actor, standing, before)
        record("membership.changed", actor=actor, about=standing, client_id=standing.client_id, roles=wanted, before=before)
    return standing


@transaction.atomic
def limit_approvals(*, actor: Actor, membership: Membership, up_to: Decimal | None) -> Membership:
    """Set the most money a person may approve at once; None leaves an owner without limit and everybody else without money.

    Raises NotAllowed, and Conflict for an amount below zero and for a membership that ended.
    """
    _hold_to_adding_people(actor)
    if up_to is not None and up_to < 0:
        raise Conflict(_("A limit is zero or above."), field="approval_limit")
    standing = _standing(membership)
    standing.approval_limit = up_to
    standing.save(update_fields=["approval_limit"])
    limit = None if up_to is None else str(up_to)
    record("membership.limited", actor=actor, about=standing, client_id=standing.client_id, approval_limit=limit)
    return standing


@transaction.atomic
def leave_client(*, actor: Actor, membership: Membership) -> None:
    """End a membership; the person's next request finds the door closed. Ending twice is the same as once."""
    _hold_to_adding_people(actor)
    standing = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if standing.ended_at is None:
        standing.ended_at = timezone.now()
        standing.save(update_fields=["ended_at"])
        shut_those_of(standing.person_id, actor=actor, client_id=standing.client_id)
        record("membership.ended", actor=actor, about=standing, client_id=standing.client_id)


def _end_what_owners_made(actor: Actor, standing: Membership, before: Iterable[str]) -> None:
    """Whoever is owner no more keeps none of the keys and links that only owners make; a calendar is for every member."""
    if MemberRole.OWNER in before and MemberRole.OWNER not in standing.roles:
        shut_those_of(standing.person_id, ApiKey, BalanceLink, actor=actor, client_id=standing.client_id)


def _hold_to_adding_people(actor: Actor) -> None:
    if not policies.may_add_people(actor):
        raise NotAllowed(_("Only admins and leads decide who speaks for a client."))


def _wanted(roles: Iterable[MemberRole]) -> list[str]:
    wanted = sorted({role.value for role in roles})
    if not wanted:
        raise Conflict(_("Choose at least one role."), field="roles")
    return wanted


def _standing(membership: Membership) -> Membership:
    """The membership as it is now, held until the transaction ends. Raises Conflict where it ended."""
    standing = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("person").get(pk=membership.pk)
    if standing.ended_at is not None:
        raise Conflict(_("%(name)s no longer speaks for this client. Let them join again first.") % {"name": standing.person.name})
    return standing


@transaction.atomic
def assign(*, actor: Actor, person: Person, client: Client) -> Assignment:
    """Let somebody of the firm work for a client. Assigning twice is the same as once.

    Raises NotAllowed, and Conflict for somebody who does not work for the firm.
    """
    if not policies.may_add_people(actor):
        raise NotAllowed(_("Only admins and leads assign people."))
    if not person.is_staff or person.left_at is not None:
        raise Conflict(_("%(name)s does not work for the firm. Choose a colleague.") % {"name": person.name}, field="person")
    assignment, made = Assignment.objects.get_or_create(client=client, person=person)
    if made:
        record("person.assigned", actor=actor, about=assignment, client_id=client.pk, person=str(person.pk))
    return assignment


@transaction.atomic
def unassign(*, actor: Actor, assignment: Assignment) -> None:
    """End somebody's work for a client; the balance links that a consultant made of it end too. Raises NotAllowed."""
    if not policies.may_add_people(actor):
        raise NotAllowed(_("Only admins and leads assign people."))
    record("person.unassigned", actor=actor, about=assignment, client_id=assignment.client_id, person=str(assignment.person_id))
    if assignment.person.staff_role == StaffRole.CONSULTANT:
        shut_those_of(assignment.person_id, BalanceLink, actor=actor, client_id=assignment.client_id)
    assignment.delete()
