"""An estimate as both doors show it: figures written out, ranges beside them, and what they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from figures import text
from look.templatetags.tend import marks, money, money_short, percent
from proposals.rules import INPUTS, Grade, Unit
from proposals.rules.inputs import RATES

INPUT_NAMES = {
    "frequency_per_week": _("Tasks a week"),
    "manual_minutes": _("A task by hand"),
    "review_minutes": _("Review of a task"),
    "rework_minutes": _("Rework, spread over all tasks"),
    "automatable_percent": _("Share that can be automated"),
    "adoption_percent": _("Share of it that is used"),
    "loaded_rate": _("Cost of an hour"),
    "realisation_percent": _("Share of a saved hour that becomes money"),
    "errors_avoided": _("Errors avoided a month"),
    "run_cost": _("Running cost a month"),
    "maintenance_hours": _("Maintenance a month"),
    "build_hours": _("Building"),
    "maintenance_rate": _("Rate of maintenance"),
    "build_rate": _("Rate of building"),
}
GRADE_NAMES = {
    Grade.MEASURED: _("A, measured"),
    Grade.SAMPLED: _("B, sampled"),
    Grade.CLIENT: _("C, your estimate"),
    Grade.OURS: _("D, our estimate"),
}
DOUBT_NAMES = {
    "payback_over_a_year": _("Not back within a year in half of the cases."),
    "may_lose_money": _("Less than seven cases in ten gain anything in the first year."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A figure with its name; `span` is from low to high, empty where it is certain."""

    label: str
    figure: str
    span: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An estimate, written out."""

    net: str
    hours: str
    build: str
    payback: str
    first_year: str
    is_loss: bool
    facts: tuple[Line, ...]
    chances: tuple[Line, ...]
    doubts: tuple[str, ...]
    swings: tuple[Line, ...]
    weighted_per_hour: str
    rice: str
    formula: str


def shown(estimate: Mapping[str, Any], currency: str) -> Shown:
    """The estimate of a proposal, as it is kept."""
    ranges = estimate["ranges"]

    def of(name: str) -> str:
        return money(Decimal(estimate[name]), currency)

    def money_span(name: str) -> str:
        return _span(*(money(Decimal(ranges[name][end]), currency) for end in ("p10", "p90")))

    irr = estimate["irr_percent"]
    return Shown(
        net=of("net"),
        hours=_hours(estimate["hours"]),
        build=of("build"),
        payback=_months(estimate["payback_months"]),
        first_year=of("net_first_year"),
        is_loss=Decimal(estimate["net"]) <= 0,
        facts=(
            Line(
                gettext("Hours saved a month"), _hours(estimate["hours"]), _span(*(_hours(ranges["hours"][end]) for end in ("p10", "p90")))
            ),
            Line(gettext("Worth a month"), of("benefit")),
            Line(gettext("Running and maintenance a month"), of("running")),
            Line(gettext("Net a month"), of("net"), money_span("net")),
            Line(gettext("To build it, once"), of("build")),
            Line(gettext("Paid back after"), _months(estimate["payback_months"])),
            Line(gettext("Net of the first year"), of("net_first_year"), money_span("net_first_year")),
            Line(gettext("Present value of the first year"), of("npv"), remark=gettext("at 10 % a year")),
            Line(gettext("Return a year"), gettext("none") if irr is None else percent(Decimal(str(irr)))),
            Line(gettext("First year's value over its cost"), text.multiple(Decimal(estimate["multiple"]), marks())),
        ),
        chances=(
            Line(gettext("Gains something each month"), _share(estimate["p_net"])),
            Line(gettext("Gains more than it costs in the first year"), _share(estimate["p_first_year"])),
            Line(gettext("Returns three times its cost in the first year"), _share(estimate["p_multiple"])),
        ),
        doubts=tuple(str(DOUBT_NAMES[doubt]) for doubt in estimate["doubts"]),
        swings=tuple(_swing(swing, currency) for swing in estimate["tornado"]),
        weighted_per_hour=of("weighted_per_hour"),
        rice=text.number(Decimal(estimate["rice"]), 2, marks=marks()),
        formula=estimate["formula"],
    )


def made_of(inputs: Mapping[str, Any], currency: str) -> list[Line]:
    """What an estimate is made of: the likely figure, from low to high where it is not certain, and how well it is known."""
    lines = []
    for known in INPUTS:
        of = inputs[known.name]
        span = "" if of["low"] == of["high"] else _span(*(_written(known.unit, of[end], currency) for end in ("low", "high")))
        lines.append(
            Line(str(INPUT_NAMES[known.name]), _written(known.unit, of["likely"], currency), span, str(GRADE_NAMES[Grade(of["grade"])]))
        )
    agreed = gettext("agreed")
    lines += [Line(str(INPUT_NAMES[rate.name]), money_short(Decimal(inputs[rate.name]), currency), remark=agreed) for rate in RATES]
    return lines


def _written(unit: Unit, amount: str, currency: str) -> str:
    exact = Decimal(amount)
    if unit is Unit.MONEY:
        return money_short(exact, currency)
    figure = text.number(exact, max(-int(exact.normalize().as_tuple().exponent), 0), marks=marks())
    suffix = {Unit.MINUTES: f"{text.NO_BREAK}min", Unit.PERCENT: f"{text.NO_BREAK}%", Unit.HOURS: f"{text.NO_BREAK}h"}
    return figure + suffix.get(unit, "")


def _swing(swing: Mapping[str, str], currency: str) -> Line:
    ends = (money(Decimal(swing[end]), currency) for end in ("at_low", "at_high"))
    return Line(str(INPUT_NAMES[swing["input"]]), *ends)


def _hours(amount: str) -> str:
    return f"{text.number(Decimal(amount), 1, marks=marks())}{text.NO_BREAK}h"


def _months(amount: str | None) -> str:
    if amount is None:
        return gettext("never")
    return gettext("%(months)s months") % {"months": text.number(Decimal(amount), 1, marks=marks())}


def _share(share: float) -> str:
    return percent(Decimal(str(share)) * 100)


def _span(low: str, high: str) -> str:
    return "" if low == high else gettext("%(low)s to %(high)s") % {"low": low, "high": high}
