"""How lists of tickets are narrowed, by pages and programs alike."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea
from tickets.rules import CLIENT_WORDING, PRIORITIES, TURNS, State, Turn

ME = "me"


class MeOrUuid(django_filters.CharFilter):
    """A person's id, or `me` for whoever asks."""

    def filter(self, qs: "QuerySet[Ticket]", value: str) -> "QuerySet[Ticket]":
        if not value:
            return qs
        person = self._person(value)
        return qs.filter(**{str(self.field_name): person}) if person is not None else qs.none()

    def _person(self, value: str) -> UUID | None:
        if value == ME:
            actor: Actor | None = getattr(self, "parent").actor  # noqa: B009 (django-filter sets it on each bound filter)
            return actor.person_id if actor is not None else None
        try:
            return UUID(value)
        except ValueError:
            return None


class TicketFilter(django_filters.FilterSet):
    """Tickets by state, turn, people, system and time. Ids of what the caller may not see match nothing.

    `updated_since` and `created_after` include their moment, `created_before` does not.
    """

    state = django_filters.MultipleChoiceFilter(choices=[(state.value, CLIENT_WORDING[state]) for state in State])
    turn = django_filters.ChoiceFilter(choices=[(Turn.US.value, _("with us")), (Turn.CLIENT.value, _("your turn"))], method="of_turn")
    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    system = django_filters.UUIDFilter(field_name="system_id")
    assignee = MeOrUuid(field_name="assignee_id")
    requester = MeOrUuid(field_name="requester_id")
    kind = django_filters.MultipleChoiceFilter(choices=Ticket.Kind.choices)
    service_area = django_filters.MultipleChoiceFilter(choices=ServiceArea.choices)
    priority = django_filters.MultipleChoiceFilter(choices=[(number, str(number)) for number in PRIORITIES])
    q = django_filters.CharFilter(method="of_words", label=_("subject or reference"))
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")
    updated_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def __init__(self, *args: Any, actor: Actor | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor or getattr(self.request, "actor", None)

    def of_turn(self, tickets: "QuerySet[Ticket]", _name: str, value: str) -> "QuerySet[Ticket]":
        return tickets.filter(state__in=[state for state, turn in TURNS.items() if turn == value])

    def of_words(self, tickets: "QuerySet[Ticket]", _name: str, value: str) -> "QuerySet[Ticket]":
        """A reference as it is written, or a part of the subject."""
        return tickets.filter(Q(reference__iexact=value.strip()) | Q(subject__icontains=value.strip()))
