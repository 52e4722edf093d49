"""How people are asked in: known from then on, and written to with the way to sign in."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import policies
from accounts.actions.people import add_person, join_client
from accounts.actors import Actor, MemberRole, StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Client, Firm, Membership, Person, User
from events.actions import Telling, record, tell

STAFF_ROLES = {
    StaffRole.ADMIN: gettext_noop("Admin"),
    StaffRole.LEAD: gettext_noop("Lead"),
    StaffRole.CONSULTANT: gettext_noop("Consultant"),
}
MEMBER_ROLES = {
    MemberRole.OWNER: gettext_noop("Owner"),
    MemberRole.APPROVER: gettext_noop("Approver"),
    MemberRole.BILLING: gettext_noop("Billing"),
    MemberRole.REQUESTER: gettext_noop("Requester"),
}


@transaction.atomic
def invite_colleague(*, actor: Actor, name: str, email: str, staff_role: StaffRole, time_zone: str = "UTC") -> Person:
    """Bring somebody into the firm, and write to them how they sign in. Raises NotAllowed and Conflict, as add_person does."""
    person = add_person(actor=actor, name=name, email=email, staff_role=staff_role, time_zone=time_zone)
    _write_to_colleague(actor, person)
    return person


@transaction.atomic
def invite_again(*, actor: Actor, person: Person) -> None:
    """Write once more to somebody who has not signed in yet. Raises NotAllowed; Conflict for who has, and for who speaks for nobody."""
    if not policies.may_describe_person(actor, person):
        raise NotAllowed(_("Only admins and leads bring people in."))
    if person.left_at is not None or User.objects.filter(person=person).exclude(last_login=None).exists():
        raise Conflict(_("%(name)s has signed in already, or is here no more.") % {"name": person.name})
    memberships = list(Membership.objects.visible_to(actor).active().filter(person=person).select_related("client"))
    if person.is_staff:
        _write_to_colleague(actor, person)
    elif not memberships:
        raise Conflict(_("%(name)s speaks for no client. Let them join one first.") % {"name": person.name})
    for membership in memberships:
        _write_to_contact(actor, person, membership)


def _write_to_colleague(actor: Actor, person: Person) -> None:
    event = record("person.invited", actor=actor, about=person, staff_role=person.staff_role)

    def compose(_person: Person) -> Telling:
        firm = Firm.objects.the().name
        return Telling(
            subject=_("You work in %(firm)s's workspace from now on") % {"firm": firm},
            sentences=(_invited_by(actor, firm), _how_to_sign_in()),
            facts=((_("Your role"), _(STAFF_ROLES[StaffRole(person.staff_role)])),),
        )

    tell(event, [person], about=person, compose=compose)


@transaction.atomic
def invite_contact(*, actor: Actor, client: Client, roles: Iterable[MemberRole], name: str, email: str, time_zone: str = "UTC") -> Person:
    """Bring in somebody who speaks for a client, and write to them how they sign in. Raises as add_person and join_client do."""
    person = add_person(actor=actor, name=name, email=email, time_zone=time_zone)
    invite_to_client(actor=actor, client=client, roles=roles, person=person)
    return person


@transaction.atomic
def invite_to_client(*, actor: Actor, client: Client, roles: Iterable[MemberRole], person: Person) -> Membership:
    """Let somebody who is known speak for a client, perhaps for one more, and write to them. Raises as join_client does."""
    membership = join_client(actor=actor, person=person, client=client, roles=roles)
    _write_to_contact(actor, person, membership)
    return membership


def _write_to_contact(actor: Actor, person: Person, membership: Membership) -> None:
    client = membership.client
    event = record("person.invited", actor=actor, about=person, client_id=client.pk, roles=membership.roles)

    def compose(_person: Person) -> Telling:
        firm = Firm.objects.the().name
        return Telling(
            subject=_("%(firm)s looks after the AI systems of %(client)s, and here is your way in") % {"firm": firm, "client": client.name},
            sentences=(
                _invited_by(actor, firm),
                _("There you ask for work, see what is being done, and how many hours are left."),
                _how_to_sign_in(),
            ),
            facts=(
                (_("Client"), client.name),
                (_("Your role"), ", ".join(_(MEMBER_ROLES[MemberRole(role)]) for role in membership.roles)),
            ),
        )

    tell(event, [person], about=person, compose=compose)


def _invited_by(actor: Actor, firm: str) -> str:
    if actor.person_id is None:
        return _("%(firm)s invites you.") % {"firm": firm}
    return _("%(name)s of %(firm)s invites you.") % {"name": actor.name, "firm": firm}


def _how_to_sign_in() -> str:
    return _("You sign in with this e-mail address: a code is sent to it each time, and you need no password.")
