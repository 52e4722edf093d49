from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request, is_form_media_type
from rest_framework.response import Response

from accounts.models import Client, Person
from api.base import ActorViewSet, StrictSerializer, VisibleTo, state_of
from api.bulk import MOST_ITEMS, Acts, OutcomeRow, each, in_order
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.files import sent_files
from api.people import PersonViewSet
from api.problems import Refused
from api.rendering import OrjsonParser
from api.rows import ClientNamed, Derived, EngagementNamed, PersonNamed, Row, Shaped, SystemNamed
from api.systems import SystemViewSet
from engagements.models import AISystem, Component, Engagement
from tickets.actions import assign_ticket, edit_ticket, open_ticket
from tickets.filters import TicketFilter
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea
from tickets.rules import CLIENT_WORDING, PRIORITIES, Reason, State, Turn, turn


@lru_cache
def _wording(_language: str | None) -> dict[str, str]:
    """Of each state, in the language of the caller, which stands there to be remembered by."""
    return {state.value: _(wording) for state, wording in CLIENT_WORDING.items()}


TURNS = {state.value: turn(state) for state in State}


class TicketRow(Row):
    """A piece of work for one client."""

    derived = {
        "turn": Derived(("state",), TURNS.__getitem__),
        "wording": Derived(("state",), lambda: _wording(get_language()).__getitem__, is_given_once_a_page=True),
    }

    id = serializers.UUIDField()
    reference = serializers.CharField(help_text="The human reference, such as ACM-42.")
    subject = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    turn = serializers.ChoiceField(choices=[party.value for party in Turn], help_text="Who has to act next.")
    wording = serializers.CharField(help_text="What the client reads for the state, in the caller's language.")
    kind = serializers.ChoiceField(choices=Ticket.Kind.choices)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    source = serializers.ChoiceField(choices=Ticket.Source.choices)  # type: ignore[assignment]  # a declared field, as DRF takes it
    priority = serializers.IntegerField(min_value=1, max_value=4)
    urgent = serializers.BooleanField(source="is_urgent_to_client", help_text="The client calls it urgent.")
    client = ClientNamed()
    engagement = EngagementNamed(allow_null=True)
    system = SystemNamed(allow_null=True)
    component = serializers.UUIDField(source="component_id", allow_null=True)
    assignee = PersonNamed(allow_null=True)
    requester = PersonNamed(allow_null=True)
    estimate_minutes = serializers.IntegerField(allow_null=True)
    planned_for = serializers.DateField(allow_null=True, help_text="It stays once the day has come, until the ticket is solved.")
    reason = serializers.ChoiceField(choices=["", *(reason.value for reason in Reason)], help_text="Why it was resolved.")
    state_since = serializers.DateTimeField()
    unanswered_since = serializers.DateTimeField(allow_null=True)
    first_answered_at = serializers.DateTimeField(allow_null=True)
    last_message_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TicketSerializer(StrictSerializer):
    """A new ticket. Somebody of a client leaves `client` out."""

    client = VisibleTo(Client, required=False)
    subject = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=50_000, help_text="The first message, in Markdown.")
    engagement = VisibleTo(Engagement, required=False, allow_null=True)
    system = VisibleTo(AISystem, required=False, allow_null=True)
    component = VisibleTo(Component, required=False, allow_null=True)
    kind = serializers.ChoiceField(choices=Ticket.Kind.choices, required=False)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices, required=False)
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False)
    urgent = serializers.BooleanField(required=False)
    assignee = VisibleTo(Person, required=False, allow_null=True)
    requester = VisibleTo(Person, required=False, allow_null=True)
    estimate_minutes = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        self.fields["client"].required = self.context["request"].user.client_id is None
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "client" not in attrs:
            attrs["client"] = Client.objects.get(pk=self.context["request"].user.client_id)
        return attrs


class TicketWithFilesSerializer(TicketSerializer):
    """A new ticket with files beside its first message, as multipart/form-data."""

    files = sent_files()


class TicketChangeSerializer(StrictSerializer):
    """What describes a ticket. Its state changes through its own resources."""

    subject = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Ticket.Kind.choices)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    priority = serializers.ChoiceField(choices=PRIORITIES)
    engagement = VisibleTo(Engagement, allow_null=True)
    system = VisibleTo(AISystem, allow_null=True)
    component = VisibleTo(Component, allow_null=True)
    estimate_minutes = serializers.IntegerField(min_value=1, max_value=1_000_000, allow_null=True)
    assignee = VisibleTo(Person, allow_null=True)


class NamedChangeSerializer(StrictSerializer):
    """One of many changes; what it changes is looked at when its turn comes."""

    id = serializers.UUIDField()
    if_match = serializers.CharField(max_length=100, help_text="The ETag that was read, or * for any state.")
    changes = serializers.JSONField()


class DescribedChangeSerializer(NamedChangeSerializer):
    """One of many changes, as the document describes it."""

    changes = TicketChangeSerializer(partial=True)  # type: ignore[assignment]  # a stricter field of the same name


class TicketChangesSerializer(StrictSerializer):
    items = DescribedChangeSerializer(many=True, min_length=1, max_length=MOST_ITEMS)  # type: ignore[call-arg]  # of many's list


class TicketOutcomeRow(OutcomeRow):
    object = TicketRow(required=False)


class TicketOutcomesRow(Row):
    """What came of each item, in their order."""

    results = TicketOutcomeRow(many=True)


class TicketViewSet(ActorViewSet):
    """Tickets the caller may see. A state changes through its own resource, never by PATCH."""

    resource = "tickets"
    queryset = Ticket.objects.none()
    row_class = TicketRow
    serializer_class = TicketSerializer
    filterset_class = TicketFilter
    is_compiled_once = True
    parser_classes = [OrjsonParser, MultiPartParser]
    orderings = ("-id", "id", "-updated_at", "updated_at", "-created_at", "created_at")
    expandable = {
        "client": ClientViewSet,
        "engagement": EngagementViewSet,
        "system": SystemViewSet,
        "assignee": PersonViewSet,
        "requester": PersonViewSet,
    }

    def get_queryset(self) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(self.actor)

    @extend_schema(
        request={"application/json": TicketSerializer, "multipart/form-data": TicketWithFilesSerializer}, responses={201: TicketRow}
    )
    def create(self, request: Request) -> Response:
        """File a request, with its first message and the files beside it."""
        taken = TicketWithFilesSerializer if is_form_media_type(request.content_type) else TicketSerializer
        ticket = open_ticket(actor=self.actor, source=Ticket.Source.API, **self.body(taken))
        return self.created(ticket, f"tickets/{ticket.pk}")

    @extend_schema(request=TicketChangeSerializer, responses=TicketRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Describe a ticket better, or hand it to somebody of the firm."""
        ticket = self.thing(pk)
        self._change(ticket, self.body(TicketChangeSerializer, partial=True))
        return Response(self.row(pk))

    @extend_schema(operation_id="tickets_bulk", request=TicketChangesSerializer, responses={207: TicketOutcomesRow})
    def change_many(self, request: Request) -> Response:
        """Change up to 200 tickets. Each is changed or refused by itself; one Idempotency-Key covers them all."""
        acts = Acts(read=lambda item: self.valid(item, NamedChangeSerializer), lock=self._lock_all, act=self._change_one)
        return each(self, acts, status=200)

    def _lock_all(self, named: list[dict[str, Any]]) -> None:
        if self.actor.is_staff:
            seen = self.get_queryset().filter(pk__in=[one["id"] for one in named])
            in_order(Ticket.objects.filter(pk__in=list(seen.values_list("pk", flat=True))))

    def _change_one(self, named: dict[str, Any]) -> Shaped:
        ticket = self.get_queryset().filter(pk=named["id"]).first()
        if ticket is None:
            raise Http404
        if state_of(named["if_match"]) not in {"*", self.held_tag(ticket)}:
            raise Refused(412, "changed-meanwhile", _("Somebody changed this since you read it. Read it again."))
        self._change(ticket, self.valid(named["changes"], TicketChangeSerializer, partial=True))
        return self.row(ticket.pk)

    def _change(self, ticket: Ticket, changes: dict[str, Any]) -> None:
        if "assignee" in changes:
            ticket = assign_ticket(actor=self.actor, ticket=ticket, assignee=changes.pop("assignee"))
        if changes:
            edit_ticket(actor=self.actor, ticket=ticket, **changes)
