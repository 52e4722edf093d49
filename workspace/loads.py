"""How much somebody has on already, said where work is given to them: before it is promised."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext

from accounts.models import Person
from billing.models.capacity import PersonWeek, monday_of, weeks_of
from look.templatetags.tend import hours, long_day


def in_words(weeks: list[PersonWeek]) -> str:
    """The form "31 of 40 h this week, 42 of 40 h next: 2 h over"."""
    this, following = weeks[0].load, weeks[1].load
    said = gettext("%(taken)s of %(has)s this week, %(next_taken)s of %(next_has)s next") % {
        "taken": hours(this.taken_minutes),
        "has": hours(this.has_minutes),
        "next_taken": hours(following.taken_minutes),
        "next_has": hours(following.has_minutes),
    }
    over = max(this.over_minutes, following.over_minutes)
    return gettext("%(said)s: %(hours)s over") % {"said": said, "hours": hours(over)} if over else said


class Loaded:
    """A choice of people that says beside each name what they have on. Nothing is asked until somebody looks, and then once."""

    def __init__(self, field: Any) -> None:
        self.field = field
        field.choices = self

    def __call__(self) -> list[tuple[object, str]]:
        return [("", str(self.field.empty_label)), *((person.pk, f"{person.name} · {self.of(person)}") for person in self.people)]

    @cached_property
    def people(self) -> list[Person]:
        return list(self.field.queryset)

    @cached_property
    def weeks(self) -> dict[UUID, list[PersonWeek]]:
        today = timezone.localdate()
        return weeks_of(self.people, monday_of(today), today=today)

    def of(self, person: Person) -> str:
        """What somebody has on, in words; nothing for who cannot be chosen."""
        return in_words(self.weeks[person.pk]) if person.pk in self.weeks else ""


def warning(person: Person | None, day: dt.date) -> str:
    """What is too much in the week of a day; nothing where it fits."""
    if person is None:
        return ""
    today = timezone.localdate()
    week = weeks_of([person], monday_of(max(day, today)), weeks=1, today=today)[person.pk][0]
    if not week.load.over_minutes:
        return ""
    return gettext("%(name)s has %(taken)s in the week of %(day)s, and %(has)s to give: %(over)s over.") % {
        "name": person.first_name,
        "taken": hours(week.load.taken_minutes),
        "day": long_day(week.monday),
        "has": hours(week.load.has_minutes),
        "over": hours(week.load.over_minutes),
    }
