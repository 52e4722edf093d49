from typing import Any

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.firm import describe_firm
from accounts.models import Firm
from api.base import ActorViewSet, StrictSerializer
from api.rows import Row


class FirmRow(Row):
    """The firm that runs this installation."""

    name = serializers.CharField()
    hue = serializers.IntegerField(help_text="The accent colour, in degrees from 0 to 360.")
    sender_name = serializers.CharField(help_text="The name that mail comes from; empty for the name of the firm.")
    time_zone = serializers.CharField()
    currency = serializers.CharField()


class FirmSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    hue = serializers.IntegerField(min_value=0, max_value=360)
    sender_name = serializers.CharField(max_length=80, allow_blank=True)
    time_zone = serializers.CharField(max_length=64)
    currency = serializers.RegexField(r"^[A-Z]{3}$")


class FirmView(ActorViewSet):
    """What the firm says of itself: everybody reads it, admins change it."""

    resource = "firm"
    queryset = Firm.objects.none()
    row_class = FirmRow

    def get_queryset(self) -> QuerySet[Any]:
        return Firm.objects.filter(pk=1)

    def lock(self, found: Model) -> None:
        """Only who may change it holds it."""
        if self.actor.administers:
            super().lock(found)

    @extend_schema(operation_id="firm_retrieve", responses=FirmRow)
    def read(self, request: Request) -> Response:
        """The firm's name, accent colour, time zone and currency."""
        return Response(self.row(1))

    @extend_schema(operation_id="firm_update", request=FirmSerializer, responses=FirmRow)
    def partial_update(self, request: Request) -> Response:
        """Say anew how the firm is called and coloured, where and in what money it works."""
        self.thing(1)
        describe_firm(actor=self.actor, **self.body(FirmSerializer, partial=True))
        return Response(self.row(1))
