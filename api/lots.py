from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import StrictSerializer
from api.people import PersonViewSet
from api.rows import PersonNamed, Row
from api.terms import OfEngagement
from billing.actions import give_lot
from billing.models import Lot
from tickets.models.ticket import ServiceArea

GIVEN = (Lot.Kind.TOP_UP.value, Lot.Kind.GOODWILL.value)


class LotRow(Row):
    """Minutes with a life: granted when a period opens, or given or bought besides."""

    id = serializers.UUIDField()
    engagement = serializers.UUIDField(source="engagement_id")
    period = serializers.UUIDField(source="period_id", allow_null=True, help_text="The period a grant was made for.")
    kind = serializers.ChoiceField(choices=Lot.Kind.values)
    minutes = serializers.IntegerField()
    left_minutes = serializers.IntegerField(allow_null=True, help_text="Null for a grant, which lives whole periods.")
    usable_from = serializers.DateField()
    usable_until = serializers.DateField(help_text="The first day it is no longer usable.")
    service_areas = serializers.ListField(child=serializers.ChoiceField(choices=ServiceArea.choices), help_text="Empty is every area.")
    reason = serializers.CharField()
    given_by = PersonNamed(allow_null=True)
    created_at = serializers.DateTimeField()


class LotSerializer(StrictSerializer):
    """Hours besides the retainer's."""

    kind = serializers.ChoiceField(choices=GIVEN)
    minutes = serializers.IntegerField(min_value=1, max_value=1_000_000)
    usable_from = serializers.DateField()
    usable_until = serializers.DateField(help_text="The first day they are no longer usable.")
    reason = serializers.CharField(max_length=200, help_text="Why; the client reads it.")
    service_areas = serializers.ListField(child=serializers.ChoiceField(choices=ServiceArea.choices), max_length=20, default=[])


class LotViewSet(OfEngagement):
    """The hours of one engagement by where they came from: its grants, top-ups and goodwill."""

    resource = "periods"
    queryset = Lot.objects.none()
    row_class = LotRow
    serializer_class = LotSerializer
    orderings = ("-id", "id", "-usable_from", "usable_from")
    expandable = {"given_by": PersonViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        return Lot.objects.visible_to(self.actor).filter(engagement=self.engagement)

    @extend_schema(responses={201: LotRow})
    def create(self, request: Request, engagement_id: UUID) -> Response:
        """Give hours besides the retainer's: a top-up or goodwill, with a reason and a life."""
        lot = give_lot(actor=self.actor, engagement=self.engagement, **self.body(LotSerializer))
        return self.created(lot, f"engagements/{engagement_id}/lots")
