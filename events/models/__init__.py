"""What happened and whom we told."""

from events.models.event import Event
from events.models.notice import Delivery, Notice

__all__ = ["Delivery", "Event", "Notice"]
