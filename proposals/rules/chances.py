"""How sure an estimate is: ten thousand draws from its inputs, the same ones for the same inputs on every machine."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import repeat
from math import inf
from random import Random
from typing import Literal

from figures.rounding import money
from proposals.rules.estimate import FORMULA, MONTHS, WEEKS_A_MONTH, tornado, worth
from proposals.rules.inputs import INPUTS, WEIGHTS, Inputs, as_plain
from proposals.rules.pert import STRATA, strata

DRAWS = 10_000
WORTH_IT = 0.7
LONGEST_PAYBACK = 12.0
GOOD_MULTIPLE = 3
ALMOST_NOTHING = 1e-6  # a multiple of exactly three counts, whatever the floats make of it

type Doubt = Literal["payback_over_a_year", "may_lose_money"]


@dataclass(frozen=True, slots=True)
class Range:
    """Nine of ten draws are above `p10`, half above `p50`, one of ten above `p90`."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Swing:
    """What the first year's net is with one input at its low and at its high, in money."""

    name: str
    at_low: Decimal
    at_high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """The draws in numbers. `payback_p50` is None where half of them never pay back.

    `weighted` is the first year's net with each outcome weighted by its probability; for each hour of building it is what
    proposals are ranked by. `rice` is reach, impact and confidence over effort: the hours a month, times the weight of the
    weakest evidence behind them, over the hours of building.
    """

    hours: Range
    net: Range
    net_first_year: Range
    payback_p50: float | None
    p_net: float
    p_first_year: float
    p_multiple: float
    weighted: Decimal
    weighted_per_hour: Decimal
    rice: Decimal
    doubts: tuple[Doubt, ...]
    swings: tuple[Swing, ...]
    seed: str


def digest(inputs: Inputs) -> str:
    """The seed: it depends on the inputs and the formula, on nothing else and not on their order."""
    plain = json.dumps([FORMULA, as_plain(inputs)], sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


def draw(inputs: Inputs, *, draws: int = DRAWS) -> list[tuple[float, float, float, float]]:
    """So many runs of the formula, each on figures drawn from the inputs' distributions."""
    random = Random(int(digest(inputs), 16)).random  # noqa: S311 (statistics, no secret)
    columns: list[Iterable[float]] = []
    for known in INPUTS:
        of = inputs.points[known.name]
        values = strata(float(of.low), float(of.likely), float(of.high))
        columns.append(repeat(values[0], draws) if of.is_certain else [values[int(random() * STRATA)] for _ in range(draws)])
    weeks, maintenance, build = float(WEEKS_A_MONTH), float(inputs.maintenance_rate), float(inputs.build_rate)
    rows = zip(*columns, strict=True)
    return [worth(row, weeks=weeks, maintenance_rate=maintenance, build_rate=build) for row in rows]


def chances(inputs: Inputs, *, draws: int = DRAWS) -> Chances:
    """The range of what it may come to, and whether that is worth building at all."""
    drawn = draw(inputs, draws=draws)
    nets = [benefit - running for _, benefit, running, _ in drawn]
    first_years = [MONTHS * net - build for net, (_, _, _, build) in zip(nets, drawn, strict=True)]
    tripled = [MONTHS * benefit - GOOD_MULTIPLE * (MONTHS * running + build) for _, benefit, running, build in drawn]
    paybacks = [build / net if net > 0 else inf for net, (_, _, _, build) in zip(nets, drawn, strict=True)]
    hours = _range([hours for hours, _, _, _ in drawn])
    payback, p_first_year = _quantile(sorted(paybacks), 50), _share(first_years, 0)
    weighted = sum(first_years) / draws
    building = float(inputs.points["build_hours"].likely)
    return Chances(
        hours=hours,
        net=_range(nets),
        net_first_year=_range(first_years),
        payback_p50=None if payback == inf else payback,
        p_net=_share(nets, 0),
        p_first_year=p_first_year,
        p_multiple=_share(tripled, -ALMOST_NOTHING),
        weighted=money(Decimal(weighted)),
        weighted_per_hour=money(Decimal(weighted / building)),
        rice=money(Decimal(hours.p50 * float(WEIGHTS[inputs.weakest]) / building)),
        doubts=_doubts(payback, p_first_year),
        swings=tuple(Swing(*swing) for swing in tornado(inputs)),
        seed=digest(inputs),
    )


def _doubts(payback: float, p_first_year: float) -> tuple[Doubt, ...]:
    found: list[Doubt] = []
    if payback > LONGEST_PAYBACK:
        found.append("payback_over_a_year")
    if p_first_year < WORTH_IT:
        found.append("may_lose_money")
    return tuple(found)


def _range(values: Sequence[float]) -> Range:
    ordered = sorted(values)
    return Range(_quantile(ordered, 10), _quantile(ordered, 50), _quantile(ordered, 90))


def _quantile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent of all do not exceed."""
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]


def _share(values: Sequence[float], above: float) -> float:
    return sum(value > above for value in values) / len(values)
