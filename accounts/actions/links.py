"""Secret addresses: made, shown once, found by their digest, revoked."""

import datetime as dt
import secrets
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policies, scope
from accounts.actions.doors import shut
from accounts.actions.people import actor_of_person
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import BalanceLink, CalendarFeed, Client
from events.actions import record

USED_AGAIN_AFTER = dt.timedelta(minutes=1)
MOST_LIVE = 20


def new_secret() -> str:
    """256 bits as 43 characters that an address may hold."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


@transaction.atomic
def share_balance(*, actor: Actor, client: Client, name: str) -> tuple[BalanceLink, str]:
    """Make a link that shows a client's balance to whoever holds it, and give its secret: the only time it is ever seen.

    Raises NotAllowed; Conflict where the client has twenty live ones.
    """
    if not policies.may_share_balance(actor, client_id=client.pk):
        raise NotAllowed(_("A client's owner and the firm's people share its balance."))
    if BalanceLink.objects.live().filter(client=client).count() >= MOST_LIVE:
        raise Conflict(_("There are %(n)d live links. Revoke one that nobody needs.") % {"n": MOST_LIVE}, field="name")
    secret = new_secret()
    with scope.system("share a balance"):  # a client's people may only read links
        link = BalanceLink.objects.create(client=client, name=name, made_by_id=str(actor.person_id), digest=digest_of(secret))
    record("balance.shared", actor=actor, about=link, client_id=client.pk)
    return link, secret


@transaction.atomic
def unshare_balance(*, actor: Actor, link: BalanceLink) -> None:
    """Revoke a balance link, at once and for ever. Raises NotAllowed."""
    if not policies.may_share_balance(actor, client_id=link.client_id):
        raise NotAllowed(_("A client's owner and the firm's people share its balance."))
    shut([link], actor=actor)


@transaction.atomic
def open_feed(*, actor: Actor) -> tuple[CalendarFeed, str]:
    """Make a calendar feed of one's own, and give its secret: the only time it is ever seen. Raises NotAllowed, Conflict."""
    if not policies.may_open_feed(actor):
        raise NotAllowed(_("Only people have a calendar."))
    if CalendarFeed.objects.visible_to(actor).live().count() >= MOST_LIVE:
        raise Conflict(_("There are %(n)d live links. Revoke one that nobody needs.") % {"n": MOST_LIVE})
    secret = new_secret()
    with scope.system("open a calendar feed"):
        feed = CalendarFeed.objects.create(person_id=str(actor.person_id), client_id=actor.client_id, digest=digest_of(secret))
        record("calendar.opened", actor=actor, about=feed, client_id=feed.client_id, is_public=False)
    return feed, secret


@transaction.atomic
def close_feed(*, actor: Actor, feed: CalendarFeed) -> None:
    """Revoke a calendar feed, at once and for ever. Raises NotAllowed for anybody else's."""
    if feed.person_id != actor.person_id or not policies.may_open_feed(actor):
        raise NotAllowed(_("A calendar is closed by whose it is."))
    shut([feed], actor=actor)


def found_balance_link(secret: str) -> BalanceLink | None:
    """The live link a secret opens, while whoever made it may still share that balance; looked up by digest. It notes that it was used."""
    link = BalanceLink.objects.live().filter(digest=digest_of(secret), made_by__user__is_active=True).select_related("made_by").first()
    if link is None or not _may_still_share(link):
        return None
    _note_use(BalanceLink, link.pk, link.last_used_at)
    return link


def _may_still_share(link: BalanceLink) -> bool:
    """A link lends out what its maker may see. Nobody takes it over unasked: who follows them makes their own, to whom they choose."""
    with scope.system("whose balance link it is"):  # the door may not read who works for whom
        maker = actor_of_person(link.made_by, client_id=link.client_id)
        seen = maker is not None and Client.objects.visible_to(maker).filter(pk=link.client_id).exists()
    return maker is not None and seen and policies.may_share_balance(maker, client_id=link.client_id)


def found_feed(secret: str) -> tuple[CalendarFeed, Actor] | None:
    """The live feed a secret opens, and who its person is by now; None when they speak for nobody any more."""
    live = CalendarFeed.objects.live().filter(digest=digest_of(secret), person__user__is_active=True)
    feed = live.select_related("person").first()
    actor = actor_of_person(feed.person, client_id=feed.client_id) if feed is not None else None
    if feed is None or actor is None:
        return None
    _note_use(CalendarFeed, feed.pk, feed.last_used_at)
    return feed, replace(actor, client_id=feed.client_id)  # a feed made by a key of one client stays within it


def _note_use(model: type[BalanceLink] | type[CalendarFeed], pk: UUID, last: dt.datetime | None) -> None:
    now = timezone.now()
    if last is None or now - last > USED_AGAIN_AFTER:
        model.objects.filter(pk=pk).update(last_used_at=now)
