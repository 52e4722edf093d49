from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.clients import add_client, describe_client
from accounts.filters import ClientFilter
from accounts.models import BusinessCalendar, Client, Visibility
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.calendars import CalendarNamed
from api.rows import Row


class ClientRow(Row):
    """A company whose AI systems the firm keeps working."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    code = serializers.CharField(help_text="Begins every reference of this client: ACM in ACM-42.")
    time_zone = serializers.CharField()
    calendar = CalendarNamed(allow_null=True, help_text="When it works; null for the firm's own hours.")
    visibility = serializers.ChoiceField(choices=Visibility.choices, help_text="How much of its own hours the client reads.")
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ClientSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    code = serializers.RegexField(r"^[A-Z][A-Z0-9]{1,7}$", help_text="Two to eight capitals and digits, for ever.")
    time_zone = serializers.CharField(max_length=64, default="UTC")
    calendar = VisibleTo(BusinessCalendar, required=False, allow_null=True)


class ClientChangeSerializer(StrictSerializer):
    """How a client is described. Its code is for ever."""

    name = serializers.CharField(max_length=80)
    time_zone = serializers.CharField(max_length=64)
    calendar = VisibleTo(BusinessCalendar, allow_null=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices)


class ClientViewSet(ActorViewSet):
    """The clients the caller sees; for a client, itself."""

    resource = "clients"
    queryset = Client.objects.none()
    row_class = ClientRow
    serializer_class = ClientSerializer
    filterset_class = ClientFilter
    orderings = ("-id", "id", "name", "-name")

    def get_queryset(self) -> QuerySet[Client]:
        return Client.objects.visible_to(self.actor)

    @extend_schema(responses={201: ClientRow})
    def create(self, request: Request) -> Response:
        """Take a company into care. Its code begins every reference and never changes."""
        client = add_client(actor=self.actor, **self.body(ClientSerializer))
        return self.created(client, f"clients/{client.pk}")

    @extend_schema(request=ClientChangeSerializer, responses=ClientRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew how a client is called, where it is and when it works."""
        client = self.thing(pk)
        describe_client(actor=self.actor, client=client, **self.body(ClientChangeSerializer, partial=True))
        return Response(self.row(pk))
