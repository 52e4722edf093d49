"""Days as people say them."""

import datetime as dt


def last_day(ends_at: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The last day, in a zone, of what lasts until a moment: at midnight that is the day before."""
    return (ends_at - dt.timedelta(microseconds=1)).astimezone(zone).date()
