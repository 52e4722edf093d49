from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Client, Person
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.people import PersonViewSet
from api.rows import ClientNamed, PersonNamed, Row, Shaped
from api.terms import FirstTermsSerializer, TermsRow, TermsWithoutMoneyRow
from billing.actions import open_periods_of
from engagements.actions import begin_engagement
from engagements.models import Engagement, RetainerTerms
from engagements.policies import may_see_money
from engagements.rules import Terms


class EngagementRow(Row):
    """A retainer: the promise of hours to one client."""

    added = frozenset({"terms"})
    terms_class: ClassVar[type[TermsRow]] = TermsRow

    id = serializers.UUIDField()
    client = ClientNamed()
    name = serializers.CharField()
    currency = serializers.CharField()
    lead = PersonNamed(allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="The first day after the engagement.")
    committed_until = serializers.DateField(allow_null=True, help_text="The first day on which either side may leave by notice.")
    renewal_months = serializers.IntegerField(allow_null=True, help_text="By how many months it renews unless somebody gives notice.")
    notice_days = serializers.IntegerField()
    needs_approval = serializers.BooleanField(help_text="Whether its time waits for a yes of its lead or an admin.")
    closes_by_itself = serializers.BooleanField(help_text="Whether its periods close once the days for late logging are over.")
    draws_on = serializers.UUIDField(source="draws_on_id", allow_null=True, help_text="The retainer whose hours it shares.")
    is_imported = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    terms = TermsRow(allow_null=True)

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        in_force = RetainerTerms.objects.in_force(timezone.localdate()).filter(engagement_id__in=[row["id"] for row in rows])
        shown = cls.terms_class
        found = {values["engagement_id"]: shown.shape(values) for values in in_force.values("engagement_id", *shown.columns())}
        return [row | {"terms": found.get(row["id"])} for row in rows]


class EngagementWithoutMoneyRow(EngagementRow):
    terms_class = TermsWithoutMoneyRow
    terms = TermsWithoutMoneyRow(allow_null=True)


class EngagementSerializer(StrictSerializer):
    client = VisibleTo(Client)
    name = serializers.CharField(max_length=80)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    lead = VisibleTo(Person, required=False, allow_null=True)
    starts_on = serializers.DateField()
    terms = FirstTermsSerializer()


class EngagementFilter(django_filters.FilterSet):
    """Engagements by client, by whether they run on a day, and by the retainer whose hours they share."""

    client = django_filters.UUIDFilter(field_name="client_id")
    draws_on = django_filters.UUIDFilter(field_name="draws_on_id")
    running_on = django_filters.DateFilter(method="on_day")

    class Meta:
        model = Engagement
        fields: ClassVar[list[str]] = []

    def on_day(self, queryset: QuerySet[Engagement], _name: str, day: Any) -> QuerySet[Engagement]:
        return queryset.filter(pk__in=Engagement.objects.running(day).values("pk"))


class EngagementViewSet(ActorViewSet):
    """Retainers with the terms in force today."""

    resource = "engagements"
    queryset = Engagement.objects.none()
    row_class = EngagementRow
    serializer_class = EngagementSerializer
    filterset_class = EngagementFilter
    orderings = ("-id", "id", "-starts_on", "starts_on")
    expandable = {"client": ClientViewSet, "lead": PersonViewSet}

    def get_queryset(self) -> QuerySet[Engagement]:
        return Engagement.objects.visible_to(self.actor)

    def get_row_class(self) -> type[Row]:
        return EngagementRow if may_see_money(self.actor) else EngagementWithoutMoneyRow

    @extend_schema(responses={201: EngagementRow})
    def create(self, request: Request) -> Response:
        """Promise a client hours from a day on. Its periods open by themselves, those that are due at once."""
        body = self.body(EngagementSerializer)
        terms = Terms(starts_on=body["starts_on"], **body["terms"])
        engagement = begin_engagement(
            actor=self.actor, client=body["client"], name=body["name"], currency=body["currency"], terms=terms, lead=body.get("lead")
        )
        open_periods_of(actor=self.actor, engagement=engagement, until=timezone.localdate())
        return self.created(engagement, f"engagements/{engagement.pk}")
