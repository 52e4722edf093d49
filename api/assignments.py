from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.people import assign, unassign
from accounts.models import Assignment, Client, Person
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.people import PersonViewSet
from api.rows import ClientNamed, PersonNamed, Row


class AssignmentRow(Row):
    """Somebody of the firm works for a client."""

    id = serializers.UUIDField()
    client = ClientNamed()
    person = PersonNamed()
    created_at = serializers.DateTimeField()


class AssignmentSerializer(StrictSerializer):
    client = VisibleTo(Client)
    person = VisibleTo(Person)


class AssignmentFilter(django_filters.FilterSet):
    """Assignments by client and by person."""

    client = django_filters.UUIDFilter(field_name="client_id")
    person = django_filters.UUIDFilter(field_name="person_id")

    class Meta:
        model = Assignment
        fields: ClassVar[list[str]] = []


class AssignmentViewSet(ActorViewSet):
    """Who works for which client. Consultants see the clients they are assigned to; leads and admins all of them."""

    resource = "people"
    queryset = Assignment.objects.none()
    row_class = AssignmentRow
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter
    expandable = {"client": ClientViewSet, "person": PersonViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        return Assignment.objects.visible_to(self.actor)

    @extend_schema(responses={201: AssignmentRow})
    def create(self, request: Request) -> Response:
        """Let somebody of the firm work for a client. Twice is the same as once."""
        assignment = assign(actor=self.actor, **self.body(AssignmentSerializer))
        return self.created(assignment, f"assignments/{assignment.pk}")

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Somebody no longer works for a client, and sees it no more unless they lead."""
        unassign(actor=self.actor, assignment=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
