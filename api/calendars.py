from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.calendars import change_hours, open_calendar, public_holidays
from accounts.models import BusinessCalendar, CalendarVersion
from accounts.policies import may_keep_calendars
from accounts.rules import Window
from api.base import ActorViewSet, StrictSerializer
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


class MinutesField(serializers.ListField):
    """Whole numbers, as many as said."""

    def __init__(self, *, length: int, **options: Any) -> None:
        super().__init__(child=serializers.IntegerField(min_value=0, max_value=1440), min_length=length, max_length=length, **options)


class HolidaysSerializer(StrictSerializer):
    """A country's public holidays, of this year and the two after it."""

    country = serializers.RegexField(r"^[A-Z]{2}$", help_text="ISO 3166-1, such as DE.")
    region = serializers.CharField(max_length=8, default="", allow_blank=True, help_text="A part of it, such as BY of DE.")


class HoursSerializer(StrictSerializer):
    """Opening hours from now on. What is left out stays as it is."""

    zone = serializers.CharField(max_length=64)
    windows = serializers.ListField(
        child=MinutesField(length=3), max_length=200, help_text="[weekday from 0 for Monday, opens, closes], in minutes of the local day."
    )
    days = serializers.DictField(
        child=serializers.ListField(child=MinutesField(length=2), max_length=24),
        required=False,
        help_text="Dates with hours of their own, as [opens, closes]; without any the day stays closed.",
    )
    closed_on_holidays_of = HolidaysSerializer(required=False, help_text="Closed on these days too, where `days` does not name them.")

    def validate_windows(self, windows: list[list[int]]) -> list[Window]:
        return [Window(*window) for window in windows]

    def validate_days(self, days: dict[str, list[list[int]]]) -> dict[Any, Any]:
        day = serializers.DateField()
        return {day.to_internal_value(name): tuple((opens, closes) for opens, closes in spans) for name, spans in days.items()}


class CalendarSerializer(HoursSerializer):
    """A calendar with its first opening hours."""

    name = serializers.CharField(max_length=80)


class CalendarViewSet(ActorViewSet):
    """The firm's business calendars; a client names the one it is served by."""

    resource = "clients"
    queryset = BusinessCalendar.objects.none()
    row_class = CalendarRow
    serializer_class = CalendarSerializer
    orderings = ("-id", "id", "name", "-name")

    def get_queryset(self) -> QuerySet[Any]:
        return BusinessCalendar.objects.visible_to(self.actor)

    def lock(self, found: Model) -> None:
        """Only who may change it holds it."""
        if may_keep_calendars(self.actor):
            super().lock(found)

    @extend_schema(responses={201: CalendarRow})
    def create(self, request: Request) -> Response:
        """Begin a calendar with its first opening hours."""
        opened = open_calendar(actor=self.actor, **with_holidays(self.body(CalendarSerializer)))
        return self.created(opened, f"calendars/{opened.pk}")

    @extend_schema(request=HoursSerializer, responses=CalendarRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Put new opening hours in force from now on; those before stay with what was computed by them."""
        calendar = self.thing(pk)
        newest = CalendarVersion.objects.filter(calendar=calendar).order_by("-created_at").first()
        rules = newest.as_rules() if newest else None
        standing = {"zone": rules.zone, "windows": rules.windows, "days": rules.overrides} if rules else {}
        said = self.body(HoursSerializer, partial=rules is not None)
        change_hours(actor=self.actor, calendar=calendar, **with_holidays(standing | said))
        return Response(self.row(pk))


def with_holidays(said: dict[str, Any]) -> dict[str, Any]:
    """What the actions take: the holidays of a country are days that stay closed, unless they have hours of their own."""
    holidays = said.pop("closed_on_holidays_of", None)
    if holidays is None:
        return said
    closed = public_holidays(holidays["country"], holidays.get("region", ""), today=timezone.localdate())
    return said | {"days": dict.fromkeys(closed, ()) | dict(said.get("days") or {})}
