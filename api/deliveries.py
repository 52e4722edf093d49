from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet
from api.clients import ClientViewSet
from api.rows import ClientNamed, PersonNamed, Row
from events.actions.delivering import send_again, send_all_again
from events.models import Delivery
from events.policies import may_send_again


class DeliveryRow(Row):
    """One notice on its way by mail."""

    id = serializers.UUIDField()
    client = ClientNamed()
    person = PersonNamed(source="notice.person", help_text="Whom it is for.")
    subject = serializers.CharField(source="notice.subject")
    message_id = serializers.CharField(help_text="The header Message-ID: the same however often it is sent.")
    attempts = serializers.IntegerField()
    last_error = serializers.CharField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="When it is tried next, while it waits.")
    sent_at = serializers.DateTimeField(allow_null=True)
    given_up_at = serializers.DateTimeField(allow_null=True)


class DeliveryFilter(django_filters.FilterSet):
    """Deliveries by client, and by what became of them."""

    client = django_filters.UUIDFilter(field_name="client_id")
    waiting = django_filters.BooleanFilter(field_name="is_waiting")
    given_up = django_filters.BooleanFilter(field_name="given_up_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Delivery
        fields: ClassVar[list[str]] = []


class ResentRow(Row):
    """What became of sending all of it again."""

    resent = serializers.IntegerField(help_text="How many mails are on their way again.")


class DeliveryViewSet(ActorViewSet):
    """Mail and what became of it, for admins; everybody else has none. No key has a scope for it."""

    resource = "deliveries"
    queryset = Delivery.objects.none()
    row_class = DeliveryRow
    filterset_class = DeliveryFilter
    expandable = {"client": ClientViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        return Delivery.objects.visible_to(self.actor) if may_send_again(self.actor) else Delivery.objects.none()

    @extend_schema(operation_id="deliveries_resending", request=None, responses=DeliveryRow)
    def resend(self, request: Request, pk: UUID) -> Response:
        """Send again what was given up, under its old Message-ID."""
        self.nothing()
        send_again(actor=self.actor, delivery=self.thing(pk))
        return Response(self.row(pk))

    @extend_schema(operation_id="deliveries_resending_all", request=None, responses={200: ResentRow})
    def resend_all(self, request: Request) -> Response:
        """Send again everything that was given up, each mail under its old Message-ID."""
        self.nothing()
        return Response({"resent": send_all_again(actor=self.actor)})
