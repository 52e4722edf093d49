"""Who may keep endpoints of programs outside, and who mends what did not reach anybody."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from accounts.actors import Actor, MemberRole
from events.models import Webhook
from events.published import Published, published_kinds


def may_keep_webhooks(actor: Actor, client_id: UUID | None) -> bool:
    """The firm's people for the firm or one client, a client's owners for that client."""
    if actor.client_id is not None and client_id != actor.client_id:
        return False
    return actor.is_system or actor.is_staff or (client_id is not None and actor.holds(MemberRole.OWNER))


def kinds_offered(actor: Actor) -> Mapping[str, Published]:
    """What an endpoint of this actor may listen to; to a client's people nothing that concerns the firm alone."""
    return {kind: published for kind, published in published_kinds().items() if not (published.is_internal and actor.is_member)}


def may_hear(actor: Actor, kinds: Iterable[str]) -> bool:
    """Whether the actor may read what these kinds are about. A key hears nothing by an endpoint that it could not read itself."""
    known = published_kinds()
    return all(kind not in known or actor.may_use(f"{known[kind].resource}:read") for kind in kinds)


def may_change_webhook(actor: Actor, webhook: Webhook) -> bool:
    """Whoever sees it, but by a key only within what that key may read."""
    return may_keep_webhooks(actor, webhook.client_id) and may_hear(actor, webhook.kinds)


def may_send_again(actor: Actor) -> bool:
    """Admins see to what did not reach anybody; no key does."""
    return actor.administers and actor.client_id is None and actor.scopes is None
