from celery import shared_task
from django.utils import timezone

from accounts import scope
from events.actions.delivering import drain
from events.actions.posting import drain_webhooks, forget_old_messages
from events.models import IdempotentRequest


@shared_task(ignore_result=True)
def drain_outbox() -> None:
    """Send what waits in the outbox. Safe to run at any time, twice, and in several workers at once."""
    with scope.system("outbox"):
        drain()


@shared_task(ignore_result=True)
def forget_answered_requests() -> None:
    """Remove the answers kept for repeated requests once they are a day old. Safe to run at any time, twice."""
    with scope.system("idempotency"):
        IdempotentRequest.objects.forgotten(timezone.now()).delete()


@shared_task(ignore_result=True)
def post_webhooks() -> None:
    """Send what waits for programs outside. Safe to run at any time, twice, and in several workers at once."""
    with scope.system("webhooks"):
        drain_webhooks()


@shared_task(ignore_result=True)
def forget_webhook_messages() -> None:
    """Remove the log of messages once it is 30 days old. Safe to run at any time, twice."""
    with scope.system("webhooks"):
        forget_old_messages()
