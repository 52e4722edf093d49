"""Who may do what to people, clients, keys and the firm itself."""

from collections.abc import Iterable
from uuid import UUID

from accounts.actors import Actor, MemberRole, StaffRole
from accounts.models import ApiKey, Person, SavedView

RESOURCES = (
    "clients",
    "engagements",
    "systems",
    "tickets",
    "time-entries",
    "periods",
    "expenses",
    "charges",
    "costs",
    "alerts",
    "forecasts",
    "proposals",
    "people",
    "notices",
    "webhooks",
    "firm",
    "views",
    "balance-links",
    "calendar-feeds",
    "capacity",
    "exit-kits",
)
READ_BY_A_CALENDAR = ("clients:read", "engagements:read", "periods:read", "proposals:read", "tickets:read")
ONLY_READ = frozenset({"alerts", "charges", "forecasts"})  # nothing of them is written from outside
SCOPES = tuple(f"{resource}:{verb}" for resource in RESOURCES for verb in ("read", "write") if verb == "read" or resource not in ONLY_READ)

CLIENT_SCOPES = (  # what a client's own programs have a use for
    *(
        f"{name}:read"
        for name in ("clients", "engagements", "systems", "tickets", "time-entries", "periods", "charges", "alerts", "forecasts")
    ),
    "proposals:read",
    "people:read",
    "notices:read",
    "tickets:write",
    "proposals:write",
    "periods:write",
    "exit-kits:read",
    "exit-kits:write",
    "notices:write",
    *(f"{name}:{verb}" for name in ("webhooks", "balance-links", "calendar-feeds") for verb in ("read", "write")),
)


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


def may_describe_person(actor: Actor, person: Person) -> bool:
    """Whoever brings people in; of colleagues those who may do no more than they."""
    return may_add_people(actor) and (not person.is_staff or may_add_colleague(actor, StaffRole(person.staff_role)))


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


def may_rotate_key(actor: Actor, key: ApiKey) -> bool:
    """Your own, whose secret you may be shown; as an admin every key."""
    return actor.scopes is None and (actor.administers or key.person_id == actor.person_id)


def may_revoke_key(actor: Actor, key: ApiKey) -> bool:
    """Your own; as an admin every key; of a client's people also its owners, and whoever leads at the firm."""
    if may_rotate_key(actor, key):
        return True
    leads_them = actor.leads or (actor.client_id == key.client_id and actor.holds(MemberRole.OWNER))
    return actor.scopes is None and leads_them and key.client_id is not None and not key.person.is_staff


def may_save_views(actor: Actor) -> bool:
    return actor.is_staff and actor.person_id is not None and actor.may_use("views:write")


def may_share_views(actor: Actor) -> bool:
    return may_save_views(actor) and actor.administers


def may_change_view(actor: Actor, view: SavedView) -> bool:
    """Your own views, and as an admin those that everybody sees."""
    return may_save_views(actor) and (view.person_id == actor.person_id or (view.is_shared and actor.administers))


def may_share_balance(actor: Actor, *, client_id: UUID) -> bool:
    """A client's owner, and whoever of the firm works for it; by a key only one that may read what the link shows."""
    if actor.person_id is None or actor.client_id not in {None, client_id}:
        return False
    if not (actor.may_use("balance-links:write") and actor.may_use("periods:read")):
        return False
    return actor.is_staff or actor.holds(MemberRole.OWNER)


def may_open_feed(actor: Actor) -> bool:
    """People, and keys that may read all that a calendar shows."""
    return actor.person_id is not None and all(actor.may_use(scope) for scope in READ_BY_A_CALENDAR)


def may_see_the_team(actor: Actor) -> bool:
    """Leads see everybody's week, others their own."""
    return actor.leads and actor.client_id is None


def may_set_week(actor: Actor) -> bool:
    return may_see_the_team(actor) and actor.may_use("capacity:write")


def may_plan_days_of(actor: Actor, person_id: UUID) -> bool:
    return actor.is_staff and actor.may_use("capacity:write") and (person_id == actor.person_id or may_see_the_team(actor))
