"""How people of the firm and of clients are described once they are known, and how somebody leaves the firm."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.doors import shut_those_of
from accounts.actions.zones import hold_to_zone
from accounts.actors import Actor, StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from events.actions import record

DESCRIBED = frozenset({"name", "time_zone", "staff_role"})


@transaction.atomic
def describe_person(*, actor: Actor, person: Person, **changes: Any) -> Person:
    """Set anew how somebody is called, where they are, and what they may do in the firm; it holds from their next request on.

    Raises NotAllowed, UnknownZone; Conflict for a role of somebody who is no colleague, and for one's own.
    """
    standing = _held(actor, person)
    if "time_zone" in changes:
        hold_to_zone(changes["time_zone"])
    changed = sorted(name for name in DESCRIBED & changes.keys() if getattr(standing, name) != changes[name])
    if "staff_role" in changed:
        _refuse_role(actor, standing, StaffRole(changes["staff_role"]))
    if changed:
        for name in changed:
            setattr(standing, name, changes[name])
        standing.save(update_fields=changed)
        record("person.described", actor=actor, about=standing, is_public=False, fields=changed, staff_role=standing.staff_role)
    return standing


@transaction.atomic
def let_go(*, actor: Actor, person: Person) -> Person:
    """Somebody works for the firm no more: their keys, links and calendars end, what they did stays. Twice is the same as once.

    Raises NotAllowed; Conflict for oneself, and for somebody of a client.
    """
    standing = _held(actor, person)
    if not standing.is_staff:
        raise Conflict(_("%(name)s does not work for the firm. End their membership instead.") % {"name": standing.name})
    if standing.pk == actor.person_id:
        raise Conflict(_("You are signed in as yourself. Ask another admin."))
    if standing.left_at is None:
        standing.left_at = timezone.now()
        standing.save(update_fields=["left_at"])
        shut_those_of(standing.pk, actor=actor)
        record("person.left", actor=actor, about=standing, is_public=False)
    return standing


def _held(actor: Actor, person: Person) -> Person:
    if not policies.may_describe_person(actor, person):
        raise NotAllowed(_("Admins and leads describe people, and nobody somebody who may do more than they."))
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


def _refuse_role(actor: Actor, standing: Person, wanted: StaffRole) -> None:
    if not standing.is_staff:
        raise Conflict(
            _("%(name)s does not work for the firm. Bring in a colleague instead.") % {"name": standing.name}, field="staff_role"
        )
    if standing.pk == actor.person_id:
        raise Conflict(_("Nobody changes their own role. Ask another admin."), field="staff_role")
    if not policies.may_add_colleague(actor, wanted):
        raise NotAllowed(_("You may not give that role: nobody makes somebody who may do more than they."), field="staff_role")
