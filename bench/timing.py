"""Two things timed in turn, so that a machine whose speed drifts slows both: the ratio counts, never the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

type Timed = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ratio:
    """The tenth percentile of a case and of its floor in milliseconds; speed is floor / case, 1 is as fast as the floor."""

    case_ms: float
    floor_ms: float

    @property
    def speed(self) -> float:
        return self.floor_ms / self.case_ms


def tenth_percentile(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 10] * 1000


def once(what: Timed) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def against(case: Timed, floor: Timed, *, rounds: int = 200, warm: int = 20, between: Timed = lambda: None) -> Ratio:
    """Case, floor, case, floor …: the tenth percentile of each. What is done `between` is not counted."""
    for _ in range(warm):
        case()
        floor()
        between()
    pairs = []
    for _ in range(rounds):
        first = once(case)
        between()
        pairs.append((first, once(floor)))
        between()
    return Ratio(tenth_percentile([a for a, _ in pairs]), tenth_percentile([b for _, b in pairs]))


def alone(case: Timed, *, rounds: int = 100, warm: int = 5) -> float:
    """The tenth percentile of a case by itself, in milliseconds."""
    for _ in range(warm):
        case()
    return tenth_percentile([once(case) for _ in range(rounds)])
