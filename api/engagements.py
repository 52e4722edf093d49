from decimal import Decimal
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
from billing.actions import open_periods_of
from engagements.actions import begin_engagement
from engagements.models import Engagement, RetainerTerms
from engagements.policies import may_see_money
from engagements.rules import Terms


class TermsRow(Row):
    """The terms in force today. Fee and rate are only there for the firm and for who approves, is billed or owns at the client."""

    id = serializers.UUIDField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="The first day they are no longer in force.")
    included_minutes = serializers.IntegerField()
    fee = serializers.DecimalField(max_digits=12, decimal_places=2, required=False)
    period_unit = serializers.ChoiceField(choices=RetainerTerms.Unit.choices)
    anchor_day = serializers.IntegerField()
    proration = serializers.ChoiceField(choices=RetainerTerms.Proration.choices)
    carry_periods = serializers.IntegerField()
    carry_cap_minutes = serializers.IntegerField(allow_null=True)
    carry_cap_percent = serializers.IntegerField(allow_null=True)
    borrow_limit_minutes = serializers.IntegerField(allow_null=True)
    overage = serializers.ChoiceField(choices=RetainerTerms.Overage.choices)
    overage_rate = serializers.DecimalField(max_digits=10, decimal_places=2, required=False, allow_null=True)
    rounding_increment_minutes = serializers.IntegerField()
    rounding_mode = serializers.ChoiceField(choices=RetainerTerms.RoundingMode.choices)
    thresholds = serializers.ListField(child=serializers.IntegerField())


class TermsWithoutMoneyRow(TermsRow):
    """The terms as everybody else at the client reads them."""

    fee = None  # type: ignore[assignment]  # so DRF takes a declared field away
    overage_rate = None  # type: ignore[assignment]


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


class FirstTermsSerializer(StrictSerializer):
    included_minutes = serializers.IntegerField(min_value=0, max_value=1_000_000)
    fee = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, default=Decimal(0))
    period_unit = serializers.ChoiceField(choices=RetainerTerms.Unit.choices, default="month")
    anchor_day = serializers.IntegerField(min_value=1, max_value=31, default=1)
    carry_periods = serializers.IntegerField(min_value=0, max_value=120, default=1)
    overage = serializers.ChoiceField(choices=RetainerTerms.Overage.choices, default="authorise")
    overage_rate = serializers.DecimalField(max_digits=10, decimal_places=2, min_value=0, allow_null=True, default=None)
    thresholds = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=1000), default=[50, 80, 100])


class EngagementSerializer(StrictSerializer):
    client = VisibleTo(Client)
    name = serializers.CharField(max_length=80)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    lead = VisibleTo(Person, required=False, allow_null=True)
    starts_on = serializers.DateField()
    terms = FirstTermsSerializer()


class EngagementFilter(django_filters.FilterSet):
    """Engagements by client and by whether they run on a day."""

    client = django_filters.UUIDFilter(field_name="client_id")
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
        terms = Terms(starts_on=body["starts_on"], **_as_terms(body["terms"]))
        engagement = begin_engagement(
            actor=self.actor, client=body["client"], name=body["name"], currency=body["currency"], terms=terms, lead=body.get("lead")
        )
        open_periods_of(actor=self.actor, engagement=engagement, until=timezone.localdate())
        return self.created(engagement, f"engagements/{engagement.pk}")


def _as_terms(given: dict[str, Any]) -> dict[str, Any]:
    return given | {"thresholds": tuple(sorted(set(given["thresholds"])))}
