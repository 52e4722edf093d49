from typing import ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, EngagementNamed, PersonNamed, Row, SystemNamed
from engagements.actions import Plan, add_plan, end_plan, plan_onboarding
from engagements.models import AISystem, Engagement, ServiceArea, ServicePlan


class PlanRow(Row):
    """Work that comes back by itself: each time it is due it becomes a ticket, a week ahead, that holds its minutes."""

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    system = SystemNamed(allow_null=True)
    person = PersonNamed(allow_null=True)
    what = serializers.CharField()
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    cadence = serializers.ChoiceField(choices=ServicePlan.Cadence.choices)
    day = serializers.IntegerField(help_text="The ISO weekday of a weekly plan (1 is Monday), else a day of the month.")
    estimate_minutes = serializers.IntegerField()
    checklist = serializers.CharField(help_text="One step a line.")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="The first day it is not due any more.")
    created_at = serializers.DateTimeField()


class PlanSerializer(StrictSerializer):
    engagement = VisibleTo(Engagement)
    what = serializers.CharField(max_length=200)
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    cadence = serializers.ChoiceField(choices=ServicePlan.Cadence.choices)
    day = serializers.IntegerField(min_value=1, max_value=31, default=1)
    estimate_minutes = serializers.IntegerField(min_value=1, max_value=100_000)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(default=None, allow_null=True)
    checklist = serializers.CharField(max_length=4000, default="", allow_blank=True)
    system = VisibleTo(AISystem, required=False, allow_null=True)
    person = VisibleTo(Person, required=False, allow_null=True)


class PlanEndSerializer(StrictSerializer):
    ends_on = serializers.DateField(help_text="The first day it is not due any more.")


class OnboardingSerializer(StrictSerializer):
    engagement = VisibleTo(Engagement)
    starts_on = serializers.DateField()


class PlanFilter(django_filters.FilterSet):
    """Plans by where they belong, who does them, and whether they go on."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    system = django_filters.UUIDFilter(field_name="system_id")
    person = django_filters.UUIDFilter(field_name="person_id")
    service_area = django_filters.MultipleChoiceFilter(choices=ServiceArea.choices)
    cadence = django_filters.MultipleChoiceFilter(choices=ServicePlan.Cadence.choices)

    class Meta:
        model = ServicePlan
        fields: ClassVar[list[str]] = []


class PlanViewSet(ActorViewSet):
    """Recurring work of the retainers."""

    resource = "engagements"
    queryset = ServicePlan.objects.none()
    row_class = PlanRow
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    orderings = ("-id", "id", "starts_on", "-starts_on")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[ServicePlan]:
        return ServicePlan.objects.visible_to(self.actor)

    @extend_schema(responses={201: PlanRow})
    def create(self, request: Request) -> Response:
        """Plan work that comes back by itself."""
        body = self.body(PlanSerializer)
        added = add_plan(actor=self.actor, engagement=body.pop("engagement"), plan=Plan(**body))
        return self.created(added, f"plans/{added.pk}")

    @extend_schema(operation_id="plans_end", request=PlanEndSerializer, responses=PlanRow)
    def end(self, request: Request, pk: UUID) -> Response:
        """Plan no more of it from a day on. Tickets that are open already stay."""
        plan = self.thing(pk)
        return Response(PlanRow.of(end_plan(actor=self.actor, plan=plan, **self.body(PlanEndSerializer))))

    @extend_schema(operation_id="plans_onboarding", request=OnboardingSerializer, responses={201: PlanRow(many=True)})
    def onboard(self, request: Request) -> Response:
        """Plan the first 60 days of a client from the template: inventory, monitors, baselines, first report."""
        body = self.body(OnboardingSerializer)
        added = plan_onboarding(actor=self.actor, **body)
        where = request.build_absolute_uri(f"/api/v1/plans?engagement={body['engagement'].pk}")
        return Response([PlanRow.of(plan) for plan in added], status=201, headers={"Location": where})
