from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, EngagementNamed, Row, Shaped
from engagements.actions import add_component, describe_component, describe_system, remove_component, take_into_care
from engagements.filters import SystemFilter
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


class SystemChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=AISystem.Kind.choices)
    purpose = serializers.CharField(max_length=240, allow_blank=True)
    retired_on = serializers.DateField(allow_null=True, help_text="Since when it is in care no more; null takes it back.")


class ComponentChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=Component.Kind.choices)
    version = serializers.CharField(max_length=80, allow_blank=True)


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

    @extend_schema(request=SystemChangeSerializer, responses=SystemRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew what a system in care is, or since when it is retired."""
        system = self.thing(pk)
        describe_system(actor=self.actor, system=system, **self.body(SystemChangeSerializer, partial=True))
        return Response(self.row(pk))


class ComponentViewSet(ActorViewSet):
    """The parts of AI systems, each with the version that runs."""

    resource = "systems"
    queryset = Component.objects.none()
    row_class = ComponentRow
    serializer_class = ComponentSerializer

    def get_queryset(self) -> QuerySet[Any]:
        parts = Component.objects.visible_to(self.actor)
        return parts.filter(system=self._system()) if "system_id" in self.kwargs else parts

    def _system(self) -> AISystem:
        found = AISystem.objects.visible_to(self.actor).filter(pk=self.kwargs["system_id"]).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(responses={201: ComponentRow})
    def create(self, request: Request, system_id: UUID) -> Response:
        """Add a part to a system."""
        system = self._system()
        part = add_component(actor=self.actor, system=system, **self.body(ComponentSerializer))
        return self.created(part, f"components/{part.pk}")

    @extend_schema(request=ComponentChangeSerializer, responses=ComponentRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew what a part is, such as which version runs now."""
        part = self.thing(pk)
        describe_component(actor=self.actor, component=part, **self.body(ComponentChangeSerializer, partial=True))
        return Response(self.row(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take a part out of its system. Tickets that named it name the system alone."""
        remove_component(actor=self.actor, component=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
