from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, EngagementNamed, Row, Shaped
from engagements.actions import take_into_care
from engagements.models import AISystem, Component, Engagement


class ComponentRow(Row):
    """A part of an AI system that can change or break by itself."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Component.Kind.choices)
    version = serializers.CharField()


class SystemRow(Row):
    """An AI system in care."""

    added = frozenset({"components"})

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=AISystem.Kind.choices)
    purpose = serializers.CharField()
    in_care_since = serializers.DateField()
    retired_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    components = ComponentRow(many=True)

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        parts: dict[object, list[Shaped]] = {row["id"]: [] for row in rows}
        found = Component.objects.filter(system_id__in=list(parts)).order_by("id")
        for values in found.values("system_id", *ComponentRow.columns()):
            parts[values["system_id"]].append(ComponentRow.shape(values))
        return [row | {"components": parts[row["id"]]} for row in rows]


class ComponentSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=Component.Kind.choices)
    version = serializers.CharField(max_length=80, default="", allow_blank=True)


class SystemSerializer(StrictSerializer):
    engagement = VisibleTo(Engagement)
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=AISystem.Kind.choices)
    purpose = serializers.CharField(max_length=240, default="", allow_blank=True)
    in_care_since = serializers.DateField()
    components = ComponentSerializer(many=True, default=[])


class SystemFilter(django_filters.FilterSet):
    """Systems by where they belong, what they are, and whether they are retired."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    kind = django_filters.MultipleChoiceFilter(choices=AISystem.Kind.choices)
    in_care = django_filters.BooleanFilter(field_name="retired_on", lookup_expr="isnull")

    class Meta:
        model = AISystem
        fields: ClassVar[list[str]] = []


class SystemViewSet(ActorViewSet):
    """The AI systems in care, each with its components."""

    resource = "systems"
    queryset = AISystem.objects.none()
    row_class = SystemRow
    serializer_class = SystemSerializer
    filterset_class = SystemFilter
    orderings = ("-id", "id", "name", "-name")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[AISystem]:
        return AISystem.objects.visible_to(self.actor)

    @extend_schema(responses={201: SystemRow})
    def create(self, request: Request) -> Response:
        """Take an AI system into care, with its components."""
        body = self.body(SystemSerializer)
        parts = tuple((part["name"], part["kind"], part["version"]) for part in body.pop("components"))
        system = take_into_care(actor=self.actor, since=body.pop("in_care_since"), components=parts, **body)
        return self.created(system, f"systems/{system.pk}")
