"""What the likely figures come to: hours and money a month, what it costs to build, and when that is back.

    hours a month = frequency x 52/12 x automatable x adoption x (manual - review - rework) / 60
    benefit       = hours x loaded rate x realisation + errors avoided
    net           = benefit - run cost - maintenance hours x their rate

Everything is computed exactly and rounded once, at the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from figures.rounding import half_up
from proposals.rules.inputs import INPUTS, WEIGHTS, Inputs

FORMULA = "roi-1"
WEEKS_A_MONTH = Fraction(52, 12)
MONTHS = 12
DISCOUNT_A_YEAR = Decimal("0.1")
HIGHEST_RETURN = 1e12


class Point[N: (Fraction, float)](NamedTuple):
    """One run of the formula, unrounded: hours and money a month, and the money to build it once."""

    hours: N
    benefit: N
    running: N
    build: N

    @property
    def net(self) -> N:
        return self.benefit - self.running

    @property
    def first_year(self) -> N:
        return MONTHS * self.net - self.build


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The likely figures, rounded: money to the cent, hours and months to four places, half away from zero.

    `payback_months` is None where it never pays back; `irr_percent`, effective a year over the first twelve months, where
    there is no such rate. `multiple` is the first year's benefit over all it costs in that year.
    """

    hours: Decimal
    benefit: Decimal
    running: Decimal
    net: Decimal
    build: Decimal
    payback_months: Decimal | None
    net_first_year: Decimal
    npv: Decimal
    irr_percent: float | None
    multiple: Decimal
    evidence_percent: int


def worth[N: (Fraction, float)](figures: Iterable[N], *, weeks: N, maintenance_rate: N, build_rate: N) -> tuple[N, N, N, N]:
    """The formula on one figure for each input, in the order of INPUTS: hours, benefit and running cost a month, and the build.

    Ten thousand draws call it, so it takes them by position and gives a plain tuple.
    """
    frequency, manual, review, rework, automatable, adoption, rate, realisation, errors, run, maintenance, building = figures
    hours = frequency * weeks * automatable * adoption * (manual - review - rework) / 600_000
    benefit = hours * rate * realisation / 100 + errors
    return hours, benefit, run + maintenance * maintenance_rate, building * build_rate


def exactly(inputs: Inputs, **instead: Decimal) -> Point[Fraction]:
    """The formula on the likely figures, some of them replaced."""
    figures = inputs.likely() | instead
    row = [Fraction(figures[known.name]) for known in INPUTS]
    maintenance, build = Fraction(inputs.maintenance_rate), Fraction(inputs.build_rate)
    return Point(*worth(row, weeks=WEEKS_A_MONTH, maintenance_rate=maintenance, build_rate=build))


def estimate(inputs: Inputs) -> Estimate:
    """What the likely figures come to."""
    exact = exactly(inputs)
    cost = exact.build + MONTHS * exact.running
    return Estimate(
        hours=rounded(exact.hours, 4),
        benefit=rounded(exact.benefit),
        running=rounded(exact.running),
        net=rounded(exact.net),
        build=rounded(exact.build),
        payback_months=rounded(exact.build / exact.net, 4) if exact.net > 0 else None,
        net_first_year=rounded(exact.first_year),
        npv=npv(exact),
        irr_percent=irr_percent(float(exact.net), float(exact.build)),
        multiple=rounded(MONTHS * exact.benefit / cost) if cost else Decimal(0),
        evidence_percent=int(WEIGHTS[inputs.weakest] * 100),
    )


def rounded(exact: Fraction, places: int = 2) -> Decimal:
    """Half away from zero at so many places."""
    units = half_up(exact.numerator * 10**places, exact.denominator)
    return Decimal(f"{units}E-{places}")  # from text it is exact; scaleb would round to the context


def npv(exact: Point[Fraction]) -> Decimal:
    """Twelve months of net less what is built now, at 10 % effective a year: each month is worth 1.1^(-1/12) of the one before."""
    with localcontext(prec=40):
        month = (1 + DISCOUNT_A_YEAR) ** (Decimal(-1) / MONTHS)
        annuity = sum((month**number for number in range(1, MONTHS + 1)), Decimal(0))
        worth = _decimal(exact.net) * annuity - _decimal(exact.build)
        return rounded(Fraction(worth))


def irr_percent(net: float, build: float) -> float | None:
    """The effective rate a year at which twelve months of net are worth what was built; None without a cost or a gain.

    The worth falls as the rate rises, so halving the stretch finds the one rate there is.
    """
    if net <= 0 or build <= 0:
        return None
    low, high = -0.9999, 1.0
    while _worth(net, build, high) > 0:
        high *= 2
        if high > HIGHEST_RETURN:
            return None
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _worth(net, build, middle) > 0 else (low, middle)
    return round(((1 + low) ** MONTHS - 1) * 100, 2)


def tornado(inputs: Inputs) -> list[tuple[str, Decimal, Decimal]]:
    """The first year's net with one input at its low and at its high, the others likely: the widest swing first."""
    swings = []
    for known in INPUTS:
        of = inputs.points[known.name]
        if not of.is_certain:
            at_low, at_high = (rounded(exactly(inputs, **{known.name: end}).first_year) for end in (of.low, of.high))
            swings.append((known.name, at_low, at_high))
    return sorted(swings, key=lambda swing: (-abs(swing[2] - swing[1]), swing[0]))


def _worth(net: float, build: float, monthly: float) -> float:
    return sum(net / (1 + monthly) ** number for number in range(1, MONTHS + 1)) - build


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)
