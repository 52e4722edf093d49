from dataclasses import fields
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Model, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotAllowed
from accounts.models import Client, Person, Visibility
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.bulk import MOST_ITEMS, Acts, OutcomeRow, each
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.people import PersonViewSet
from api.rows import ClientNamed, Derived, EngagementNamed, PersonNamed, Row, SystemNamed, TicketNamed
from api.systems import SystemViewSet
from api.tickets import TicketViewSet
from billing.actions import Work, change_entry, delete_entry, last_write, log_time, take_back, take_turns
from billing.actions.placing import retainer_of_ticket
from billing.filters import TimeEntryFilter
from billing.models import TimeEntry
from billing.rules.capture import work_date_of
from engagements.models import AISystem, Engagement
from figures.durations import LONGEST_SECONDS
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea


class TimeEntryRow(Row):
    """Work that somebody did on one day: raw seconds beside what they are billed and burned as."""

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    period = serializers.UUIDField(source="period_id")
    person = PersonNamed(allow_null=True, help_text="Who worked; null where the client's level shows entries only.")
    ticket = TicketNamed(allow_null=True)
    system = SystemNamed(allow_null=True)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    kind = serializers.ChoiceField(choices=TimeEntry.Kind.choices)
    work_kind = serializers.CharField(help_text="The kind of work that the terms' weights name.")
    work_date = serializers.DateField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    raw_seconds = serializers.IntegerField()
    billed_minutes = serializers.IntegerField()
    burn_minutes = serializers.IntegerField(help_text="What the hours of the retainer lost by it.")
    note = serializers.CharField()
    state = serializers.ChoiceField(choices=TimeEntry.State.choices)
    is_late = serializers.BooleanField(help_text="Worked in a closed period, posted to an open one.")
    corrects = serializers.UUIDField(
        source="corrects_id", allow_null=True, help_text="The entry of a closed period that this takes time back from."
    )
    adds_to = serializers.UUIDField(
        source="adds_to_id", allow_null=True, help_text="The entry of a closed period that was said anew, to which this late time adds."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OwnTimeEntryRow(TimeEntryRow):
    """As a client reads it whose level shows entries without who worked."""

    derived = {"person": Derived((), lambda: None)}

    person = PersonNamed(allow_null=True)


class WorkSerializer(StrictSerializer):
    """What was done: `minutes` (or `raw_seconds`) on a `work_date`, or from `started_at` to `ended_at`."""

    service_area = serializers.ChoiceField(
        choices=ServiceArea.choices, required=False, help_text="That of the ticket where it is left out."
    )
    minutes = serializers.IntegerField(
        min_value=1, max_value=LONGEST_SECONDS // 60, required=False, help_text="How long; raw_seconds says it to the second."
    )
    raw_seconds = serializers.IntegerField(min_value=1, max_value=LONGEST_SECONDS, required=False, allow_null=True)
    work_date = serializers.DateField(required=False, allow_null=True)
    started_at = serializers.DateTimeField(required=False, allow_null=True)
    ended_at = serializers.DateTimeField(required=False, allow_null=True)
    kind = serializers.ChoiceField(choices=TimeEntry.Kind.choices, required=False)
    work_kind = serializers.CharField(max_length=24, required=False, allow_blank=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text="Shown to the client.")
    ticket = VisibleTo(Ticket, required=False, allow_null=True)
    system = VisibleTo(AISystem, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "minutes" in attrs:
            if attrs.get("raw_seconds") is not None:
                raise serializers.ValidationError({"minutes": [_("Say minutes or raw_seconds, not both.")]}, code="said-twice")
            attrs["raw_seconds"] = attrs.pop("minutes") * 60
        stretch = [name for name in ("started_at", "ended_at") if attrs.get(name) is not None]
        if stretch and attrs.get("raw_seconds") is not None:
            said = _("Say how long it took or from when to when, not both.")
            raise serializers.ValidationError({stretch[0]: [said]}, code="said-twice")
        if len(stretch) == 1 and not self.partial:
            missing = "ended_at" if stretch == ["started_at"] else "started_at"
            raise serializers.ValidationError({missing: [_("A stretch has a start and an end.")]}, code="required")
        return attrs


class TimeEntrySerializer(WorkSerializer):
    """Work on a `ticket`, or on an `engagement` in a `service_area`."""

    engagement = VisibleTo(Engagement, required=False, help_text="The one that carries work on the ticket where it is left out.")
    person = VisibleTo(Person, required=False, allow_null=True, help_text="Who worked; the caller where nobody is named.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs, ticket = super().validate(attrs), attrs.get("ticket")
        if ticket is None:
            told = _("Name it, or the ticket this was for.")
            missing = {name: [told] for name in ("engagement", "service_area") if name not in attrs}
            if missing:
                raise serializers.ValidationError(missing, code="required")
            return attrs
        attrs.setdefault("service_area", ticket.service_area)
        if "engagement" not in attrs:
            began = attrs.get("started_at")
            day = attrs.get("work_date") or (work_date_of(began, ZoneInfo(ticket.client.time_zone)) if began else None)
            attrs["engagement"] = retainer_of_ticket(self.context["request"].user, ticket, day)
        return attrs


class TimeEntriesSerializer(StrictSerializer):
    items = TimeEntrySerializer(many=True, min_length=1, max_length=MOST_ITEMS)  # type: ignore[call-arg]  # of the list that many makes it


class TimeEntryOutcomeRow(OutcomeRow):
    object = TimeEntryRow(required=False)


class TimeEntryOutcomesRow(Row):
    """What came of each item, in their order."""

    results = TimeEntryOutcomeRow(many=True)


class TotalsRow(Row):
    """The sums of all entries that the same filter lists."""

    entries = serializers.IntegerField()
    raw_seconds = serializers.IntegerField()
    billed_minutes = serializers.IntegerField()
    burn_minutes = serializers.IntegerField()


SUMMED_BY = frozenset({"client", "engagement", "period", "ticket", "service_area"})


class TimeEntryViewSet(ActorViewSet):
    """Time that was logged. A client sees neither internal time nor what was sent back."""

    resource = "time-entries"
    queryset = TimeEntry.objects.none()
    row_class = TimeEntryRow
    serializer_class = TimeEntrySerializer
    filterset_class = TimeEntryFilter
    is_compiled_once = True
    asked_actions = frozenset({"list", "totals"})
    orderings = ("-id", "id", "-work_date", "work_date", "-updated_at", "updated_at")
    expandable = {
        "client": ClientViewSet,
        "engagement": EngagementViewSet,
        "person": PersonViewSet,
        "ticket": TicketViewSet,
        "system": SystemViewSet,
    }

    def get_queryset(self) -> QuerySet[TimeEntry]:
        return TimeEntry.objects.visible_to(self.actor)

    def get_row_class(self) -> type[Row]:
        return OwnTimeEntryRow if self._hides_people else TimeEntryRow

    @property
    def _hides_people(self) -> bool:
        return self.actor.is_member and not Client.objects.visible_to(self.actor).filter(visibility=Visibility.PEOPLE).exists()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if "person" in self.request.query_params and self._hides_people:
            raise NotAllowed(_("Your company reads its entries without who worked, so they cannot be asked for by person."))
        return super().filter_queryset(queryset)

    def lock(self, found: Model) -> None:
        """The person's hours before the retainer, as every action on time does; the retainer stands for all of its entries."""
        if self.actor.is_staff and isinstance(found, TimeEntry):
            take_turns(people={found.person_id}, engagements={found.engagement_id})

    @extend_schema(responses={201: TimeEntryRow})
    def create(self, request: Request) -> Response:
        """Log work. Never refused for lack of hours: only its coverage changes."""
        body = self.body(TimeEntrySerializer)
        entry = self._log(body)
        entry.person = body.get("person") or Person(pk=entry.person_id, name=self.actor.name)  # whoever logs for nobody else is known
        return self.created_row(self.get_row_class().at_hand(entry), entry, f"time-entries/{entry.pk}")

    @extend_schema(operation_id="time_entries_bulk", request=TimeEntriesSerializer, responses={207: TimeEntryOutcomesRow})
    def log_many(self, request: Request) -> Response:
        """Log up to 200 pieces of work. Each is logged or refused by itself; one Idempotency-Key covers them all."""
        acts = Acts(
            read=lambda item: self.valid(item, TimeEntrySerializer), lock=self._lock_all, act=lambda body: TimeEntryRow.of(self._log(body))
        )
        return each(self, acts, status=201)

    def _lock_all(self, bodies: list[dict[str, Any]]) -> None:
        """Whose hours are claimed, then the retainers, each by id: two bulks in other orders wait for each other and never deadlock."""
        if self.actor.is_staff:
            people = {person.pk for body in bodies if (person := body.get("person")) is not None}
            take_turns(people={*people, self.actor.person_id}, engagements={body["engagement"].pk for body in bodies})

    def _log(self, body: dict[str, Any]) -> TimeEntry:
        work = {name: value for name, value in body.items() if name not in {"engagement", "person"}}
        return log_time(actor=self.actor, engagement=body["engagement"], person=body.get("person"), work=Work(**work))

    @extend_schema(request=WorkSerializer, responses=TimeEntryRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew what an entry was. One of a closed period stands: the answer is what was written into the open one instead, a
        correction (`corrects`) or late time (`adds_to`); said twice, it is refused as said already.
        """
        entry = self.thing(pk)
        changed = change_entry(actor=self.actor, entry=entry, work=_changed(entry, self.body(WorkSerializer, partial=True)))
        return Response(self.row(changed.pk))

    @extend_schema(responses={204: None, 200: TimeEntryRow})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take an entry away; the audit trail keeps what it was. One of a closed period stands: the answer is the correction that takes
        its time back.
        """
        correction = delete_entry(actor=self.actor, entry=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT) if correction is None else Response(self.row(correction.pk))

    @extend_schema(operation_id="time_entries_undo", request=None, responses={200: TimeEntryRow, 204: None})
    def undo(self, request: Request, pk: UUID) -> Response:
        """Take back what the caller did last to an entry, within ten minutes: 200 with it as it was, 204 where it had just been logged."""
        self.nothing()
        found = last_write(actor=self.actor, entry_id=pk) if self.actor.is_staff else None
        if found is None:
            raise Http404
        trace, at = found
        take_back(actor=self.actor, traces=[trace], at=at)
        return Response(status=status.HTTP_204_NO_CONTENT) if trace.before is None else Response(self.row(pk))

    @extend_schema(operation_id="time_entries_totals", responses=TotalsRow)
    def totals(self, request: Request) -> Response:
        """How many entries the filter finds, and their sums in seconds and minutes; one query.

        A client that reads sums only may ask by engagement and ticket, not day by day.
        """
        self._refuse_finer_sums()
        found = self.filter_queryset(TimeEntry.objects.summed_for(self.actor))
        sums = {name: Coalesce(Sum(name), 0) for name in ("raw_seconds", "billed_minutes", "burn_minutes")}
        return Response(found.aggregate(entries=Count("pk"), **sums))

    def _refuse_finer_sums(self) -> None:
        level = Client.objects.visible_to(self.actor).values_list("visibility", flat=True).first() if self.actor.is_member else None
        if level == Visibility.BALANCE:
            raise NotAllowed(_("Your company reads its balance only. See the balance of your client, and its periods."))
        if level == Visibility.TICKETS and not SUMMED_BY.issuperset(self.request.query_params):
            raise NotAllowed(_("Your company reads sums by ticket. Ask by client, engagement, period, ticket or service area."))


def _changed(entry: TimeEntry, changes: dict[str, Any]) -> Work:
    """The work of an entry with changes: a stretch gives way to a duration on a day, and a duration to a stretch."""
    work = {field.name: getattr(entry, field.name) for field in fields(Work)} | changes
    if {"raw_seconds", "work_date"} & changes.keys():
        work |= {"started_at": None, "ended_at": None}
    elif {"started_at", "ended_at"} & changes.keys() or entry.started_at is not None:
        work |= {"raw_seconds": None, "work_date": None}
    return Work(**work)
