"""Remember what happened, tell the rooms above, and tell people."""

from events.actions.recording import on, record
from events.actions.telling import Telling, read_notices, tell

__all__ = ["Telling", "on", "read_notices", "record", "tell"]
