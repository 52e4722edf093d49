"""Loads that end by themselves: a month closed for 200 retainers, many writers at once, and a table that grew thirtyfold."""

import time
from itertools import cycle, islice
from threading import Barrier, Thread

from django.db import connection
from django.utils import timezone

from accounts import scope
from accounts.actions.people import actor_of_person
from accounts.actors import Actor
from accounts.models import Person
from bench import cases
from bench.dataset import DataSet, analyse, grow, prepare_alerts, prepare_close
from bench.report import Report
from billing.actions import Work, close_period, log_time
from billing.actions.alerts import sweep_burn_alerts
from billing.models import BurnAlert, Period, TimeEntry
from engagements.models import Engagement

CLOSES = 200
ALERTS, RETAINERS = 1_400, 10_000
WRITES = 160  # of all writers together
MINUTES = 5


def _lead() -> Actor:
    with scope.system("bench"):
        actor = actor_of_person(Person.objects.get(name="Lena Lead"))
    if actor is None:
        raise RuntimeError("The lead of the data set has left.")
    return actor


def closes(report: Report) -> None:
    """Each with statement, charge and postings, in its own transaction, one after the other."""
    prepare_close(CLOSES)
    lead = _lead()
    with scope.of(lead):
        due = list(Period.objects.open().filter(engagement__name="To be closed", ends_on__lte=timezone.localdate()))
        began = time.perf_counter()
        numbers = [close_period(actor=lead, period=period).number for period in due]
        spent = time.perf_counter() - began
    if len(numbers) != CLOSES:
        raise RuntimeError(f"{len(numbers)} of {CLOSES} periods were closed.")
    report.at_most(f"close of {CLOSES} retainers, one after the other", spent, 60, unit="s")


def alerts(report: Report) -> None:
    """What an outage leaves behind: retainers that passed a threshold and nobody was told. With events, notices and mails."""
    with scope.system("bench"):
        sweep_burn_alerts()  # what the cases before left
        before = BurnAlert.objects.count()
        prepare_alerts(ALERTS, of=RETAINERS)
        analyse()
        began = time.perf_counter()
        sweep_burn_alerts()
        spent = time.perf_counter() - began
        raised = BurnAlert.objects.count() - before
    if raised != ALERTS:
        raise RuntimeError(f"{raised} of {ALERTS} alerts were raised.")
    report.at_most(f"sweep that raises {ALERTS:,} alerts of {RETAINERS:,} retainers", spent, 1, unit="s")


def writers(report: Report) -> None:
    with scope.system("bench"):
        engagements = list(Engagement.objects.filter(name="Care 2").order_by("pk")[:32])
    for threads in (8, 32):
        _write(report, threads, engagements[:1], "one engagement")
        _write(report, threads, engagements, f"{min(threads, len(engagements))} engagements")


def _write(report: Report, threads: int, engagements: list[Engagement], where: str) -> None:
    """The same number of entries, shared by the writers; then the totals of the periods must be the sums of their entries."""
    lead, start = _lead(), Barrier(threads + 1)
    work = Work(service_area="reporting", raw_seconds=MINUTES * 60, work_date=timezone.localdate())
    failed: list[Exception] = []

    def write(first: int) -> None:
        try:
            with scope.of(lead):
                connection.ensure_connection()
                start.wait(timeout=60)
                for engagement in islice(cycle(engagements), first, first + WRITES // threads):
                    log_time(actor=lead, engagement=engagement, work=work)
        except Exception as error:  # noqa: BLE001 (told below)
            failed.append(error)
        finally:
            connection.close()

    running = [Thread(target=write, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    start.wait(timeout=60)
    began = time.perf_counter()
    for thread in running:
        thread.join(timeout=300)
    spent = time.perf_counter() - began
    holds = not failed and _totals_are_exact(engagements)
    rate = WRITES / spent
    report.row(f"{threads} writers on {where}", f"{rate:.0f} entries a second", "exact totals", holds=holds, a_second=rate)


def _totals_are_exact(engagements: list[Engagement]) -> bool:
    with scope.system("bench"):
        periods = Period.objects.open().filter(engagement__in=engagements)
        return all(period.used_minutes == TimeEntry.objects.filter(period=period).burned_minutes() for period in periods)


def growth(data: DataSet, report: Report) -> None:
    """The sweep, and the logging of time, before and after the entries of the others grew thirtyfold.

    The sweep takes a millisecond or less, so what counts is how it grew beside a query that no table slows down: the machine drifts too.
    """
    swept, logged = cases.burn_sweep(report), cases.log_time(data, report)
    grown = grow(data, times=30)
    again = cases.burn_sweep(report, f"burn sweep, {grown:,} entries more")
    report.at_most("burn sweep after entries grew 30 times", swept.speed / again.speed, 1.5, unit="times")
    after = cases.log_time(data, report, f"POST /time-entries, {grown:,} entries more")
    report.at_most("POST /time-entries after entries grew 30 times", after / logged, 1.3, unit="times")
