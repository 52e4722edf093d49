from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, NothingSerializer, StrictSerializer, VisibleTo
from api.rows import ClientNamed, EngagementNamed, Row, TicketNamed
from api.time_entries import TimeEntryRow
from billing.actions import discard_timer, start_timer, stop_timer
from billing.actions.placing import retainer_of_ticket
from billing.models import Timer
from engagements.models import Engagement
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea


class TimerRow(Row):
    """The clock that runs beside the caller's work."""

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    ticket = TicketNamed(allow_null=True)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    note = serializers.CharField()
    started_at = serializers.DateTimeField()


class TimerSerializer(StrictSerializer):
    """The clock on a `ticket`, or on an `engagement`."""

    engagement = VisibleTo(Engagement, required=False, help_text="The one that carries work on the ticket where it is left out.")
    ticket = VisibleTo(Ticket, required=False, allow_null=True)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices, required=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "engagement" not in attrs:
            if attrs.get("ticket") is None:
                raise serializers.ValidationError({"engagement": [_("Name it, or the ticket this is for.")]}, code="required")
            attrs["engagement"] = retainer_of_ticket(self.context["request"].user, attrs["ticket"])
        return attrs


class TimerView(ActorViewSet):
    """The one timer a person runs. There is none for clients."""

    resource = "time-entries"
    queryset = Timer.objects.none()
    row_class = TimerRow
    serializer_class = TimerSerializer

    def get_queryset(self) -> QuerySet[Timer]:
        if not self.actor.is_staff:
            raise Http404
        return Timer.objects.visible_to(self.actor).running().of(self.actor)

    def _running(self) -> Timer:
        found = self.get_queryset().first()
        if found is None:
            raise Http404
        return found

    @extend_schema(operation_id="timer_retrieve", responses=TimerRow)
    def read(self, request: Request) -> Response:
        """The running timer; 404 where none runs."""
        return Response(TimerRow.of(self._running()))

    @extend_schema(operation_id="timer_start", responses={201: TimerRow})
    def start(self, request: Request) -> Response:
        """Start the clock; one that already runs is stopped at this instant and logged."""
        self.get_queryset()
        timer = start_timer(actor=self.actor, **self.body(TimerSerializer))
        return self.created(timer, "timer")

    @extend_schema(operation_id="timer_discard", responses={204: None})
    def discard(self, request: Request) -> Response:
        """Stop the clock without logging anything."""
        discard_timer(actor=self.actor, timer=self._running())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="timer_stop",
        request=NothingSerializer,
        responses={201: TimeEntryRow, 204: OpenApiResponse(description="It measured less than a second, so nothing was logged.")},
    )
    def stop(self, request: Request) -> Response:
        """Stop the clock and log what it measured."""
        self.body(NothingSerializer)
        entry = stop_timer(actor=self.actor, timer=self._running())
        if entry is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.created(entry, f"time-entries/{entry.pk}", TimeEntryRow)
