import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, Derived, EngagementNamed, Row
from billing.filters import PeriodFilter
from billing.models import Period
from billing.models.ledger import ledger_of

COVERAGES = ("covered", "borrowed", "overage", "unauthorised", "absorbed")


class PeriodRow(Row):
    """One period of one retainer, in minutes: opening + granted + adjusted - covered - expired = closing."""

    derived = {"left_minutes": Derived(("capacity_minutes", "covered_minutes"), lambda capacity, covered: capacity - covered)}

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The first day after the period.")
    opening_minutes = serializers.IntegerField()
    granted_minutes = serializers.IntegerField()
    adjusted_minutes = serializers.IntegerField()
    capacity_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    covered_minutes = serializers.IntegerField()
    borrowed_minutes = serializers.IntegerField()
    overage_minutes = serializers.IntegerField()
    unauthorised_minutes = serializers.IntegerField()
    absorbed_minutes = serializers.IntegerField()
    expired_minutes = serializers.IntegerField()
    closing_minutes = serializers.IntegerField()
    left_minutes = serializers.IntegerField()
    is_history = serializers.BooleanField(help_text="Imported time from before the promise: nothing is billed or alerted.")
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class CoverageOfEntryRow(Row):
    """Where minutes of one entry went: into a lot of hours, or beyond all of them."""

    entry = serializers.UUIDField()
    work_date = serializers.DateField()
    lot = serializers.UUIDField(allow_null=True)
    kind = serializers.ChoiceField(choices=COVERAGES)
    minutes = serializers.IntegerField()


class CoverageRow(Row):
    """The projection of an open period: every minute that burned, and what covered it."""

    period = serializers.UUIDField()
    rows = CoverageOfEntryRow(many=True)


class PeriodViewSet(ActorViewSet):
    """Periods with their totals. While one is open they are the projection of its entries."""

    resource = "periods"
    queryset = Period.objects.none()
    row_class = PeriodRow
    filterset_class = PeriodFilter
    orderings = ("-starts_on", "starts_on", "-id", "id")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[Period]:
        return Period.objects.visible_to(self.actor)

    @extend_schema(responses=CoverageRow)
    def coverage(self, request: Request, pk: UUID) -> Response:
        """Which entry drew on which lot. Empty for a period that is history."""
        period = self.thing(pk)
        mine = [projected for projected in ledger_of(period.engagement) if projected.period.pk == period.pk]
        rows: list[dict[str, Any]] = []
        for projected in mine:
            days: dict[Any, dt.date] = {entry.pk: entry.work_date for entry in projected.entries}
            rows += [
                {"entry": row.entry_id, "work_date": days[row.entry_id], "lot": row.lot_id, "kind": row.kind, "minutes": row.minutes}
                for row in projected.projection.coverages
            ]
        return Response({"period": period.pk, "rows": rows})
