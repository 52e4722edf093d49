from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts.actors import StaffRole
from accounts.models import Person
from api.base import ActorViewSet
from api.rows import Row


class PersonRow(Row):
    """Somebody of the firm or of a client. Clients read names only."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    staff_role = serializers.ChoiceField(choices=["", *StaffRole], required=False, help_text="Empty for somebody of a client.")
    time_zone = serializers.CharField(required=False)
    language = serializers.CharField(required=False)
    left_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Since when they no longer work here.")


class PersonOnlyNamedRow(PersonRow):
    staff_role = None  # type: ignore[assignment]  # so DRF takes a declared field away
    time_zone = None  # type: ignore[assignment]
    language = None  # type: ignore[assignment]
    left_at = None  # type: ignore[assignment]


class PersonFilter(django_filters.FilterSet):
    """People by a part of their name."""

    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = []


class PersonViewSet(ActorViewSet):
    """The firm's people, and those of the clients the caller works with. A client reads names only."""

    resource = "people"
    queryset = Person.objects.none()
    row_class = PersonRow
    filterset_class = PersonFilter
    orderings = ("-id", "id", "name", "-name")

    def get_queryset(self) -> QuerySet[Any]:
        return Person.objects.visible_to(self.actor)

    def get_row_class(self) -> type[Row]:
        return PersonRow if self.actor.is_staff else PersonOnlyNamedRow
