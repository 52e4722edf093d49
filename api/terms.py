from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, StrictSerializer
from api.rows import Row
from billing.actions.previewing import Held, preview_terms
from engagements.actions import agree_terms
from engagements.models import Engagement, RetainerTerms
from engagements.policies import may_see_money
from engagements.rules import Terms


class TermsRow(Row):
    """One version of the terms. Fee and rate are only there for the firm and for who approves, is billed or owns at the client."""

    id = serializers.UUIDField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="The first day they are no longer in force.")
    included_minutes = serializers.IntegerField()
    currency = serializers.CharField(source="engagement.currency", required=False, help_text="Of the fee and the rate; absent with them.")
    fee = serializers.DecimalField(max_digits=13, decimal_places=3, required=False)
    period_unit = serializers.ChoiceField(choices=RetainerTerms.Unit.choices)
    anchor_day = serializers.IntegerField()
    anchor_month = serializers.IntegerField(help_text="A month in which a quarter begins, and one every third month from it.")
    proration = serializers.ChoiceField(choices=RetainerTerms.Proration.choices)
    carry_periods = serializers.IntegerField()
    carry_cap_minutes = serializers.IntegerField(allow_null=True)
    carry_cap_percent = serializers.IntegerField(allow_null=True)
    borrow_limit_minutes = serializers.IntegerField(allow_null=True)
    overage = serializers.ChoiceField(choices=RetainerTerms.Overage.choices)
    overage_rate = serializers.DecimalField(max_digits=11, decimal_places=3, required=False, allow_null=True)
    rounding_increment_minutes = serializers.IntegerField()
    rounding_mode = serializers.ChoiceField(choices=RetainerTerms.RoundingMode.choices)
    rounding_minimum_minutes = serializers.IntegerField()
    rounding_scope = serializers.ChoiceField(choices=RetainerTerms.RoundingScope.choices)
    weights = serializers.DictField(child=serializers.IntegerField(), help_text="Percent per kind of work, such as 150 for after hours.")
    thresholds = serializers.ListField(child=serializers.IntegerField())
    grace_days = serializers.IntegerField(help_text="Business days in which time of a past period may still be logged.")


class TermsWithoutMoneyRow(TermsRow):
    """The terms as everybody else at the client reads them."""

    currency = None  # type: ignore[assignment]  # so DRF takes a declared field away
    fee = None  # type: ignore[assignment]
    overage_rate = None  # type: ignore[assignment]


class ChosenTermsSerializer(StrictSerializer):
    """What may be agreed. What is left out stays as in the terms before; in the first ones it is the usual."""

    included_minutes = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    fee = serializers.DecimalField(max_digits=13, decimal_places=3, min_value=Decimal(0), required=False)
    period_unit = serializers.ChoiceField(choices=RetainerTerms.Unit.choices, required=False)
    anchor_day = serializers.IntegerField(min_value=1, max_value=31, required=False)
    anchor_month = serializers.IntegerField(
        min_value=1,
        max_value=12,
        required=False,
        help_text="A month in which a quarter begins, and one every third month from it; 1 is calendar quarters.",
    )
    proration = serializers.ChoiceField(choices=RetainerTerms.Proration.choices, required=False)
    carry_periods = serializers.IntegerField(min_value=0, max_value=120, required=False)
    carry_cap_minutes = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    carry_cap_percent = serializers.IntegerField(min_value=0, max_value=1000, required=False, allow_null=True)
    borrow_limit_minutes = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    overage = serializers.ChoiceField(choices=RetainerTerms.Overage.choices, required=False)
    overage_rate = serializers.DecimalField(max_digits=11, decimal_places=3, min_value=Decimal(0), required=False, allow_null=True)
    rounding_increment_minutes = serializers.IntegerField(min_value=1, max_value=480, required=False)
    rounding_mode = serializers.ChoiceField(choices=RetainerTerms.RoundingMode.choices, required=False)
    rounding_minimum_minutes = serializers.IntegerField(min_value=0, max_value=480, required=False)
    rounding_scope = serializers.ChoiceField(choices=RetainerTerms.RoundingScope.choices, required=False)
    weights = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=1000), required=False)
    thresholds = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=1000), max_length=20, required=False)
    grace_days = serializers.IntegerField(min_value=0, max_value=60, required=False)

    def validate_thresholds(self, thresholds: list[int]) -> tuple[int, ...]:
        return tuple(sorted(set(thresholds)))


class FirstTermsSerializer(ChosenTermsSerializer):
    included_minutes = serializers.IntegerField(min_value=0, max_value=1_000_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("overage") == RetainerTerms.Overage.BILL and attrs.get("overage_rate") is None:
            raise serializers.ValidationError({"overage_rate": [_("Hours over are billed at a rate. Say which.")]}, code="required")
        return attrs


class TermsSerializer(ChosenTermsSerializer):
    """New terms. Those of an engagement that has none yet name `included_minutes`."""

    starts_on = serializers.DateField(help_text="From this day on; the terms before end there and stay as they were.")


class HeldRow(Row):
    """What a period holds, in minutes."""

    capacity_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    left_minutes = serializers.IntegerField()
    over_minutes = serializers.IntegerField()


class PreviewRow(Row):
    """An open period as it stands, and as it would stand."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    now = HeldRow(allow_null=True, help_text="Null for a period that only the new terms would open.")
    then = HeldRow()


class TermsPreviewRow(Row):
    """What terms would do to the open periods. Nothing is agreed."""

    periods = PreviewRow(many=True)


class OfEngagement(ActorViewSet):
    """What belongs to one engagement; of one that the caller does not see there is nothing."""

    resource = "engagements"

    @property
    def engagement(self) -> Engagement:
        found = Engagement.objects.visible_to(self.actor).filter(pk=self.kwargs["engagement_id"]).first()
        if found is None:
            raise Http404
        return found


class TermsViewSet(OfEngagement):
    """Every version of the terms of one engagement, each in force from a day on."""

    queryset = RetainerTerms.objects.none()
    row_class: ClassVar[type[Row]] = TermsRow
    serializer_class = TermsSerializer
    orderings = ("-starts_on", "starts_on")

    def get_queryset(self) -> QuerySet[Any]:
        return RetainerTerms.objects.visible_to(self.actor).filter(engagement=self.engagement)

    def get_row_class(self) -> type[Row]:
        return TermsRow if may_see_money(self.actor) else TermsWithoutMoneyRow

    @extend_schema(responses={201: TermsRow})
    def create(self, request: Request, engagement_id: UUID) -> Response:
        """Put new terms in force from a day on; the open periods are granted anew. What is left out stays as it was agreed before."""
        engagement = self.engagement
        agreed = agree_terms(actor=self.actor, engagement=engagement, terms=self._wanted(engagement))
        return self.created(agreed, f"engagements/{engagement_id}/terms")

    @extend_schema(operation_id="engagements_terms_preview", request=TermsSerializer, responses={200: TermsPreviewRow})
    def preview(self, request: Request, engagement_id: UUID) -> Response:
        """What the open periods would hold under such terms. Nothing is kept."""
        engagement = self.engagement
        seen = preview_terms(actor=self.actor, engagement=engagement, terms=self._wanted(engagement))
        shown = [
            {"starts_on": each.starts_on, "ends_on": each.ends_on, "now": _held(each.now) if each.now else None, "then": _held(each.then)}
            for each in seen
        ]
        return Response({"periods": shown})

    def _wanted(self, engagement: Engagement) -> Terms:
        latest, chosen = engagement.terms.order_by("starts_on").last(), self.body(TermsSerializer)
        if latest is not None:
            return replace(latest.as_rules(), ends_on=None, **chosen)
        if "included_minutes" not in chosen:
            told = _("Name the minutes a period: there are no terms before.")
            raise serializers.ValidationError({"included_minutes": [told]}, code="required")
        return Terms(**chosen)


def _held(held: Held) -> dict[str, int]:
    return {name: getattr(held, name) for name in HeldRow.declared()}
