"""A ticket's state changes: each is a resource of its own, made by POST, and undone by DELETE where it can be."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.base import ActorViewSet, NothingSerializer, StrictSerializer, VisibleTo
from api.rows import PersonNamed, Row, Shaped
from api.tickets import TicketRow
from tickets.actions import accept_ticket, ask_approval, close_ticket, decide_estimate, reopen_ticket, resolve_ticket, schedule_ticket
from tickets.models import EstimateApproval, Ticket
from tickets.rules import Reason


class AcceptanceSerializer(StrictSerializer):
    assignee = VisibleTo(Person, required=False, allow_null=True, help_text="Who takes it; the caller where nobody is named.")


class ScheduleSerializer(StrictSerializer):
    planned_for = serializers.DateField(help_text="From tomorrow up to 90 days ahead.")
    body = serializers.CharField(max_length=50_000, help_text="What the client reads about the plan.")


class ResolutionSerializer(StrictSerializer):
    reason = serializers.ChoiceField(choices=[reason.value for reason in Reason], default="done")
    summary = serializers.CharField(max_length=50_000, default="", allow_blank=True, help_text="What was done, for the client to read.")


class ApprovalRequestSerializer(StrictSerializer):
    minutes = serializers.IntegerField(min_value=1, max_value=1_000_000)
    body = serializers.CharField(max_length=50_000, help_text="Why it takes that long, for the client to read.")
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class DecisionSerializer(StrictSerializer):
    approved = serializers.BooleanField()


class ApprovalRow(Row):
    """An estimate sent to the client for a yes."""

    id = serializers.UUIDField()
    ticket = serializers.UUIDField(source="ticket_id")
    minutes = serializers.IntegerField()
    asked_by = PersonNamed(allow_null=True)
    asked_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decision = serializers.ChoiceField(choices=["", *EstimateApproval.Decision.values], help_text="Empty while it is pending.")
    decided_by = PersonNamed(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class OfTicket(ActorViewSet):
    """What belongs to one ticket; of a ticket the caller does not see there is nothing."""

    resource = "tickets"
    queryset = Ticket.objects.none()
    row_class: ClassVar[type[Row]] = TicketRow

    def get_queryset(self) -> QuerySet[Any]:
        return Ticket.objects.visible_to(self.actor)

    def _now(self, ticket: Ticket) -> Response:
        return Response(TicketRow.of(ticket))


class AcceptanceView(OfTicket):
    @extend_schema(request=AcceptanceSerializer, responses=TicketRow)
    def accept(self, request: Request, pk: UUID) -> Response:
        """Take a ticket on: it is open, and somebody's."""
        ticket = self.thing(pk)
        body = self.body(AcceptanceSerializer)
        return self._now(accept_ticket(actor=self.actor, ticket=ticket, assignee=body.get("assignee")))


class ScheduleView(OfTicket):
    @extend_schema(request=ScheduleSerializer, responses=TicketRow)
    def schedule(self, request: Request, pk: UUID) -> Response:
        """Plan a ticket for a later day, and tell the client."""
        ticket = self.thing(pk)
        return self._now(schedule_ticket(actor=self.actor, ticket=ticket, **self.body(ScheduleSerializer)))


class ResolutionView(OfTicket):
    @extend_schema(request=ResolutionSerializer, responses=TicketRow)
    def resolve(self, request: Request, pk: UUID) -> Response:
        """Say that it is solved; the firm says how, in words the client reads."""
        ticket = self.thing(pk)
        return self._now(resolve_ticket(actor=self.actor, ticket=ticket, **self.body(ResolutionSerializer)))

    @extend_schema(responses={200: TicketRow})
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Open a solved ticket again: the firm until it is closed, a client within 14 days."""
        return self._now(reopen_ticket(actor=self.actor, ticket=self.thing(pk)))


class ClosureView(OfTicket):
    @extend_schema(request=NothingSerializer, responses=TicketRow)
    def close(self, request: Request, pk: UUID) -> Response:
        """Confirm, as the client, that a solved ticket is done."""
        ticket = self.thing(pk)
        self.body(NothingSerializer)
        return self._now(close_ticket(actor=self.actor, ticket=ticket))


class ApprovalRequestView(OfTicket):
    row_class = ApprovalRow

    @extend_schema(request=ApprovalRequestSerializer, responses={201: ApprovalRow})
    def ask(self, request: Request, pk: UUID) -> Response:
        """Ask the client for a yes to an estimate; 14 days to answer unless said otherwise."""
        ticket = self.thing(pk)
        approval = ask_approval(actor=self.actor, ticket=ticket, **self.body(ApprovalRequestSerializer))
        return self.created(approval, f"tickets/{pk}/approval-request", ApprovalRow)

    @extend_schema(operation_id="tickets_approval_request_retrieve", responses=ApprovalRow)
    def read(self, request: Request, pk: UUID) -> Response:
        """The newest estimate that was sent to the client, with its decision."""
        ticket = self.thing(pk)
        newest = EstimateApproval.objects.visible_to(self.actor).filter(ticket=ticket).order_by("-asked_at", "-id")[:1]
        rows: list[Shaped] = ApprovalRow.all_of(newest)
        if not rows:
            raise Http404
        return Response(rows[0])


class DecisionView(OfTicket):
    row_class = ApprovalRow

    @extend_schema(request=DecisionSerializer, responses=ApprovalRow)
    def decide(self, request: Request, pk: UUID) -> Response:
        """Say yes or no to the pending estimate, as somebody who approves for the client."""
        ticket = self.thing(pk)
        return Response(ApprovalRow.of(decide_estimate(actor=self.actor, ticket=ticket, **self.body(DecisionSerializer))))
