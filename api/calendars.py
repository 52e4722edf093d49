from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import BusinessCalendar, CalendarVersion
from api.base import ActorViewSet
from api.rows import Row, Shaped


class CalendarNamed(Row):
    """A calendar, by name."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class CalendarRow(Row):
    """Opening hours that service levels are counted in, as the newest version has them."""

    added = frozenset({"zone", "windows", "days"})

    id = serializers.UUIDField()
    name = serializers.CharField()
    zone = serializers.CharField(allow_null=True, help_text="Null while no hours are agreed.")
    windows = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="[weekday from 0 for Monday, opens, closes], in minutes of the local day.",
    )
    days = serializers.DictField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.IntegerField())),
        help_text="Dates with hours of their own, as [opens, closes]; without any the day stays closed.",
    )

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        versions = CalendarVersion.objects.filter(calendar_id__in=[row["id"] for row in rows])
        newest = versions.order_by("calendar_id", "-created_at").distinct("calendar_id").values("calendar_id", "zone", "windows", "days")
        found: dict[object, Shaped] = {version["calendar_id"]: dict(version) for version in newest}
        nothing: Shaped = {"zone": None, "windows": [], "days": {}}
        return [row | {name: found.get(row["id"], nothing)[name] for name in nothing} for row in rows]


class CalendarViewSet(ActorViewSet):
    """The firm's business calendars; a client names the one it is served by."""

    resource = "clients"
    queryset = BusinessCalendar.objects.none()
    row_class = CalendarRow
    orderings = ("-id", "id", "name", "-name")

    def get_queryset(self) -> QuerySet[Any]:
        return BusinessCalendar.objects.visible_to(self.actor)
