"""Time that waits for a yes: handing in and deciding are resources of their own, for one entry or for many at once."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.base import ActorViewSet, NothingSerializer, StrictSerializer, VisibleTo
from api.bulk import MOST_ITEMS
from api.rows import PersonNamed, Row
from api.time_entries import TimeEntryRow
from billing.actions import approve_time, reject_time, submit_time, withdraw_time
from billing.models import TimeDecision, TimeEntry
from engagements.models import Engagement

VERDICTS = ("approved", "rejected")


class VerdictSerializer(StrictSerializer):
    verdict = serializers.ChoiceField(choices=VERDICTS)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True, help_text="Needed to send time back; the person reads it.")


class VerdictsSerializer(VerdictSerializer):
    """All that waits and fits, or the entries that are named. At most 200, all or none."""

    person = VisibleTo(Person, required=False, help_text="Whose time.")
    engagement = VisibleTo(Engagement, required=False)
    work_date_after = serializers.DateField(required=False, help_text="From this day on: the Monday of a week.")
    work_date_before = serializers.DateField(required=False, help_text="Up to this day.")
    entries = serializers.ListField(child=VisibleTo(TimeEntry), required=False, min_length=1, max_length=MOST_ITEMS)


class DecisionOnTimeRow(Row):
    """Who handed an entry in, took it back, approved it or sent it back, and why."""

    id = serializers.UUIDField()
    entry = serializers.UUIDField(source="entry_id")
    verdict = serializers.ChoiceField(choices=TimeDecision.Verdict.choices)
    reason = serializers.CharField()
    person = PersonNamed(allow_null=True)
    at = serializers.DateTimeField()


class DecidedRow(Row):
    """The entries that were decided on, as they are now."""

    entries = TimeEntryRow(many=True)


class OfTime(ActorViewSet):
    """What is decided on time. Of time the caller does not see there is nothing."""

    resource = "time-entries"
    queryset: QuerySet[Any] = TimeEntry.objects.none()
    row_class: ClassVar[type[Row]] = TimeEntryRow

    def get_queryset(self) -> QuerySet[Any]:
        return TimeEntry.objects.visible_to(self.actor)

    def _now(self, entry: TimeEntry) -> Response:
        return Response(TimeEntryRow.of(entry))


class SubmissionView(OfTime):
    @extend_schema(operation_id="time_entries_submit", request=NothingSerializer, responses=TimeEntryRow)
    def submit(self, request: Request, pk: UUID) -> Response:
        """Hand in a draft, or what was sent back."""
        entry = self.thing(pk)
        self.body(NothingSerializer)
        submit_time(actor=self.actor, entries=[entry])
        return self._now(entry)

    @extend_schema(operation_id="time_entries_withdraw", responses={200: TimeEntryRow})
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take back what waits for approval: it burns on, as a draft."""
        entry = self.thing(pk)
        withdraw_time(actor=self.actor, entries=[entry])
        return self._now(entry)


class TimeApprovalView(OfTime):
    @extend_schema(operation_id="time_entries_approval", request=VerdictSerializer, responses=TimeEntryRow)
    def decide(self, request: Request, pk: UUID) -> Response:
        """Approve an entry that waits, or send it back with a reason: it burns nothing until it is handed in anew."""
        entry = self.thing(pk)
        _carry_out(self, [entry], self.body(VerdictSerializer))
        return self._now(entry)

    @extend_schema(operation_id="time_entries_approvals_bulk", request=VerdictsSerializer, responses=DecidedRow)
    def decide_many(self, request: Request) -> Response:
        """Approve or send back all that waits of a person, an engagement or a week, or the entries that are named: all or none."""
        body = self.body(VerdictsSerializer)
        found = _waiting(self.get_queryset(), body)
        if len(found) > MOST_ITEMS:
            told = _("These are more than %(most)d entries. Narrow them down.") % {"most": MOST_ITEMS}
            raise serializers.ValidationError({"entries": [told]}, code="too-many")
        _carry_out(self, found, body)
        return Response({"entries": TimeEntryRow.all_of(self.get_queryset().filter(pk__in=[entry.pk for entry in found]).order_by("pk"))})


class TimeDecisionViewSet(OfTime):
    """What was decided on an entry so far, the latest first. For clients there is no such thing."""

    queryset = TimeDecision.objects.none()
    row_class = DecisionOnTimeRow

    def get_queryset(self) -> QuerySet[Any]:
        entry = TimeEntry.objects.visible_to(self.actor).filter(pk=self.kwargs["entry_id"]).first()
        if entry is None or not self.actor.is_staff:
            raise Http404
        return TimeDecision.objects.visible_to(self.actor).filter(entry=entry)


def _waiting(seen: QuerySet[TimeEntry], body: Mapping[str, Any]) -> list[TimeEntry]:
    if "entries" in body:
        return list(body["entries"])
    asked = {
        "person": body.get("person"),
        "engagement": body.get("engagement"),
        "work_date__gte": body.get("work_date_after"),
        "work_date__lte": body.get("work_date_before"),
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    if not wanted:
        told = _("Say whose time, of which engagement or of which days, or name the entries.")
        raise serializers.ValidationError({"entries": [told]}, code="required")
    return list(seen.awaiting_decision().filter(**wanted).order_by("pk")[: MOST_ITEMS + 1])  # type: ignore[attr-defined]


def _carry_out(view: OfTime, entries: list[TimeEntry], body: Mapping[str, Any]) -> None:
    if body["verdict"] == "approved":
        approve_time(actor=view.actor, entries=entries)
    else:
        reject_time(actor=view.actor, entries=entries, reason=body["reason"])
