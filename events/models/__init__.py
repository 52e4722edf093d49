"""What happened and whom we told."""

from events.models.choice import NoticeChoice
from events.models.event import Event
from events.models.idempotency import IdempotentRequest
from events.models.notice import Delivery, Notice
from events.models.webhook import Webhook, WebhookAttempt, WebhookMessage

__all__ = ["Delivery", "Event", "IdempotentRequest", "Notice", "NoticeChoice", "Webhook", "WebhookAttempt", "WebhookMessage"]
