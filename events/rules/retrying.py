"""How often a message is tried, and how long it rests in between."""

import datetime as dt

WAITS = (
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
)
ATTEMPTS = len(WAITS) + 1  # the first is made at once; all ten take a little more than three days
JITTER_PERCENT = 10


def wait_after(attempts: int, *, share: float) -> dt.timedelta:
    """How long a message rests after so many failed attempts, 1 to 9.

    `share` from 0 to 1 places it within ten percent around, so that what failed together does not come back together.
    """
    return WAITS[attempts - 1] * (1 + (2 * share - 1) * JITTER_PERCENT / 100)
