"""Worker, broker and web are killed in the middle of their work; no alert is lost and no row is doubled.

`make test` runs a small story, PROVE=1 the whole one: 200 alerts to two people each, ten kills.
"""

import itertools
import os
import signal
import socket
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from billing.models import BurnAlert, Period, TimeEntry
from billing.models.alert import BurnAlertQuerySet
from deploy.embedded import Valkey
from deploy.processes import wait_until
from deploy.up import BEAT, WORKER, Program, web
from events.models import Delivery, Notice
from tests.cast import key, make_company
from tests.mail_sink import Sink, listening

ALERTS, KILLS, WITHIN_SECONDS = (200, 10, 600) if os.environ.get("PROVE") else (20, 2, 150)
AHEAD = 10  # alerts that may be on their way at once, so that every kill meets both writing and sending
MINUTES = (480, 120)  # to 80 % and to 100 % of ten hours
TOLD = 2  # the lead and an admin


class Installation:
    """What `make up` runs, in processes of its own, on the test's database."""

    def __init__(self, directory: Path, sink: Sink) -> None:
        self.valkey = Valkey(directory / "valkey")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        here = {
            "BROKER_URL": self.valkey.broker_url(),
            "CACHE_URL": self.valkey.cache_url(),
            "EMAIL_URL": sink.url,
            "OUTBOX_LEASE_SECONDS": "3",
            "STATE_DIR": str(directory),
            "LOG_LEVEL": "WARNING",
        }
        env = {**os.environ, **{name: on_the_test_database(os.environ[name]) for name in ("DATABASE_URL", "DATABASE_ADMIN_URL")}, **here}
        commands = {"worker": WORKER, "beat": [*BEAT, "--schedule", directory / "beat"], "web": web(self.port, workers=2)}
        self.programs = {name: Program(name, command, directory / f"{name}.log", env) for name, command in commands.items()}

    def start(self, at_the_end: ExitStack) -> None:
        at_the_end.callback(self.valkey.stop)
        self.valkey.start()
        for program in self.programs.values():
            at_the_end.callback(program.stop)
            program.start()
        answering = self.programs["web"]
        wait_until(lambda: self.post("/livez", {}, "") is not None, what="The web server", process=answering.process, log=answering.log)

    def kill(self, name: str) -> None:
        """End everything of a process at once, by SIGKILL, and start it again."""
        victim: Valkey | Program = self.valkey if name == "broker" else self.programs[name]
        assert victim.process is not None
        os.killpg(victim.process.pid, signal.SIGKILL)
        victim.process.wait()
        victim.start()

    def keep_alive(self) -> None:
        for program in self.programs.values():
            program.keep_alive()

    def post(self, path: str, body: dict[str, object], secret: str, once: str = "") -> int | None:
        """The status of the answer; None where there was none."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=15)
        headers = {
            "Host": "localhost", "Content-Type": "application/json", "Authorization": f"Bearer {secret}", "Idempotency-Key": once,
        }  # fmt: skip
        try:
            line.request("POST", path, orjson.dumps(body), headers)
            return line.getresponse().status
        except (OSError, HTTPException):
            return None
        finally:
            line.close()


def on_the_test_database(url: str) -> str:
    return urlsplit(url)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


class Writers:
    """Programs of the firm that log work through the API, each entry until it was accepted, under one Idempotency-Key."""

    def __init__(self, installation: Installation, sink: Sink, secret: str, engagements: list[str]) -> None:
        self.installation, self.sink, self.secret = installation, sink, secret
        # Any two entries of one engagement follow each other, or one jump would speak for both thresholds.
        self.lanes = [engagements[place::3] for place in range(3)]
        self.accepted = 0
        self.retries = 0
        self.refusals: list[int] = []
        self.ends_at = time.monotonic() + WITHIN_SECONDS
        self.threads = [threading.Thread(target=self.write, args=(lane,), daemon=True) for lane in self.lanes]

    def write(self, lane: list[str]) -> None:
        for minutes, engagement in itertools.product(MINUTES, lane):
            with self.sink.arrived:
                self.sink.arrived.wait_for(self.may_go_on, timeout=self.ends_at - time.monotonic())
            self.log(engagement, minutes)

    def may_go_on(self) -> bool:
        return self.accepted * TOLD - len(set(self.sink.ids)) < AHEAD * TOLD

    def log(self, engagement: str, minutes: int) -> None:
        work = {
            "engagement": engagement, "service_area": "reporting", "raw_seconds": minutes * 60,
            "work_date": timezone.localdate().isoformat(),
        }  # fmt: skip
        while time.monotonic() < self.ends_at:
            status = self.installation.post("/api/v1/time-entries", work, self.secret, once=f"{engagement} {minutes}")
            if status == HTTPStatus.CREATED:
                with self.sink.arrived:
                    self.accepted += 1
                    self.sink.arrived.notify_all()
                return
            if status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.CONFLICT:
                self.refusals.append(status)
                return
            self.retries += 1
            threading.Event().wait(0.1)  # what every client does between two tries


@pytest.mark.prove
@pytest.mark.django_db(transaction=True)
def test_killing_worker_broker_and_web_loses_no_alert_and_doubles_no_row(firm, mara, ada, tmp_path):
    engagements = [
        str(make_company(f"Firm{number:03} Works", f"F{number:03}", lead=mara, thresholds=(80, 100)).engagement.pk)
        for number in range(ALERTS // 2)
    ]
    secret = key(mara)
    began = time.monotonic()
    with listening() as sink, ExitStack() as at_the_end:
        installation = Installation(tmp_path, sink)
        installation.start(at_the_end)
        writers = Writers(installation, sink, secret, engagements)
        for thread in writers.threads:
            thread.start()
        killed = kill_while_they_work(installation, writers, sink)
        wait_until(lambda: is_done(installation), what="The last alert", within_seconds=writers.ends_at - time.monotonic())
        for thread in writers.threads:
            thread.join(10)
    assert writers.refusals == []
    assert len(killed) == KILLS
    seconds = time.monotonic() - began
    copies = len(sink.ids) - len(set(sink.ids))
    print(f"{ALERTS} alerts, kills {' '.join(killed)}: {seconds:.0f} s, {writers.retries} requests repeated, {copies} mails sent twice")  # noqa: T201 (the measurement)
    nothing_is_lost(sink)


def kill_while_they_work(installation: Installation, writers: Writers, sink: Sink) -> list[str]:
    """Kill each time another share of entries and mails is through; who was killed."""
    killed: list[str] = []
    for number, name in zip(range(1, KILLS + 1), itertools.cycle(("web", "worker", "broker"))):
        goal = ALERTS * (1 + TOLD) * number // (KILLS + 1)
        while writers.accepted + len(set(sink.ids)) < goal:
            assert time.monotonic() < writers.ends_at, f"no progress after {killed}: {writers.accepted} entries, {len(sink.ids)} mails"
            installation.keep_alive()
            with sink.arrived:
                sink.arrived.wait(1)
        installation.kill(name)
        killed.append(name)
    return killed


def is_done(installation: Installation) -> bool:
    installation.keep_alive()
    return burns().count() == ALERTS and not Delivery.objects.filter(is_waiting=True).exists()


def burns() -> BurnAlertQuerySet:
    """The alerts of the thresholds. By its day the sweep tells of a pace as well, where it comes between the two entries."""
    return BurnAlert.objects.filter(kind=BurnAlert.Kind.BURN)


def nothing_is_lost(sink: Sink) -> None:
    assert TimeEntry.objects.count() == ALERTS
    assert set(Period.objects.covering(timezone.localdate()).values_list("used_minutes", flat=True)) == {sum(MINUTES)}
    alerts = defaultdict(list)
    for period, percent, superseded in burns().order_by("percent").values_list("period_id", "percent", "is_superseded"):
        alerts[period].append((percent, superseded))
    assert len(alerts) == ALERTS // 2
    assert all(raised == [(80, False), (100, False)] for raised in alerts.values())
    told = BurnAlert.objects.filter(is_superseded=False).count() * TOLD
    assert Notice.objects.count() == Delivery.objects.count() == told
    assert not Delivery.objects.filter(sent_at=None).exists()
    assert set(sink.ids) == set(Delivery.objects.values_list("message_id", flat=True))
    names = defaultdict(set)
    for mail in sink.received:
        names[mail["To"], mail["Subject"]].add(mail["Message-ID"])
    assert len(names) == told
    assert all(len(ids) == 1 for ids in names.values()), "a copy carries the name of the first"
