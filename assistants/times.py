"""Durations as people say them, read as everywhere else in Tend."""

from assistants.tend import Refused
from figures.durations import Unreadable, parse_duration


def seconds_of(said: str) -> int:
    """`1h30`, `1:30`, `1.5h`, `90m` or `90` in seconds. Raises Refused for a stretch of the clock and for what cannot be read."""
    try:
        duration = parse_duration(said)
    except Unreadable as error:
        raise Refused(str(error)) from error
    if duration.started is not None:
        raise Refused("Say how long it took, like 1h30, not from when to when.")
    return duration.seconds


def minutes_of(said: str) -> int:
    """As `seconds_of`, in whole minutes. Raises Refused for part of a minute too."""
    minutes, rest = divmod(seconds_of(said), 60)
    if rest:
        raise Refused(f"{said} is no whole number of minutes. Write it like 1h30 or 90m.")
    return minutes
