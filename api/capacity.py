import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.days import be_away, be_back, set_week
from accounts.models import Absence, Person
from accounts.policies import may_see_the_team
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.people import PersonViewSet
from api.problems import BadParameters
from api.rows import PersonNamed, Row
from billing.models.capacity import ONE_WEEK, PersonWeek, monday_of, weeks_of

WEEK = {
    "name": "week",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "format": "date"},
    "description": "Any day of the first week; today where nothing is said.",
}
LAST_DAY = dt.date(9990, 1, 1)


class DayRow(Row):
    """One day of one person, in minutes."""

    date = serializers.DateField()
    has_minutes = serializers.IntegerField()
    logged_minutes = serializers.IntegerField()
    is_away = serializers.BooleanField()


class LoadRow(Row):
    """One week of one person, in minutes."""

    person = PersonNamed()
    week_of = serializers.DateField(help_text="Its Monday.")
    has_minutes = serializers.IntegerField(help_text="What the week holds, days away taken off.")
    logged_minutes = serializers.IntegerField()
    planned_minutes = serializers.IntegerField(help_text="Left to do of what is planned for the week.")
    free_minutes = serializers.IntegerField()
    over_minutes = serializers.IntegerField(help_text="What is promised beyond what there is.")
    days = DayRow(many=True)


class CapacityRow(Row):
    """A week and the one after, of everybody the caller may see."""

    results = LoadRow(many=True)


class CapacityView(ActorViewSet):
    """What the firm's people have, have logged and are still to do: everybody's for leads, one's own for others."""

    resource = "capacity"
    queryset = Person.objects.none()
    row_class = LoadRow

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("week",)

    @extend_schema(
        operation_id="capacity_retrieve",
        responses=CapacityRow,
        parameters=[WEEK],  # type: ignore[list-item]  # taken as it stands: api/schema.py speaks OpenAPI itself
    )
    def read(self, request: Request) -> Response:
        """The week of a day and the one after it, for each person."""
        if not self.actor.is_staff:
            raise Http404
        people = Person.objects.visible_to(self.actor).of_the_firm().order_by("name")
        if not may_see_the_team(self.actor):
            people = people.filter(pk=str(self.actor.person_id))
        weeks = weeks_of(people, monday_of(_asked_day(request)), today=timezone.localdate())
        return Response({"results": [_load(week) for pair in weeks.values() for week in pair]})


def _asked_day(request: Request) -> dt.date:
    asked = request.query_params.get("week")
    try:
        day = parse_date(asked) if asked is not None else timezone.localdate()
    except ValueError:
        day = None
    if day is None or not dt.date.min + ONE_WEEK <= day < LAST_DAY:
        raise BadParameters([{"parameter": "week", "detail": _("Send a day like 2026-11-23.")}])
    return day


def _load(week: PersonWeek) -> dict[str, Any]:
    load, named = week.load, {"id": week.person.pk, "name": week.person.name}
    minutes = {name: getattr(load, name) for name in LoadRow.declared() if name.endswith("_minutes")}
    days = [{name: getattr(day, name) for name in DayRow.declared()} for day in week.days]
    return {"person": named, "week_of": week.monday, **minutes, "days": days}


class WeekSerializer(StrictSerializer):
    weekly_minutes = serializers.IntegerField(min_value=0, max_value=7 * 24 * 60)


class WeekRow(Row):
    """How many minutes a week somebody has for all clients together."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    weekly_minutes = serializers.IntegerField()


class WeekView(ActorViewSet):
    """How much somebody of the firm works."""

    resource = "capacity"
    queryset = Person.objects.none()
    row_class = WeekRow

    def get_queryset(self) -> QuerySet[Any]:
        return Person.objects.visible_to(self.actor).of_the_firm() if self.actor.is_staff else Person.objects.none()

    @extend_schema(operation_id="people_week_create", request=WeekSerializer, responses=WeekRow)
    def set_week(self, request: Request, pk: UUID) -> Response:
        """Say how many minutes a week somebody has."""
        set_week(actor=self.actor, person=self.thing(pk), **self.body(WeekSerializer))
        return Response(self.row(pk))


class AbsenceRow(Row):
    """Days on which somebody of the firm does not work."""

    id = serializers.UUIDField()
    person = PersonNamed()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The first day they work again.")
    created_at = serializers.DateTimeField()


class AbsenceSerializer(StrictSerializer):
    person = VisibleTo(Person)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The first day they work again.")


class AbsenceFilter(django_filters.FilterSet):
    """Absences by who, and by a day that lies in them."""

    person = django_filters.UUIDFilter(field_name="person_id")
    covering = django_filters.DateFilter(method="of_day")

    class Meta:
        model = Absence
        fields: ClassVar[list[str]] = []

    def of_day(self, queryset: QuerySet[Absence], _name: str, day: dt.date) -> QuerySet[Absence]:
        return queryset.filter(starts_on__lte=day, ends_on__gt=day)


class AbsenceViewSet(ActorViewSet):
    """When the firm's people are away. A client has no part in it."""

    resource = "capacity"
    queryset = Absence.objects.none()
    row_class = AbsenceRow
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilter
    expandable = {"person": PersonViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        return Absence.objects.visible_to(self.actor) if self.actor.is_staff else Absence.objects.none()

    @extend_schema(responses={201: AbsenceRow})
    def create(self, request: Request) -> Response:
        """Note that somebody is away: yourself, and as a lead everybody."""
        absence = be_away(actor=self.actor, **self.body(AbsenceSerializer))
        return self.created(absence, f"absences/{absence.pk}")

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take an absence away."""
        be_back(actor=self.actor, absence=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
