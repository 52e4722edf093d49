"""Remember what happened, tell the rooms above, and tell people."""

from events.actions.recording import happened, on, record, record_all
from events.actions.telling import News, Telling, read_notices, tell, tell_all

__all__ = ["News", "Telling", "happened", "on", "read_notices", "record", "record_all", "tell", "tell_all"]
