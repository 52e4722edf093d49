"""Endpoints of programs outside: made, changed, tried, switched off and on; and messages sent again."""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor
from accounts.errors import Conflict, DomainError, NotAllowed
from accounts.models import Client, Person
from events import policies
from events.actions.hearing import actor_of_webhook, as_body, ring
from events.actions.posting import give_up_waiting
from events.actions.recording import record
from events.models import Webhook, WebhookMessage
from events.published import published_kinds
from events.rules import signing
from events.rules.addresses import target_of

BOTH_SIGN_FOR = dt.timedelta(hours=24)
PING = "webhook.ping"
SEED_BYTES = 32
MOST = 25  # of one person: each that listens is asked within the transaction of the event


class KindsNotOffered(DomainError):
    """No event was chosen, or one that nobody publishes or that concerns the firm alone. The sentence names those to choose from."""

    code = "kinds-not-offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody says of an endpoint; None leaves a part as it is."""

    url: str | None = None
    description: str | None = None
    kinds: Iterable[str] | None = None


@transaction.atomic
def add_webhook(*, actor: Actor, wanted: Wanted, client: Client | None = None) -> tuple[Webhook, str]:
    """Tell a program of events from now on, and give the secret its messages are signed with: the only time it is seen.

    It acts for whoever makes it. Raises NotAllowed; UnusableAddress; KindsNotOffered; Conflict for one too many.
    """
    client_id = client.pk if client else None
    if not policies.may_keep_webhooks(actor, client_id):
        raise NotAllowed(_("Webhooks are kept by the firm's people, and for a client by its owners."))
    webhook = Webhook(person=Person.objects.get(pk=str(actor.person_id)), client_id=client_id, seed=secrets.token_bytes(SEED_BYTES))
    _set(webhook, actor, Wanted(url=wanted.url or "", description=wanted.description or "", kinds=wanted.kinds or ()))
    if _acts_for(webhook) is None:
        raise NotAllowed(_("Webhooks are kept by the firm's people, and for a client by its owners."))
    with scope.system("add a webhook"):  # a client's people may only read endpoints
        Person.objects.select_for_update(no_key=True).get(pk=webhook.person_id)
        if Webhook.objects.filter(person_id=webhook.person_id).count() >= MOST:
            raise Conflict(_("You have %(most)d webhooks. Remove one first, or let one tell of more.") % {"most": MOST})
        webhook.save(force_insert=True)
    _record("webhook.added", actor, webhook, kinds=webhook.kinds)
    return webhook, secret_of(webhook)


@transaction.atomic
def change_webhook(*, actor: Actor, webhook: Webhook, wanted: Wanted) -> Webhook:
    """Send elsewhere, or tell of other kinds from now on. What waits already goes to the new address.

    Raises NotAllowed; UnusableAddress; KindsNotOffered.
    """
    held = _held(actor, webhook)
    before = held.url
    _set(held, actor, wanted)
    _keep(held, "url", "description", "kinds")
    _record("webhook.changed", actor, held, kinds=held.kinds, moved=held.url != before)
    return held


@transaction.atomic
def rotate_secret(*, actor: Actor, webhook: Webhook, at_once: bool = False) -> tuple[Webhook, str]:
    """Sign with a new secret, and give it. For 24 hours the old one signs too, unless it is to end at once.

    Raises NotAllowed; Conflict while two secrets sign already.
    """
    held, now = _held(actor, webhook), timezone.now()
    if len(held.seeds(now)) > 1 and not at_once:
        raise Conflict(_("Two secrets sign already. Rotate again when the older one has ended, or end both at once."))
    held.former_seed, held.former_until = (None, None) if at_once else (held.seed, now + BOTH_SIGN_FOR)
    held.seed = secrets.token_bytes(SEED_BYTES)
    _keep(held, "seed", "former_seed", "former_until")
    _record("webhook.rotated", actor, held, at_once=at_once)
    return held, secret_of(held)


@transaction.atomic
def enable_webhook(*, actor: Actor, webhook: Webhook) -> Webhook:
    """Send again what happens from now on; what was given up meanwhile is sent when somebody asks for it. Raises NotAllowed, Conflict."""
    held = _held(actor, webhook)
    if _acts_for(held) is None:
        raise Conflict(_("%(name)s, for whom it acts, is here no more. Make a new webhook.") % {"name": held.person.name})
    if held.disabled_at is not None:
        held.disabled_at, held.disabled_reason, held.resting_until = None, "", None
        _keep(held, "disabled_at", "disabled_reason", "resting_until")
        _record("webhook.enabled", actor, held)
    return held


@transaction.atomic
def disable_webhook(*, actor: Actor, webhook: Webhook) -> Webhook:
    """Send nothing more, and write nothing down for it, until it is enabled again. Raises NotAllowed."""
    held = _held(actor, webhook)
    if held.disabled_at is None:
        held.disabled_at, held.disabled_reason = timezone.now(), Webhook.Disabled.BY_HAND
        _keep(held, "disabled_at", "disabled_reason")
        with scope.system("disable a webhook"):
            give_up_waiting(held, f"The endpoint was disabled by {actor.name}.")
        _record("webhook.disabled", actor, held, reason=Webhook.Disabled.BY_HAND.value)
    return held


@transaction.atomic
def remove_webhook(*, actor: Actor, webhook: Webhook) -> None:
    """Forget an endpoint with its secrets and its log. Raises NotAllowed."""
    held = _held(actor, webhook)
    _record("webhook.removed", actor, held)
    with scope.system("remove a webhook"):
        held.delete()


@transaction.atomic
def ping_webhook(*, actor: Actor, webhook: Webhook) -> WebhookMessage:
    """Send a message that tells of nothing, to see whether it arrives.

    Raises NotAllowed, and Conflict for a disabled endpoint or while the one before is on its way.
    """
    held = _enabled(actor, webhook)
    if WebhookMessage.objects.filter(webhook=held, kind=PING, is_waiting=True).exists():
        raise Conflict(_("A test is on its way already. Wait until its answer is in the log."))
    _record("webhook.pinged", actor, held)
    body = as_body(PING, timezone.now(), {"webhook": held.pk})
    message = WebhookMessage(webhook=held, client_id=held.client_id, kind=PING, about_id=held.pk, body=body, in_turn=False)
    with scope.system("try a webhook"):
        message.save(force_insert=True)
    transaction.on_commit(ring)
    return message


@transaction.atomic
def redeliver(*, actor: Actor, message: WebhookMessage) -> WebhookMessage:
    """Send one message again, out of turn, under its old webhook-id.

    Raises NotAllowed; Conflict while it waits, once it was taken out, or while its endpoint is off.
    """
    held = _enabled(actor, message.webhook)
    if message.is_blank:
        raise Conflict(_("What this message told was taken out, because the client reads less since. It is not sent again."))
    with scope.system("redeliver a message"):
        sent = _wait_again(WebhookMessage.objects.filter(pk=message.pk), in_turn=False)
        message.refresh_from_db()
    if not sent:
        raise Conflict(_("This message waits to be sent already."))
    _record("webhook.redelivered", actor, held, message=str(message.pk))
    return message


@transaction.atomic
def redeliver_since(*, actor: Actor, webhook: Webhook, since: dt.datetime) -> int:
    """Send again, in their order, all messages since a moment that were given up; how many. Raises NotAllowed, Conflict."""
    if since > timezone.now():
        raise Conflict(_("That moment has not come yet. Give one that is over."), field="since")
    held = _enabled(actor, webhook)
    with scope.system("redeliver messages"):
        sent = _wait_again(WebhookMessage.objects.filter(webhook_id=held.pk, created_at__gte=since).given_up(), in_turn=True)
    _record("webhook.redelivered", actor, held, since=since.isoformat(), messages=sent)
    return sent


def _wait_again(messages: QuerySet[WebhookMessage], *, in_turn: bool) -> int:
    sent = (
        messages.filter(is_waiting=False)
        .exclude(body="")
        .update(is_waiting=True, in_turn=in_turn, delivered_at=None, given_up_at=None, attempts=0, due_at=timezone.now(), last_error="")
    )
    transaction.on_commit(ring)
    return sent


def secret_of(webhook: Webhook) -> str:
    return signing.as_text(signing.secret_of(bytes(webhook.seed), key=settings.SECRET_KEY))


def _acts_for(webhook: Webhook) -> Actor | None:
    """As its messages will see it: a client's people may not read who signs in."""
    with scope.system("who an endpoint acts for"):
        return actor_of_webhook(webhook)


def _set(webhook: Webhook, actor: Actor, wanted: Wanted) -> None:
    if wanted.url is not None:
        target_of(wanted.url, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
        webhook.url = wanted.url
    if wanted.description is not None:
        webhook.description = wanted.description
    if wanted.kinds is not None:
        webhook.kinds = _offered(actor, wanted.kinds, held=webhook.kinds or ())


def _offered(actor: Actor, kinds: Iterable[str], *, held: Iterable[str]) -> list[str]:
    """In order and once each. What an endpoint holds already it may keep, though nobody offers it: it stays silent."""
    wanted, offered = sorted(set(kinds)), sorted(policies.kinds_offered(actor))
    if not wanted or not set(wanted) <= {*offered, *held} & published_kinds().keys():
        raise KindsNotOffered(_("Choose events from: %(kinds)s.") % {"kinds": ", ".join(offered)}, field="kinds")
    if not policies.may_hear(actor, wanted):
        raise NotAllowed(_("This key may not read what these events are about."), field="kinds")
    return wanted


def _held(actor: Actor, webhook: Webhook) -> Webhook:
    """The endpoint, locked and read anew. Raises NotAllowed; Conflict where it is gone by now."""
    if not policies.may_change_webhook(actor, webhook):
        raise NotAllowed(_("This key may not read what this webhook is told."))
    with scope.system("change a webhook"):
        found = Webhook.objects.select_for_update(no_key=True, of=("self",)).select_related("person").filter(pk=webhook.pk).first()
    if found is None:
        raise Conflict(_("This webhook was removed."))
    return found


def _enabled(actor: Actor, webhook: Webhook) -> Webhook:
    held = _held(actor, webhook)
    if held.disabled_at is not None:
        raise Conflict(_("This webhook is disabled. Enable it first."))
    return held


def _keep(webhook: Webhook, *fields: str) -> None:
    with scope.system("change a webhook"):
        webhook.save(update_fields=fields)


def _record(kind: str, actor: Actor, webhook: Webhook, **payload: object) -> None:
    """An endpoint the firm keeps for itself is no business of the client it listens to."""
    record(kind, actor=actor, about=webhook, client_id=webhook.client_id, is_public=not webhook.person.is_staff, **payload)
