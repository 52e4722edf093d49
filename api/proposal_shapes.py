"""What a proposal is made of, and what its estimate says: the shapes of two documents that are kept as they are."""

from typing import Any

from rest_framework import serializers

from api.base import StrictSerializer
from proposals.rules import Grade


def amount(**more: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0, **more)


def cents(**more: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=24, decimal_places=2, **more)


def fine(**more: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=24, decimal_places=4, **more)


class ThreePointSerializer(StrictSerializer):
    """The least, the likeliest and the most of an input. Low and high are the likely figure where they are left out."""

    likely = amount()
    low = amount(required=False)
    high = amount(required=False)
    grade = serializers.ChoiceField(
        choices=[grade.value for grade in Grade],
        required=False,
        help_text="A measured, B sampled, C the client's estimate, D ours; D where it is left out.",
    )


class InputsSerializer(StrictSerializer):
    """Minutes a task, percent, hours and money a month; what is left out is nothing, or all of it for adoption and realisation."""

    frequency_per_week = ThreePointSerializer(help_text="Tasks a week.")
    manual_minutes = ThreePointSerializer(help_text="A task by hand.")
    review_minutes = ThreePointSerializer(required=False, help_text="Looking over what the machine made of a task.")
    rework_minutes = ThreePointSerializer(required=False, help_text="Correcting it, spread over all tasks.")
    automatable_percent = ThreePointSerializer(help_text="How many of the tasks the machine can take.")
    adoption_percent = ThreePointSerializer(required=False, help_text="How many of those people let it take.")
    loaded_rate = ThreePointSerializer(help_text="What an hour of those people costs.")
    realisation_percent = ThreePointSerializer(required=False, help_text="How much of a saved hour becomes money.")
    errors_avoided = ThreePointSerializer(required=False, help_text="Money a month.")
    run_cost = ThreePointSerializer(required=False, help_text="Money a month.")
    maintenance_hours = ThreePointSerializer(required=False, help_text="Hours a month.")
    build_hours = ThreePointSerializer()
    maintenance_rate = amount(help_text="Money an hour.")
    build_rate = amount(help_text="Money an hour.")


class RangeSerializer(serializers.Serializer):
    """One in ten draws is below p10, half below p50, nine in ten below p90."""

    p10 = fine()
    p50 = fine()
    p90 = fine()


class RangesSerializer(serializers.Serializer):
    hours = RangeSerializer()
    net = RangeSerializer()
    net_first_year = RangeSerializer()


class SwingSerializer(serializers.Serializer):
    """The first year's net with one input at its low and at its high, the others likely."""

    input = serializers.CharField()
    at_low = cents()
    at_high = cents()


class EstimateSerializer(serializers.Serializer):
    """What the inputs come to: hours and money a month, the build once. Frozen when the proposal is sent."""

    formula = serializers.CharField(help_text="The version of the formula.")
    seed = serializers.CharField(help_text="A digest of the inputs: the same inputs give the same numbers.")
    hours = fine(help_text="Hours saved a month.")
    benefit = cents()
    running = cents(help_text="Run cost and maintenance a month.")
    net = cents(help_text="Benefit less running cost, a month.")
    build = cents()
    payback_months = fine(allow_null=True, help_text="Null where it never pays back.")
    net_first_year = cents()
    npv = cents(help_text="Of twelve months, at 10 % effective a year, compounded monthly.")
    irr_percent = serializers.FloatField(allow_null=True, help_text="Effective a year over twelve months; null where there is none.")
    multiple = cents(help_text="The first year's benefit over all it costs in that year.")
    evidence_percent = serializers.IntegerField(help_text="The weight of the weakest evidence behind the benefit.")
    ranges = RangesSerializer()
    payback_p50 = fine(allow_null=True, help_text="Months; null where half of the draws never pay back.")
    p_net = serializers.FloatField(help_text="How many of the draws gain anything a month, 0 to 1.")
    p_first_year = serializers.FloatField(help_text="How many gain more than the build costs within a year, 0 to 1.")
    p_multiple = serializers.FloatField(help_text="How many reach a multiple of three in the first year, 0 to 1.")
    weighted = cents(help_text="The first year's net, each outcome weighted by its probability.")
    weighted_per_hour = cents(help_text="The same for each hour of building: what proposals are ranked by.")
    rice = cents(help_text="Hours a month times the weight of the evidence, over hours of building.")
    doubts = serializers.ListField(
        child=serializers.ChoiceField(choices=["payback_over_a_year", "may_lose_money"]), help_text="Why not to build; empty is fine."
    )
    tornado = SwingSerializer(many=True, help_text="The widest swing first.")
