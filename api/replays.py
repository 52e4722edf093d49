from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Conflict
from api.base import ActorViewSet, StrictSerializer
from api.rows import Row
from billing.actions.replaying import MOST_PERIODS, MOST_VARIANTS, replay_periods
from billing.models.ledger_rows import versions_of
from billing.rules.replay import Outcome, Outcomes
from engagements.models import Engagement, RetainerTerms
from figures.currencies import places_of
from figures.rounding import money

MINUTES = ("used_minutes", "overage_minutes", "unauthorised_minutes", "absorbed_minutes", "borrowed_minutes", "expired_minutes")


class VariantSerializer(StrictSerializer):
    """Other terms. What is left out stays as it is in force."""

    included_minutes = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    fee = serializers.DecimalField(max_digits=13, decimal_places=3, min_value=0, required=False)
    overage = serializers.ChoiceField(choices=RetainerTerms.Overage.choices, required=False)
    overage_rate = serializers.DecimalField(max_digits=11, decimal_places=3, min_value=0, allow_null=True, required=False)
    carry_periods = serializers.IntegerField(min_value=0, max_value=24, required=False)
    carry_cap_minutes = serializers.IntegerField(min_value=0, allow_null=True, required=False)
    carry_cap_percent = serializers.IntegerField(min_value=0, max_value=1000, allow_null=True, required=False)
    borrow_limit_minutes = serializers.IntegerField(min_value=0, allow_null=True, required=False)


class WhatIfSerializer(StrictSerializer):
    periods = serializers.IntegerField(min_value=1, max_value=MOST_PERIODS, default=6, help_text="How many that have ended.")
    variants = serializers.ListField(child=VariantSerializer(), min_length=1, max_length=MOST_VARIANTS)


class OutcomeRow(Row):
    """What one period comes to."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    fee = serializers.DecimalField(max_digits=13, decimal_places=3)
    overage_amount = serializers.DecimalField(
        max_digits=13, decimal_places=3, allow_null=True, help_text="Null where minutes over are billed and no rate is agreed."
    )
    capacity_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    overage_minutes = serializers.IntegerField()
    unauthorised_minutes = serializers.IntegerField()
    absorbed_minutes = serializers.IntegerField()
    borrowed_minutes = serializers.IntegerField()
    expired_minutes = serializers.IntegerField()
    closing_minutes = serializers.IntegerField()


class OutcomesRow(Row):
    """All of these periods under one set of terms; `closing_minutes` is what the last one carries on."""

    fee = serializers.DecimalField(max_digits=15, decimal_places=3)
    overage_amount = serializers.DecimalField(max_digits=15, decimal_places=3, allow_null=True)
    used_minutes = serializers.IntegerField()
    overage_minutes = serializers.IntegerField()
    unauthorised_minutes = serializers.IntegerField()
    absorbed_minutes = serializers.IntegerField()
    borrowed_minutes = serializers.IntegerField()
    expired_minutes = serializers.IntegerField()
    closing_minutes = serializers.IntegerField()
    periods = OutcomeRow(many=True)


class WhatIfRow(Row):
    """The same periods as they were agreed, and under each variant in the order asked."""

    currency = serializers.CharField()
    in_force = OutcomesRow()
    variants = OutcomesRow(many=True)


class WhatIfView(ActorViewSet):
    """What the last periods of a retainer would have come to under other terms. Only the firm asks this."""

    resource = "periods"
    queryset = Engagement.objects.none()
    row_class = WhatIfRow

    def get_queryset(self) -> QuerySet[Engagement]:
        return Engagement.objects.visible_to(self.actor)

    @extend_schema(operation_id="engagements_what_if", request=WhatIfSerializer, responses=WhatIfRow)
    def replay(self, request: Request, pk: UUID) -> Response:
        """Replay periods that have ended under up to three variants; where none has, the open ones. Nothing is written."""
        engagement, body = self.thing(pk), self.body(WhatIfSerializer)
        versions = versions_of(engagement)
        if not versions:
            raise Conflict("This engagement promises nothing yet, so there are no terms to compare with.")
        variants = [replace(versions[-1], ends_on=None, **changes) for changes in body["variants"]]
        found = replay_periods(actor=self.actor, engagement=engagement, variants=variants, periods=body["periods"])
        return Response(
            {
                "currency": engagement.currency,
                "in_force": _outcomes(found.in_force, places_of(engagement.currency)),
                "variants": [_outcomes(each, places_of(engagement.currency)) for each in found.variants],
            }
        )


def _outcomes(found: Outcomes, places: int) -> dict[str, Any]:
    sums = {name: getattr(found, name) for name in ("fee", "overage_amount", *MINUTES, "closing_minutes")}
    return _money(sums, places) | {"periods": [_outcome(each, places) for each in found.periods]}


def _outcome(each: Outcome, places: int) -> dict[str, Any]:
    values = each._asdict()
    span = values.pop("span")
    return {"starts_on": span.starts_on, "ends_on": span.ends_on, **_money(values, places)}


def _money(values: dict[str, Any], places: int) -> dict[str, Any]:
    """Money as the API writes it: text with the places of the currency."""
    return {
        name: str(money(value, places)) if name in {"fee", "overage_amount"} and value is not None else value
        for name, value in values.items()
    }
