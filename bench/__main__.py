"""`make bench`: builds the standard data set on throw-away servers and prints each case beside its budget.

SCALE=0.1 of the standard set unless told otherwise. A ratio within one run counts, an absolute time does not.
"""

import os
import time

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from bench import cases, dataset, loads, pages, serving  # noqa: PLC0415 (the application must be ready first)
    from bench.report import Report  # noqa: PLC0415

    scale = float(os.environ.get("SCALE", "0.1"))
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    data = dataset.build(scale)
    dataset.analyse()
    print(f"Scale {scale}: {data.tickets:,} tickets, {data.entries:,} entries, built in {time.perf_counter() - began:.0f} s\n")
    report = Report(scale)
    cases.hot_resources(data, report)
    cases.recompute(report)
    pages.pages(data, report)
    pages.far_page(data, report)
    loads.growth(data, report)
    loads.writers(report)
    serving.memory(data, report)
    serving.start(report)
    loads.closes(report)
    loads.alerts(report)
    report.keep()


main()
