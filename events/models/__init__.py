"""What happened and whom we told."""

from events.models.event import Event
from events.models.idempotency import IdempotentRequest
from events.models.notice import Delivery, Notice

__all__ = ["Delivery", "Event", "IdempotentRequest", "Notice"]
