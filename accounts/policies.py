"""Who may do what to people, clients and keys."""

from uuid import UUID

from accounts.actors import Actor, MemberRole, StaffRole
from accounts.models import ApiKey

RESOURCES = (
    "clients",
    "engagements",
    "systems",
    "tickets",
    "time-entries",
    "periods",
    "alerts",
    "proposals",
    "people",
    "notices",
    "webhooks",
)
SCOPES = tuple(f"{resource}:{verb}" for resource in RESOURCES for verb in ("read", "write"))


def may_add_people(actor: Actor) -> bool:
    return actor.leads and actor.scopes is None


def may_add_colleague(actor: Actor, role: StaffRole) -> bool:
    """Admins and leads bring colleagues in; only an admin makes another one, or a lead would be one by a second address."""
    return may_add_people(actor) and (actor.administers or role is not StaffRole.ADMIN)


def may_add_clients(actor: Actor) -> bool:
    """Admins and leads, but not by a key that is held to one client."""
    return actor.leads and actor.client_id is None


def may_issue_key(actor: Actor, *, client_id: UUID | None) -> bool:
    """People make keys for themselves; a client's owner for that client, the firm's people for the firm or one client."""
    if actor.scopes is not None:
        return False
    if actor.is_system or actor.is_staff:
        return True
    return client_id is not None and client_id == actor.client_id and actor.holds(MemberRole.OWNER)


def may_revoke_key(actor: Actor, key: ApiKey) -> bool:
    return actor.scopes is None and (actor.administers or key.person_id == actor.person_id)
