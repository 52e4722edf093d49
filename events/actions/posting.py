"""Messages to programs outside, on their way: claimed one at a time with SKIP LOCKED and a lease, as the mail is.

A worker that dies between the receiver's yes and noting it leaves a row whose lease runs out: the message goes out again under
the same webhook-id. What concerns one object goes out in order; what a receiver refuses never holds up another receiver.
"""

import datetime as dt
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from accounts import scope
from accounts.actors import system
from accounts.errors import DomainError
from events.actions.hearing import actor_of_webhook, hears
from events.actions.reaching import Answer, Resolver, Unreachable, by_system, post
from events.actions.recording import record
from events.models import Webhook, WebhookAttempt, WebhookMessage
from events.rules import retrying, signing

log = structlog.get_logger(__name__)

POSTING = system("webhooks")
REST = dt.timedelta(minutes=1)  # a receiver that is silent is left alone by what it was not asked before
GONE = 410
KEPT_FOR = dt.timedelta(days=30)
MOST_SECONDS = 60  # of one drain, so that silent receivers never keep a worker from its other work for long


class Unheard(Exception):
    """The person an endpoint acts for does not see this event any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: the receiver's answer, or why there was none."""

    status: int | None
    excerpt: str = ""
    error: str = ""
    is_unheard: bool = False

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class WebhookState:
    """How messages stand: those that wait, seconds for which the first that may go out did not (0 without any), those given up."""

    waiting: int
    overdue_seconds: float
    given_up: int


def webhook_state() -> WebhookState:
    """One look at the messages, for metrics and doctor. Needs the system's scope.

    A receiver that is down makes messages wait, but none overdue.
    """
    now, messages = timezone.now(), WebhookMessage.objects.all()
    first = messages.waiting(now).aggregate(due_at=Min("due_at"))["due_at"]
    overdue_seconds = (now - first).total_seconds() if first else 0.0
    return WebhookState(messages.filter(is_waiting=True).count(), overdue_seconds, messages.given_up().count())


def drain_webhooks(*, at_most: int = 200, resolve: Resolver = by_system) -> int:
    """Send what waits, until nothing is due, `at_most` were tried or a minute is over; how many were tried. Needs the system's scope."""
    ends_at = time.monotonic() + MOST_SECONDS
    for tried in range(at_most):
        message = _claim() if time.monotonic() < ends_at else None
        if message is None:
            return tried
        _carry_out(message, resolve)
    return at_most


@transaction.atomic
def _claim() -> WebhookMessage | None:
    now = timezone.now()
    waiting = WebhookMessage.objects.waiting(now).select_related("webhook__person", "event")
    message = waiting.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if message is not None:
        message.leased_until = now + dt.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS + settings.WEBHOOK_TIMEOUT_SECONDS)
        message.attempts += 1
        message.save(update_fields=["leased_until", "attempts"])
    return message


def _carry_out(message: WebhookMessage, resolve: Resolver) -> None:
    if actor_of_webhook(message.webhook) is None:
        disable(message.webhook, Webhook.Disabled.LEFT)
        return
    began = time.monotonic()
    outcome = _tried(message, resolve)
    _note(message, outcome, duration_ms=round((time.monotonic() - began) * 1000))


def _tried(message: WebhookMessage, resolve: Resolver) -> Outcome:
    try:
        _refuse_the_deadly(message)
        _refuse_the_unheard(message)
        answer = send(message, resolve)
    except Unheard as error:
        return Outcome(None, error=str(error), is_unheard=True)
    except (Unreachable, DomainError) as error:
        return Outcome(None, error=str(error)[:300])
    except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; what went wrong is kept in the log)
        return Outcome(None, error=f"{type(error).__name__}: {error}"[:300])
    return Outcome(answer.status, answer.excerpt, _why_refused(answer.status))


def send(message: WebhookMessage, resolve: Resolver = by_system) -> Answer:
    """Sign a message with every live secret of its endpoint and send it."""
    now, body = timezone.now(), message.body.encode()
    signed_with = [signing.secret_of(seed, key=settings.SECRET_KEY) for seed in message.webhook.seeds(now)]
    headers = signing.headers(message.message_id, body, at_seconds=int(now.timestamp()), secrets=signed_with)
    return post(
        message.webhook.url, body, {"Content-Type": "application/json", "User-Agent": "Tend-Webhooks/1", **headers}, resolve=resolve
    )


def _refuse_the_deadly(message: WebhookMessage) -> None:
    if message.attempts > retrying.ATTEMPTS:
        raise RuntimeError("Every worker that took this message died before it could say why.")


def _refuse_the_unheard(message: WebhookMessage) -> None:
    if message.event is not None and not hears(message.webhook, message.event):
        raise Unheard("The person this endpoint acts for may not see this any more.")


def _why_refused(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"The receiver answered {status}. Redirects are not followed: give the address it leads to."
    return f"The receiver answered {status}."


@transaction.atomic
def _note(message: WebhookMessage, outcome: Outcome, *, duration_ms: int) -> None:
    """Log the attempt, and decide what becomes of its message."""
    WebhookAttempt.objects.create(
        webhook_id=message.webhook_id,
        message=message,
        client_id=message.client_id,
        status=outcome.status,
        duration_ms=duration_ms,
        excerpt=outcome.excerpt,
        error=outcome.error,
    )
    now = timezone.now()
    standing = WebhookMessage.objects.filter(pk=message.pk, is_waiting=True)
    if outcome.arrived:
        standing.update(delivered_at=now, is_waiting=False, leased_until=None, last_error="")
        Webhook.objects.filter(pk=message.webhook_id).exclude(resting_until=None).update(resting_until=None)
        return
    log.warning("a webhook failed", message=str(message.pk), attempt=message.attempts, status=outcome.status)
    if outcome.status is None and not outcome.is_unheard:
        Webhook.objects.filter(pk=message.webhook_id).update(resting_until=now + REST)
    # Whoever outlived their lease may note a success, but no longer a failure: the row is in other hands.
    ours = standing.filter(attempts=message.attempts)
    if outcome.is_unheard:  # nor does the log tell them: a level may have fallen while the message was being written
        ours.update(given_up_at=now, is_waiting=False, leased_until=None, last_error=outcome.error, body="")
    elif message.attempts >= retrying.ATTEMPTS:
        ours.update(given_up_at=now, is_waiting=False, leased_until=None, last_error=outcome.error)
    else:
        wait = retrying.wait_after(message.attempts, share=secrets.randbelow(1000) / 999)
        ours.update(due_at=now + wait, leased_until=None, last_error=outcome.error)
    if outcome.status == GONE:
        disable(message.webhook, Webhook.Disabled.GONE)


@transaction.atomic
def disable(webhook: Webhook, reason: Webhook.Disabled) -> None:
    """Send nothing more to an endpoint until somebody enables it again; what waits for it is given up."""
    now = timezone.now()
    if not Webhook.objects.filter(pk=webhook.pk, disabled_at=None).update(disabled_at=now, disabled_reason=reason):
        return
    give_up_waiting(webhook, f"The endpoint was disabled: {reason.label}.")
    record(
        "webhook.disabled",
        actor=POSTING,
        about=webhook,
        client_id=webhook.client_id,
        is_public=not webhook.person.is_staff,
        reason=reason.value,
    )


def disable_those_left(person_id: UUID) -> None:
    """Disable what acts for somebody who is none of the firm's and no owner of its client any more, before a message finds out."""
    with scope.system("webhooks"):
        for webhook in Webhook.objects.filter(person_id=person_id, disabled_at=None).select_related("person"):
            if actor_of_webhook(webhook) is None:
                disable(webhook, Webhook.Disabled.LEFT)


def give_up_waiting(webhook: Webhook, why: str) -> None:
    """Give up all that an endpoint was still to be told; its log says why."""
    waiting = WebhookMessage.objects.filter(webhook_id=webhook.pk, is_waiting=True)
    waiting.update(given_up_at=timezone.now(), is_waiting=False, leased_until=None, last_error=why[:300])


def forget_old_messages() -> None:
    """Remove what was delivered or given up more than 30 days ago, with its attempts. Needs the system's scope."""
    WebhookMessage.objects.filter(is_waiting=False, created_at__lt=timezone.now() - KEPT_FOR).delete()
