"""How an engagement lives on: set anew, paused and resumed, ended and taken back, shared with projects."""

from dataclasses import fields
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.base import StrictSerializer, VisibleTo
from api.engagements import EngagementRow, EngagementViewSet
from api.rows import PersonNamed, Row
from api.terms import OfEngagement
from billing.actions.ending import end_as_read, preview_end
from engagements.actions import (
    Living,
    begin_project,
    continue_engagement,
    pause_engagement,
    resume_engagement,
    set_engagement,
)
from engagements.models import Engagement, Pause


class LivingSerializer(StrictSerializer):
    """What may be said anew while an engagement runs. What is left out stays."""

    name = serializers.CharField(max_length=80)
    lead = VisibleTo(Person, allow_null=True)
    needs_approval = serializers.BooleanField(help_text="Whether its time waits for a yes of its lead or an admin.")
    closes_by_itself = serializers.BooleanField()
    notice_days = serializers.IntegerField(min_value=0, max_value=3650)
    committed_until = serializers.DateField(allow_null=True, help_text="The first day on which either side may leave by notice.")
    renewal_months = serializers.IntegerField(min_value=1, max_value=120, allow_null=True)


class PauseRow(Row):
    """Days on which no hours are granted and no fee is charged."""

    id = serializers.UUIDField()
    engagement = serializers.UUIDField(source="engagement_id")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="The first day that counts again; null until it is resumed.")
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class PauseSerializer(StrictSerializer):
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(default=None, allow_null=True, help_text="The first day that counts again.")
    reason = serializers.CharField(max_length=200, help_text="The client reads it.")


class ResumptionSerializer(StrictSerializer):
    on = serializers.DateField(help_text="The first day that counts again. On its first day or before, the pause never was.")


class TerminationSerializer(StrictSerializer):
    ends_on = serializers.DateField(help_text="The first day it no longer runs.")
    reason = serializers.CharField(max_length=200)
    by_agreement = serializers.BooleanField(default=False, help_text="Both agreed, so notice and commitment do not hold it.")
    called_in = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=1_000_000,
        help_text="The borrowed minutes that the preview said are called in: where others would be, nothing ends (debt-called-in). Left"
        " out, it ends however many they are.",
    )


class CalledInRow(Row):
    """Borrowed minutes that no grant comes to repay, with one fate: billed, billed once the client says yes, or at the firm's cost."""

    fate = serializers.ChoiceField(choices=("overage", "unauthorised", "absorbed"))
    minutes = serializers.IntegerField()
    amount = serializers.DecimalField(
        max_digits=15, decimal_places=3, allow_null=True, help_text="Null where they cost nothing, and where no rate was agreed."
    )


class TerminationPreviewRow(Row):
    """What an end would call in. Nothing has ended."""

    called_in_minutes = serializers.IntegerField(help_text="0 where the last grant repays all that was borrowed.")
    rate = serializers.DecimalField(max_digits=11, decimal_places=3, allow_null=True, help_text="An hour.")
    currency = serializers.CharField()
    called_in = CalledInRow(many=True)


class ProjectSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    lead = VisibleTo(Person, required=False, allow_null=True)
    starts_on = serializers.DateField(required=False)


class ProjectRow(Row):
    """Work of its own name that draws on the hours of another retainer."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    lead = PersonNamed(allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class LifeView(EngagementViewSet):
    """One engagement, said anew and ended."""

    @extend_schema(operation_id="engagements_partial_update", request=LivingSerializer, responses=EngagementRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew who leads it, whether its time is approved, and how it is left or renewed."""
        engagement = self.thing(pk)
        said = {field.name: getattr(engagement, field.name) for field in fields(Living)} | self.body(LivingSerializer, partial=True)
        set_engagement(actor=self.actor, engagement=engagement, living=Living(**said))
        return Response(self.row(pk))

    @extend_schema(operation_id="engagements_terminate", request=TerminationSerializer, responses=EngagementRow)
    def terminate(self, request: Request, pk: UUID) -> Response:
        """End it: the last grant is prorated and what it leaves expires."""
        end_as_read(actor=self.actor, engagement=self.thing(pk), **self.body(TerminationSerializer))
        return Response(self.row(pk))

    @extend_schema(operation_id="engagements_termination_preview", request=TerminationSerializer, responses=TerminationPreviewRow)
    def preview_end(self, request: Request, pk: UUID) -> Response:
        """The borrowed minutes that such an end would call in, and at which price. Nothing is kept."""
        engagement, said = self.thing(pk), self.body(TerminationSerializer)
        said.pop("called_in", None)
        debt = preview_end(actor=self.actor, engagement=engagement, **said)
        if debt is None:
            return Response({"called_in_minutes": 0, "rate": None, "currency": engagement.currency, "called_in": []})
        parts = [{"fate": part.fate, "minutes": part.minutes, "amount": part.amount} for part in debt.parts]
        return Response({"called_in_minutes": debt.minutes, "rate": debt.rate, "currency": debt.currency, "called_in": parts})

    @extend_schema(operation_id="engagements_continue", responses={200: EngagementRow})
    def go_on(self, request: Request, pk: UUID) -> Response:
        """Take the end back: it runs on as if it had never been given notice."""
        continue_engagement(actor=self.actor, engagement=self.thing(pk))
        return Response(self.row(pk))


class PauseViewSet(OfEngagement):
    """The pauses of one engagement."""

    queryset = Pause.objects.none()
    row_class: ClassVar[type[Row]] = PauseRow
    serializer_class = PauseSerializer
    orderings = ("-starts_on", "starts_on")

    def get_queryset(self) -> QuerySet[Any]:
        seen = Pause.objects.visible_to(self.actor)
        return seen.filter(engagement=self.engagement) if "engagement_id" in self.kwargs else seen

    @extend_schema(responses={201: PauseRow})
    def create(self, request: Request, engagement_id: UUID) -> Response:
        """Let it rest: no hours and no fee for these days; dated hours live longer by them."""
        engagement = self.engagement
        pause = pause_engagement(actor=self.actor, engagement=engagement, **self.body(PauseSerializer))
        return self.created(pause, f"pauses/{pause.pk}")

    @extend_schema(operation_id="pauses_resume", request=ResumptionSerializer, responses=PauseRow)
    def resume(self, request: Request, pk: UUID) -> Response:
        """Resume on a day. A pause that never was is answered with 204."""
        pause = self.thing(pk)
        resumed = resume_engagement(actor=self.actor, pause=pause, **self.body(ResumptionSerializer))
        return Response(PauseRow.of(resumed)) if resumed else Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take a pause back as if it had never been."""
        pause = self.thing(pk)
        resume_engagement(actor=self.actor, pause=pause, on=pause.starts_on)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProjectViewSet(OfEngagement):
    """The projects that draw on the hours of one retainer."""

    queryset = Engagement.objects.none()
    row_class: ClassVar[type[Row]] = ProjectRow
    serializer_class = ProjectSerializer

    def get_queryset(self) -> QuerySet[Any]:
        return Engagement.objects.visible_to(self.actor).filter(draws_on=self.engagement)

    @extend_schema(responses={201: ProjectRow})
    def create(self, request: Request, engagement_id: UUID) -> Response:
        """Begin a project whose work draws on these hours. It has no terms and no periods of its own."""
        pool = self.engagement
        project = begin_project(actor=self.actor, pool=pool, **self.body(ProjectSerializer))
        return self.created(project, f"engagements/{engagement_id}/projects")
