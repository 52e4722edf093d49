"""`make bench`: builds the standard data set on throw-away servers and prints each case beside its budget.

SCALE=0.02 of the standard set unless told otherwise. A ratio within one run counts, an absolute time does not.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from bench import cases, dataset, timing  # noqa: PLC0415 (the application must be ready first)

    scale = float(os.environ.get("SCALE", "0.02"))
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    data = dataset.build(scale)
    dataset.analyse()
    print(f"Scale {scale}: {data.tickets:,} tickets, {data.entries:,} entries, built in {time.perf_counter() - began:.0f} s\n")
    api = cases.Api(data)
    found: list[dict[str, Any]] = []

    def report(name: str, measured: str, budget: str, *, holds: bool, **numbers: float) -> None:
        found.append({"case": name, "measured": measured, "budget": budget, "holds": holds, **numbers})
        print(f"{'ok ' if holds else 'NOT'} {name:<52} {measured:<44} {budget}")

    reads = {
        "GET /tickets?limit=50": (lambda: api.call("/api/v1/tickets?limit=50"), 0.40, 4),
        "GET /clients/{id}/balance": (lambda: api.call(f"/api/v1/clients/{data.client_id}/balance"), 0.40, 4),
    }
    for name, (case, least, most) in reads.items():
        floor, statements = cases.floor_of(case)
        ratio = timing.against(case, floor)
        measured = f"{ratio.speed:.2f} of the floor ({ratio.case_ms:.2f} ms), {statements} queries"
        holds = ratio.speed >= least and statements <= most
        report(name, measured, f">= {least:.2f}, <= {most}", holds=holds, speed=ratio.speed, queries=statements)

    entry = {
        "engagement": data.engagement_id,
        "raw_seconds": 300,
        "work_date": str(dataset.timezone.localdate()),
        "service_area": "reporting",
    }
    body = json.dumps(entry).encode()
    case = lambda: api.call("/api/v1/time-entries", "POST", body)  # noqa: E731
    floor, statements = cases.floor_of(case)
    ratio = timing.against(case, floor, rounds=60, warm=5)
    measured = f"{ratio.speed:.2f} of the floor ({ratio.case_ms:.2f} ms), {statements} queries"
    report(
        "POST /time-entries",
        measured,
        ">= 0.25, <= 12",
        holds=ratio.speed >= 0.25 and statements <= 12,
        speed=ratio.speed,
        queries=statements,
    )

    spent = timing.alone(cases.recompute())
    report("recompute of a period with 1,000 entries", f"{spent:.2f} ms", "<= 5 ms", holds=spent <= 5, ms=spent)
    spent = timing.alone(cases.burn_sweep())
    report("burn sweep over all retainers", f"{spent:.2f} ms", "<= 3 ms of SQL", holds=spent <= 3, ms=spent)

    results = Path(os.environ.get("BENCH_RESULTS", Path(os.environ["STATE_DIR"]) / "bench.json"))
    results.write_text(json.dumps({"scale": scale, "cases": found}, indent=1))
    sys.exit(0)


main()
