from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.branding import hang_logo, take_down_logo
from accounts.actions.firm import describe_firm
from accounts.errors import NotAllowed
from accounts.models import Firm
from accounts.policies import may_describe_firm
from api.base import ActorViewSet, StrictSerializer
from api.rows import Derived, Row


class FirmRow(Row):
    """The firm that runs this installation."""

    derived = {"logo": Derived(("logo_id",), lambda pk: reverse("logo", args=[pk]) if pk else None)}

    name = serializers.CharField()
    hue = serializers.IntegerField(help_text="The accent colour, in degrees from 0 to 360.")
    sender_name = serializers.CharField(help_text="The name that mail comes from; empty for the name of the firm.")
    time_zone = serializers.CharField()
    currency = serializers.CharField()
    logo = serializers.CharField(allow_null=True, help_text="The address of the picture; null where there is none.")


class FirmSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    hue = serializers.IntegerField(min_value=0, max_value=360)
    sender_name = serializers.CharField(max_length=80, allow_blank=True)
    time_zone = serializers.CharField(max_length=64)
    currency = serializers.RegexField(r"^[A-Z]{3}$")


class LogoSerializer(StrictSerializer):
    file = serializers.FileField(help_text="A PNG, JPEG or WebP picture of at most 1 MB.")


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


class LogoView(FirmView):
    """The firm's logo, as pages and mail show it: admins hang it and take it down."""

    matched_actions = frozenset()  # a picture replaces whatever hung there
    parser_classes = (MultiPartParser,)

    @extend_schema(operation_id="firm_logo_create", request={"multipart/form-data": LogoSerializer}, responses={200: FirmRow})
    def hang(self, request: Request) -> Response:
        """Make the logo anew from a picture, told by its content."""
        if not may_describe_firm(self.actor):  # before a file is read that is not wanted
            raise NotAllowed(_("Only admins change how the firm looks."))
        hang_logo(actor=self.actor, file=self.body(LogoSerializer)["file"])
        return Response(self.row(1))

    @extend_schema(operation_id="firm_logo_destroy", responses={204: None})
    def destroy(self, request: Request) -> Response:
        """Show the firm's name without a picture again."""
        take_down_logo(actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
