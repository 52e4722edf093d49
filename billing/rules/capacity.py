"""How much somebody has, and how much of it is promised: minutes of working days, Monday to Friday."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

WORKING_DAYS = 5


def minutes_of_day(weekly_minutes: int, day: dt.date, away: Collection[dt.date] = ()) -> int:
    """What a day holds of a week of so many minutes: a fifth from Monday to Friday, so that the five make up the week exactly.

    Nothing on a weekend, and nothing on a day somebody is `away`.
    """
    place = day.weekday()
    if place >= WORKING_DAYS or day in away:
        return 0
    return weekly_minutes * (place + 1) // WORKING_DAYS - weekly_minutes * place // WORKING_DAYS


@dataclass(frozen=True, slots=True)
class Load:
    """Minutes of one person in one week: what they have, have logged, and are still to do."""

    has_minutes: int
    logged_minutes: int
    planned_minutes: int

    @property
    def taken_minutes(self) -> int:
        return self.logged_minutes + self.planned_minutes

    @property
    def free_minutes(self) -> int:
        return max(self.has_minutes - self.taken_minutes, 0)

    @property
    def over_minutes(self) -> int:
        return max(self.taken_minutes - self.has_minutes, 0)
