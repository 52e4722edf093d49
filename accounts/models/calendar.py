import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.models.keyed import Keyed
from accounts.models.ownership import firm_wide
from accounts.rules import Calendar, Window
from accounts.wall import ALL, Rights


class FirmWideQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows of the firm that everybody who is signed in may read."""

    def visible_to(self, actor: Actor) -> Self:
        return self if actor.is_staff or actor.is_system or actor.is_member else self.none()


@firm_wide("a firm keeps a handful of calendars for all its clients")
class BusinessCalendar(Keyed):
    """When work is done: a name under which versions of opening hours follow each other."""

    name = models.CharField(max_length=80, unique=True)

    objects = FirmWideQuerySet["BusinessCalendar"].as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL)

    def __str__(self) -> str:
        return self.name

    def current(self) -> Calendar:
        """The opening hours of the newest version."""
        return self.versions.latest("created_at").as_rules()


@firm_wide("belongs to a calendar of the firm")
class CalendarVersion(Keyed):
    """Opening hours as they were agreed at one time; never edited, so that a stopped clock stays explained.

    `windows` holds [weekday 0..6, opens, closes] in minutes of the local day; `days` maps an ISO date to its own
    [opens, closes] pairs, an empty list for a day that stays closed.
    """

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="versions")
    zone = models.CharField(max_length=64)
    windows = models.JSONField()
    days = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FirmWideQuerySet["CalendarVersion"].as_manager()

    rights = Rights(portal="select", staff="select, insert", system=ALL)

    def as_rules(self) -> Calendar:
        """The frozen calendar that accounts.rules computes with."""
        days: dict[str, Any] = self.days
        return Calendar(
            zone=self.zone,
            windows=tuple(Window(*window) for window in self.windows),
            overrides={dt.date.fromisoformat(day): tuple((opens, closes) for opens, closes in spans) for day, spans in days.items()},
        )
