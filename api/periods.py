import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotAllowed
from api.base import ActorViewSet, StrictSerializer
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, Derived, EngagementNamed, Row
from billing.actions import close_period, preview_close, reopen_period
from billing.filters import PeriodFilter
from billing.models import Period, TimeEntry
from billing.models.ledger import ledger_of
from billing.policies import may_close_periods

COVERAGES = ("covered", "borrowed", "overage", "unauthorised", "absorbed")


class PeriodRow(Row):
    """One period of one retainer, in minutes: opening + granted + adjusted - covered - expired = closing, and
    used = covered + borrowed + overage + unauthorised + absorbed.
    """

    derived = {
        "left_minutes": Derived(("capacity_minutes", "covered_minutes"), lambda capacity, covered: capacity - covered),
        "opening_is_provisional": Derived(("waits_for",), lambda waits_for: waits_for is not None),
    }

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The first day after the period.")
    opening_minutes = serializers.IntegerField()
    opening_is_provisional = serializers.BooleanField(help_text="The period before is open: the opening is what it would leave now.")
    waits_for_period_from = serializers.DateField(
        source="waits_for", allow_null=True, help_text="The first day of that period; null where the opening is final."
    )
    granted_minutes = serializers.IntegerField()
    adjusted_minutes = serializers.IntegerField()
    capacity_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    covered_minutes = serializers.IntegerField()
    borrowed_minutes = serializers.IntegerField()
    overage_minutes = serializers.IntegerField()
    unauthorised_minutes = serializers.IntegerField()
    absorbed_minutes = serializers.IntegerField()
    repaid_minutes = serializers.IntegerField(help_text="Borrowed by an earlier period, and taken off the grants of this one.")
    owed_minutes = serializers.IntegerField(help_text="Borrowed by an earlier period, and still to be taken off a grant to come.")
    unrepaid_minutes = serializers.IntegerField(
        help_text="Borrowed by an earlier period and called in by the last one, as no grant comes that could repay it: in no use of this"
        " period. What becomes of it are the three fields that follow."
    )
    unrepaid_overage_minutes = serializers.IntegerField(help_text="Of that, billed.")
    unrepaid_unauthorised_minutes = serializers.IntegerField(help_text="Of that, billed once the client authorises it.")
    unrepaid_absorbed_minutes = serializers.IntegerField(help_text="Of that, at the firm's cost.")
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


class ClosurePreviewRow(Row):
    """What a close would make now, and what stands in its way. Nothing has changed."""

    period = serializers.UUIDField()
    may_close = serializers.BooleanField()
    unapproved = serializers.IntegerField(help_text="Entries that wait for approval; a close needs a reason then.")
    obstacles = serializers.ListField(child=serializers.CharField())
    document = serializers.DictField(help_text="The statement's document, as docs/guides/closing.md describes it.")


class ClosureSerializer(StrictSerializer):
    override_reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Needed where time waits for approval; the statement keeps it."
    )


class ReopeningSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=200, help_text="Kept with the superseded statement.")


class PeriodViewSet(ActorViewSet):
    """Periods with their totals. While one is open they are the projection of its entries."""

    resource = "periods"
    queryset = Period.objects.none()
    row_class = PeriodRow
    filterset_class = PeriodFilter
    orderings = ("-starts_on", "starts_on", "-id", "id")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[Period]:
        return Period.objects.visible_to(self.actor).with_waits_for()

    @extend_schema(operation_id="periods_closure_preview", responses=ClosurePreviewRow)
    def preview(self, request: Request, pk: UUID) -> Response:
        """The statement that a close would make now, and what stands in its way. A closed period has none to come."""
        period: Period = self.thing(pk)
        if not may_close_periods(self.actor):
            raise NotAllowed(_("Only admins and leads close a period."))
        if period.closed_at is not None or period.is_history:
            raise Http404
        found = preview_close(period.engagement, period)
        return Response(
            {
                "period": period.pk,
                "may_close": found.may_close,
                "unapproved": found.unapproved,
                "obstacles": list(found.obstacles),
                "document": found.document,
            }
        )

    @extend_schema(operation_id="periods_close", request=ClosureSerializer, responses=PeriodRow)
    def close(self, request: Request, pk: UUID) -> Response:
        """Freeze a period whose days are over and make its statement. Closing it again changes nothing."""
        period = self.thing(pk)
        close_period(actor=self.actor, period=period, **self.body(ClosureSerializer))
        return Response(self.row(pk))

    @extend_schema(operation_id="periods_reopen", request=ReopeningSerializer, responses=PeriodRow)
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Open the period that closed last once more, before its statement was sent."""
        period = self.thing(pk)
        reopen_period(actor=self.actor, period=period, **self.body(ReopeningSerializer))
        return Response(self.row(pk))

    @extend_schema(responses=CoverageRow)
    def coverage(self, request: Request, pk: UUID) -> Response:
        """Which entry drew on which lot of an open period. Empty for one that is closed: its statement says it, and for history."""
        period = self.thing(pk)
        if not TimeEntry.objects.visible_to(self.actor).filter(period=period).exists():  # none, or none that this client reads
            return Response({"period": period.pk, "rows": []})
        mine = [projected for projected in ledger_of(period.engagement) if projected.period.pk == period.pk]
        rows: list[dict[str, Any]] = []
        for projected in mine:
            days: dict[Any, dt.date] = {entry.id: entry.work_date for entry in projected.entries}
            rows += [
                {"entry": row.entry_id, "work_date": days[row.entry_id], "lot": row.lot_id, "kind": row.kind, "minutes": row.minutes}
                for row in projected.projection.coverages
            ]
        return Response({"period": period.pk, "rows": rows})
