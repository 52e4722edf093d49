"""Who takes all that a client has along."""

from accounts.actors import Actor, MemberRole
from accounts.models import Client


def may_take_out(actor: Actor, client: Client) -> bool:
    """The client's owners, and admins and leads of the firm; by a key that was made for it."""
    return actor.may_use("exit-kits:write") and _has_all_of(actor, client)


def may_fetch(actor: Actor, client: Client) -> bool:
    return actor.may_use("exit-kits:read") and _has_all_of(actor, client)


def _has_all_of(actor: Actor, client: Client) -> bool:
    if actor.client_id not in {None, client.pk}:
        return False
    return actor.leads or (actor.is_member and actor.holds(MemberRole.OWNER))
