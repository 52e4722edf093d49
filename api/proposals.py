from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, NothingSerializer, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.proposal_shapes import EstimateSerializer, InputsSerializer
from api.rows import ClientNamed, EngagementNamed, PersonNamed, Row, Shaped, SystemNamed, TicketNamed
from api.systems import SystemViewSet
from engagements.models import AISystem, Engagement
from proposals.actions import (
    Piece,
    approve_proposal,
    change_proposal,
    decline_proposal,
    draft_proposal,
    score_proposal,
    send_proposal,
    undo_decision,
    withdraw_proposal,
)
from proposals.filters import ProposalFilter
from proposals.models import Proposal, ProposalState, ProposalTask
from tickets.models.ticket import ServiceArea


class ProposalTaskRow(Row):
    """A piece of the work that a yes begins, and the ticket it became."""

    position = serializers.IntegerField()
    subject = serializers.CharField()
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    minutes = serializers.IntegerField()
    ticket = TicketNamed(allow_null=True)


class ProposalRow(Row):
    """A workflow expansion: what it would cost and be worth, and what the client decided."""

    added = frozenset({"tasks"})

    id = serializers.UUIDField()
    reference = serializers.CharField(help_text="The human reference within its client, such as P-7.")
    title = serializers.CharField()
    summary = serializers.CharField(help_text="What would change, for the client to read.")
    state = serializers.ChoiceField(choices=ProposalState.choices)
    client = ClientNamed()
    engagement = EngagementNamed()
    system = SystemNamed(allow_null=True)
    inputs = InputsSerializer(allow_null=True)
    estimate = EstimateSerializer(allow_null=True)
    cap_amount = serializers.DecimalField(max_digits=13, decimal_places=3, allow_null=True, help_text="The most this may cost.")
    currency = serializers.CharField()
    tasks = ProposalTaskRow(many=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when the client can decide.")
    sent_at = serializers.DateTimeField(allow_null=True)
    sent_by = PersonNamed(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = PersonNamed(allow_null=True)
    decision_note = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        tasks: dict[UUID, list[Shaped]] = defaultdict(list)
        of_these = ProposalTask.objects.filter(proposal_id__in=[row["id"] for row in rows]).order_by("position")
        for values in of_these.values("proposal_id", *ProposalTaskRow.columns()):
            tasks[values["proposal_id"]].append(ProposalTaskRow.shape(values))
        return [row | {"tasks": tasks[row["id"]]} for row in rows]


class ProposalTaskSerializer(StrictSerializer):
    subject = serializers.CharField(max_length=200)
    minutes = serializers.IntegerField(min_value=1, max_value=100_000)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices, default=ServiceArea.WORKFLOW_EXPANSION)


class ProposalChangeSerializer(StrictSerializer):
    """What may change until the proposal is sent. Tasks are given anew, all of them."""

    title = serializers.CharField(max_length=120)
    summary = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    system = VisibleTo(AISystem, required=False, allow_null=True)
    inputs = InputsSerializer(required=False, allow_null=True)
    tasks = ProposalTaskSerializer(many=True, required=False, max_length=40)  # type: ignore[call-arg]  # of the list that many makes it
    cap_amount = serializers.DecimalField(
        max_digits=13,
        decimal_places=3,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="In the engagement's currency, in no more places than it has; the cost of building where it is left out.",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class ProposalSerializer(ProposalChangeSerializer):
    """A new proposal, estimated at once where it has inputs."""

    engagement = VisibleTo(Engagement)


class SendingSerializer(StrictSerializer):
    cap_amount = serializers.DecimalField(max_digits=13, decimal_places=3, min_value=0, required=False, allow_null=True)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="30 days from now where it is left out.")


class DecisionNoteSerializer(StrictSerializer):
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text="For those who sent the proposal.")


class WithdrawalSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=500, help_text="For the client's approvers.")


class ProposalViewSet(ActorViewSet):
    """Proposals the caller may see: to a client those that were sent. Their state changes through resources of their own."""

    resource = "proposals"
    queryset = Proposal.objects.none()
    row_class = ProposalRow
    serializer_class = ProposalSerializer
    filterset_class = ProposalFilter
    orderings = ("-id", "id", "-updated_at", "updated_at")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet, "system": SystemViewSet}

    def get_queryset(self) -> QuerySet[Proposal]:
        return Proposal.objects.visible_to(self.actor)

    @extend_schema(responses={201: ProposalRow})
    def create(self, request: Request) -> Response:
        """Write an idea down. With inputs it is estimated at once; nobody of the client sees it before it is sent."""
        proposal = draft_proposal(actor=self.actor, **_as_told(self.body(ProposalSerializer)))
        return self.created(proposal, f"proposals/{proposal.pk}")

    @extend_schema(request=ProposalChangeSerializer, responses=ProposalRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what was not sent yet; new inputs are estimated at once."""
        proposal = self.thing(pk)
        change_proposal(actor=self.actor, proposal=proposal, **_as_told(self.body(ProposalChangeSerializer, partial=True)))
        return Response(self.row(pk))

    @extend_schema(operation_id="proposals_scoring", request=NothingSerializer, responses=ProposalRow)
    def score(self, request: Request, pk: UUID) -> Response:
        """Estimate anew with the formula as it is now; the same inputs give the same numbers."""
        proposal = self.thing(pk)
        self.body(NothingSerializer)
        return self._now(score_proposal(actor=self.actor, proposal=proposal))

    @extend_schema(operation_id="proposals_sending", request=SendingSerializer, responses=ProposalRow)
    def send(self, request: Request, pk: UUID) -> Response:
        """Freeze the estimate and ask the client for a decision."""
        proposal = self.thing(pk)
        return self._now(send_proposal(actor=self.actor, proposal=proposal, **self.body(SendingSerializer)))

    @extend_schema(operation_id="proposals_approval", request=DecisionNoteSerializer, responses=ProposalRow)
    def approve(self, request: Request, pk: UUID) -> Response:
        """Say yes, up to the cap, as somebody who approves for the client: its tickets are opened and their hours held."""
        proposal = self.thing(pk)
        return self._now(approve_proposal(actor=self.actor, proposal=proposal, **self.body(DecisionNoteSerializer)))

    @extend_schema(operation_id="proposals_decline", request=DecisionNoteSerializer, responses=ProposalRow)
    def decline(self, request: Request, pk: UUID) -> Response:
        """Say no, with words or without."""
        proposal = self.thing(pk)
        return self._now(decline_proposal(actor=self.actor, proposal=proposal, **self.body(DecisionNoteSerializer)))

    @extend_schema(operation_id="proposals_decision_undo", responses={200: ProposalRow})
    def undo(self, request: Request, pk: UUID) -> Response:
        """Take a decision back within ten minutes, if no work began."""
        return self._now(undo_decision(actor=self.actor, proposal=self.thing(pk)))

    @extend_schema(operation_id="proposals_withdraw", request=WithdrawalSerializer, responses=ProposalRow)
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take back what the client has not decided on yet, with a reason."""
        proposal = self.thing(pk)
        return self._now(withdraw_proposal(actor=self.actor, proposal=proposal, **self.body(WithdrawalSerializer)))

    def _now(self, proposal: Proposal) -> Response:
        return Response(ProposalRow.of(proposal))


def _as_told(body: dict[str, Any]) -> dict[str, Any]:
    """The body as the actions take it."""
    if "tasks" in body:
        body["pieces"] = [Piece(**task) for task in body.pop("tasks")]
    return body
