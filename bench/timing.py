"""Two things timed in turn, so that a machine whose speed drifts slows both: the ratio counts, never the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

type Timed = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ratio:
    """The tenth percentile of a case and of its floor in milliseconds; speed is floor / case, 1 is as fast as the floor.

    `own_speed` is the same of the processor time of this process alone, which neighbours on the machine hardly touch.
    """

    case_ms: float
    floor_ms: float
    own_speed: float

    @property
    def speed(self) -> float:
        return self.floor_ms / self.case_ms


def tenth_percentile(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 10] * 1000


def once(what: Timed) -> tuple[float, float]:
    """The time on the wall, and that of the processor in this thread."""
    began, own = time.perf_counter(), time.thread_time()
    what()
    return time.perf_counter() - began, time.thread_time() - own


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
    (case_ms, case_own), (floor_ms, floor_own) = (
        (tenth_percentile([wall for wall, _ in each]), tenth_percentile([own for _, own in each])) for each in zip(*pairs, strict=True)
    )
    return Ratio(case_ms, floor_ms, floor_own / case_own)


def both(case: Timed, *, rounds: int = 100, warm: int = 5) -> tuple[float, float]:
    """The tenth percentile of a case by itself in milliseconds: on the wall, and of the processor in this thread."""
    for _ in range(warm):
        case()
    walls, owns = zip(*(once(case) for _ in range(rounds)), strict=True)
    return tenth_percentile(list(walls)), tenth_percentile(list(owns))


def alone(case: Timed, *, rounds: int = 100, warm: int = 5) -> float:
    """The tenth percentile of a case by itself on the wall, in milliseconds."""
    return both(case, rounds=rounds, warm=warm)[0]
