from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, EngagementNamed, Row
from billing.filters import ForecastFilter
from billing.models import Forecast


class ForecastRow(Row):
    """Where a period was heading after a business day, as it was said then; and, once it is over, what came true.

    Four of five times the use at the end lies between `low_minutes` and `high_minutes`. With method `straight_line` there was not
    enough data for a range, and all three are the straight line.
    """

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    period = serializers.UUIDField(source="period_id")
    as_of = serializers.DateField(help_text="The last business day that was known.")
    method = serializers.ChoiceField(choices=Forecast.Method.choices)
    used_minutes = serializers.IntegerField()
    capacity_minutes = serializers.IntegerField()
    low_minutes = serializers.IntegerField(help_text="Use at the end of the period: below this one time of ten.")
    likely_minutes = serializers.IntegerField()
    high_minutes = serializers.IntegerField(help_text="Above this one time of ten.")
    line_minutes = serializers.IntegerField(help_text="What a straight line through the use of the period would say.")
    runs_out_early = serializers.DateField(
        allow_null=True, help_text="The hours run out on this day if much is used; null where they last."
    )
    runs_out_likely = serializers.DateField(allow_null=True)
    runs_out_late = serializers.DateField(allow_null=True)
    history_days = serializers.IntegerField(help_text="Business days of burn that were known, as far back as was read.")
    factor_percent = serializers.IntegerField(help_text="How much the range was widened by the misses of the past; 100 is not at all.")
    made_at = serializers.DateTimeField()
    came_true_minutes = serializers.IntegerField(allow_null=True, help_text="Use at the end of the period; null until it is over.")


class HitRateRow(Row):
    """How often the ranges held what came true. The share is null while fewer than 60 were scored."""

    ranges = serializers.IntegerField(help_text="Ranges whose period is over.")
    held = serializers.IntegerField(help_text="Those that held what came true; 80 % of them should.")
    held_percent = serializers.IntegerField(allow_null=True)


class ForecastViewSet(ActorViewSet):
    """What was foreseen each night, newest first."""

    resource = "forecasts"
    queryset = Forecast.objects.none()
    row_class = ForecastRow
    filterset_class = ForecastFilter
    asked_actions = frozenset({"list", "hit_rate"})
    orderings = ("-id", "id", "-as_of", "as_of")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[Forecast]:
        return Forecast.objects.visible_to(self.actor)

    @extend_schema(operation_id="forecasts_hit_rate", responses=HitRateRow)
    def hit_rate(self, request: Request) -> Response:
        """How many ranges the filter finds whose truth is known, and how many of them held it."""
        found: Any = self.filter_queryset(self.get_queryset())
        rate = found.hit_rate()
        return Response({"ranges": rate.ranges, "held": rate.held, "held_percent": rate.held_percent})
