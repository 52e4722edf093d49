"""PERT: a beta distribution between low and high, its mass around the likely figure with weight 4.

Source: Malcolm, Roseboom, Clark and Fazar, 1959; the standard deviation is that of the beta itself, not the rule of thumb.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

LAMBDA = 4
STEPS = 512
STRATA = 2048


def mean(low: float, likely: float, high: float) -> float:
    return (low + LAMBDA * likely + high) / (LAMBDA + 2)


@lru_cache(maxsize=64)
def strata(low: float, likely: float, high: float) -> Sequence[float]:
    """2048 values of equal probability, the middle of each stratum, ascending: drawing one of them is drawing from the beta.

    Two exact gamma variates a draw would cost ten times as much.
    """
    if low == high:
        return (likely,)
    before, after = LAMBDA * (likely - low) / (high - low), LAMBDA * (high - likely) / (high - low)
    shares = [(index + 0.5) / STEPS for index in range(STEPS)]
    reached = list(accumulate([share**before * (1 - share) ** after for share in shares]))
    unit, width = reached[-1] / STRATA, (high - low) / STEPS
    found: list[float] = []
    begins = 0.0
    wanted = unit / 2
    for cell, ends in enumerate(reached):
        while wanted <= ends and len(found) < STRATA:
            found.append(low + (cell + (wanted - begins) / (ends - begins)) * width)
            wanted += unit
        begins = ends
    return (*found, *[high] * (STRATA - len(found)))
