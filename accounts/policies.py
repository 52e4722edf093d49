"""Who may do what to people, clients, keys and the firm itself."""

from collections.abc import Iterable
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
    "forecasts",
    "proposals",
    "people",
    "notices",
    "webhooks",
    "firm",
)
ONLY_READ = frozenset({"alerts"})  # nothing of them is written from outside
SCOPES = tuple(f"{resource}:{verb}" for resource in RESOURCES for verb in ("read", "write") if verb == "read" or resource not in ONLY_READ)


def as_offered(scopes: Iterable[str]) -> list[str]:
    """What a key made earlier may do, in the scopes there are now: writing gives way to reading where nothing is written."""
    offered = (scope if scope in SCOPES else f"{scope.partition(':')[0]}:read" for scope in scopes)
    return sorted(set(offered) & set(SCOPES))


def may_add_people(actor: Actor) -> bool:
    """Admins and leads, and keys of theirs that were made for it and are not held to one client."""
    return actor.leads and actor.client_id is None and actor.may_use("people:write")


def may_add_colleague(actor: Actor, role: StaffRole) -> bool:
    """Admins and leads bring colleagues in, who may do no more than they: only an admin makes another one.

    A key makes nobody who leads: by that person's address its holder would do what the key may not.
    """
    within = role is StaffRole.CONSULTANT or (actor.scopes is None and (actor.administers or role is not StaffRole.ADMIN))
    return may_add_people(actor) and within


def may_add_clients(actor: Actor) -> bool:
    """Admins and leads, but not by a key that is held to one client."""
    return actor.leads and actor.client_id is None


def may_describe_clients(actor: Actor) -> bool:
    """How a client is called and when it works: admins and leads, of the clients they see."""
    return actor.leads and actor.may_use("clients:write")


def may_keep_calendars(actor: Actor) -> bool:
    """When work is done: admins and leads, by no key held to one client."""
    return actor.leads and actor.client_id is None and actor.may_use("clients:write")


def may_describe_firm(actor: Actor) -> bool:
    """How the firm is called and coloured, where and in what money it works: admins, by no key held to one client."""
    return actor.administers and actor.client_id is None and actor.may_use("firm:write")


def may_issue_key(actor: Actor, *, client_id: UUID | None) -> bool:
    """People make keys for themselves; a client's owner for that client, the firm's people for the firm or one client."""
    if actor.scopes is not None:
        return False
    if actor.is_system or actor.is_staff:
        return True
    return client_id is not None and client_id == actor.client_id and actor.holds(MemberRole.OWNER)


def may_revoke_key(actor: Actor, key: ApiKey) -> bool:
    return actor.scopes is None and (actor.administers or key.person_id == actor.person_id)
