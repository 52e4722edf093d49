"""What was measured, as a table while it runs and as JSON in the end."""

import json
import os
from pathlib import Path
from typing import Any

from bench.timing import Ratio


class Report:
    """Rows of case, measure and budget; a case without a budget is told for what it is."""

    def __init__(self, scale: float) -> None:
        self.about = {"scale": scale, "cores": os.cpu_count(), "load_at_start": os.getloadavg()[0]}
        self.cases: list[dict[str, Any]] = []

    def ratio(self, name: str, found: Ratio, *, least: float, queries: int, most: int) -> None:
        measured = (
            f"{found.speed:.2f} of the floor ({found.case_ms:.2f} / {found.floor_ms:.2f} ms; own {found.own_speed:.2f}), {queries} queries"
        )
        numbers = {
            "speed": found.speed,
            "case_ms": found.case_ms,
            "floor_ms": found.floor_ms,
            "own_speed": found.own_speed,
            "queries": queries,
        }
        self.row(name, measured, f">= {least:.2f}, <= {most}", holds=found.speed >= least and queries <= most, **numbers)

    def at_most(self, name: str, measured: float, budget: float, unit: str = "ms") -> None:
        self.row(name, f"{measured:.2f} {unit}", f"<= {budget:g} {unit}", holds=measured <= budget, value=measured)

    def row(self, name: str, measured: str, budget: str, *, holds: bool = True, **numbers: object) -> None:
        load = os.getloadavg()[0]
        self.cases.append({"case": name, "measured": measured, "budget": budget, "holds": holds, "load": load, **numbers})
        print(f"{'ok ' if holds else 'NOT'} {name:<50} {measured:<62} {budget:<18} load {load:.1f}", flush=True)

    def keep(self) -> None:
        place = Path(os.environ.get("BENCH_RESULTS", Path(os.environ["STATE_DIR"]) / "bench.json"))
        place.write_text(json.dumps(self.about | {"cases": self.cases}, indent=1))
