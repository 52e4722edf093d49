"""What an estimate is made of: a low, a likely and a high figure for each input, and how well it is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from figures.text import gettext_noop
from proposals.errors import InputUnusable

POINTS = ("low", "likely", "high")
MOST_DECIMALS = 4


class Grade(StrEnum):
    """How well a number is known."""

    MEASURED = "A"
    SAMPLED = "B"
    CLIENT = "C"
    OURS = "D"


WEIGHTS: Mapping[Grade, Decimal] = MappingProxyType(
    {Grade.MEASURED: Decimal(1), Grade.SAMPLED: Decimal("0.85"), Grade.CLIENT: Decimal("0.6"), Grade.OURS: Decimal("0.4")}
)


class Unit(StrEnum):
    COUNT = "count"
    MINUTES = "minutes"
    PERCENT = "percent"
    HOURS = "hours"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its unit, the most it may be, and what it is where nobody says (None: it must be said).

    `earns` marks those that the benefit is made of: the weakest evidence among them is the confidence in it.
    """

    name: str
    unit: Unit
    most: Decimal
    default: Decimal | None = None
    earns: bool = False


INPUTS: tuple[Input, ...] = (
    Input("frequency_per_week", Unit.COUNT, Decimal(1_000_000), earns=True),
    Input("manual_minutes", Unit.MINUTES, Decimal(10_000), earns=True),
    Input("review_minutes", Unit.MINUTES, Decimal(10_000), Decimal(0), earns=True),
    Input("rework_minutes", Unit.MINUTES, Decimal(10_000), Decimal(0), earns=True),
    Input("automatable_percent", Unit.PERCENT, Decimal(100), earns=True),
    Input("adoption_percent", Unit.PERCENT, Decimal(100), Decimal(100), earns=True),
    Input("loaded_rate", Unit.MONEY, Decimal(100_000), earns=True),
    Input("realisation_percent", Unit.PERCENT, Decimal(100), Decimal(100), earns=True),
    Input("errors_avoided", Unit.MONEY, Decimal(10_000_000), Decimal(0), earns=True),
    Input("run_cost", Unit.MONEY, Decimal(10_000_000), Decimal(0)),
    Input("maintenance_hours", Unit.HOURS, Decimal(10_000), Decimal(0)),
    Input("build_hours", Unit.HOURS, Decimal(100_000)),
)
RATES: tuple[Input, ...] = (Input("maintenance_rate", Unit.MONEY, Decimal(100_000)), Input("build_rate", Unit.MONEY, Decimal(100_000)))
BY_NAME: Mapping[str, Input] = MappingProxyType({known.name: known for known in (*INPUTS, *RATES)})


@dataclass(frozen=True, slots=True)
class ThreePoint:
    """The least, the likeliest and the most of one input, and how well that is known."""

    low: Decimal
    likely: Decimal
    high: Decimal
    grade: Grade = Grade.OURS

    @property
    def is_certain(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Inputs:
    """All inputs by name, and the two hourly rates of the firm, which are agreed and not estimated."""

    points: Mapping[str, ThreePoint]
    maintenance_rate: Decimal
    build_rate: Decimal

    def likely(self) -> dict[str, Decimal]:
        return {name: point.likely for name, point in self.points.items()}

    @property
    def weakest(self) -> Grade:
        """The weakest evidence of what the benefit is made of; an input that is surely nothing weakens nothing."""
        earning = (self.points[known.name] for known in INPUTS if known.earns)
        return max((point.grade for point in earning if point.high), default=Grade.MEASURED)


def read(given: Mapping[str, Any]) -> Inputs:
    """Inputs from plain values: `{"manual_minutes": {"low": 4, "likely": "6", "high": 9, "grade": "B"}, ..., "build_rate": 150}`.

    Low and high default to the likely figure, the grade to D. Raises InputUnusable with the field `name` or `name/point`.
    """
    for name in given:
        if name not in BY_NAME:
            raise InputUnusable(gettext_noop("No estimate is made of this."), field=str(name))
    points = {known.name: _three_point(known, given.get(known.name)) for known in INPUTS}
    if not points["build_hours"].low:
        raise InputUnusable(gettext_noop("Building takes some time: say at least how much."), field="build_hours/low")
    rates = {known.name: _amount(known, given.get(known.name), known.name) for known in RATES}
    return Inputs(MappingProxyType(points), **rates)


def as_plain(inputs: Inputs) -> dict[str, Any]:
    """Inputs as they are kept: every figure as the shortest decimal text, in one order, so that equal inputs are equal texts."""
    plain: dict[str, Any] = {
        known.name: {name: _text(getattr(inputs.points[known.name], name)) for name in POINTS}
        | {"grade": inputs.points[known.name].grade.value}
        for known in INPUTS
    }
    return plain | {"maintenance_rate": _text(inputs.maintenance_rate), "build_rate": _text(inputs.build_rate)}


def _three_point(known: Input, given: Any) -> ThreePoint:
    if given is None and known.default is not None:
        return ThreePoint(known.default, known.default, known.default, Grade.MEASURED)
    if not isinstance(given, Mapping):
        raise InputUnusable(gettext_noop("Say how much this likely is, with a low and a high."), field=known.name)
    unread = set(given) - {*POINTS, "grade"}
    if unread:
        raise InputUnusable(gettext_noop("Nobody reads this part of an input."), field=f"{known.name}/{min(map(str, unread))}")
    likely = _amount(known, given.get("likely"), f"{known.name}/likely")
    low, high = (likely if given.get(name) is None else _amount(known, given[name], f"{known.name}/{name}") for name in ("low", "high"))
    if low > likely:
        raise InputUnusable(gettext_noop("The low figure is above the likely one."), field=f"{known.name}/low")
    if high < likely:
        raise InputUnusable(gettext_noop("The high figure is below the likely one."), field=f"{known.name}/high")
    return ThreePoint(low, likely, high, _grade(known, given.get("grade", Grade.OURS)))


def _grade(known: Input, given: Any) -> Grade:
    if given not in list(Grade):
        raise InputUnusable(gettext_noop("The evidence is A, B, C or D."), field=f"{known.name}/grade")
    return Grade(given)


def _amount(known: Input, given: Any, field: str) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, int | str | Decimal | float):
        raise InputUnusable(gettext_noop("Write a number."), field=field)
    try:
        amount = Decimal(str(given).strip())
    except InvalidOperation:
        raise InputUnusable(gettext_noop("Write a number."), field=field) from None
    if not amount.is_finite() or not 0 <= amount <= known.most:
        raise InputUnusable(gettext_noop("This is below zero, or more than anybody would believe."), field=field)
    if amount != round(amount, MOST_DECIMALS):
        raise InputUnusable(gettext_noop("Four decimals are enough."), field=field)
    return amount


def _text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
