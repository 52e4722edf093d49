"""What a person and their machine see of it: how soon it answers after a start, and the memory of a process that serves."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from django.test import Client

from accounts import scope
from accounts.models import User
from bench.dataset import LEAD, DataSet
from bench.report import Report
from deploy.processes import spawn, stop, wait_until
from deploy.up import REPOSITORY, web

REQUESTS = 10_000
MOST_MB, MOST_GROWTH = 150, 1.05
MOST_SECONDS = 15


def memory(data: DataSet, report: Report) -> None:
    """One process of the web server: its resident memory after the first half of the requests, and after all of them."""
    browser = Client(SERVER_NAME="localhost")
    with scope.door():
        browser.force_login(User.objects.get(email=LEAD))
    program, person = {"Authorization": f"Bearer {data.secret}"}, {"Cookie": f"session={browser.cookies['session'].value}"}
    programs = [("/api/v1/tickets?limit=50", program), (f"/api/v1/clients/{data.client_id}/balance", program)]
    asked = [*programs * 4, ("/workspace/tickets/", person), ("/workspace/retainers/", person)]
    with tempfile.TemporaryDirectory(prefix="tend-bench-") as directory, _served(Path(directory)) as (process, port):
        line = HTTPConnection("127.0.0.1", port, timeout=60)
        after = []
        for _half in range(2):
            for number in range(REQUESTS // 2):
                path, headers = asked[number % len(asked)]
                line.request("GET", path, headers={"Host": "localhost", **headers})
                answer = line.getresponse()
                answer.read()
                if answer.status != HTTPStatus.OK:
                    raise RuntimeError(f"{path}: {answer.status}")
            after.append(max(_resident_mb(worker) for worker in _children(process.pid)))
        line.close()
    name = f"memory of a web process after {REQUESTS:,} requests"
    measured = f"{after[1]:.0f} MB, {after[0]:.0f} after half of them"
    holds = after[1] <= MOST_MB and after[1] <= after[0] * MOST_GROWTH
    report.row(name, measured, f"<= {MOST_MB} MB, steady", holds=holds, mb=after[1], mb_at_half=after[0])


def start(report: Report) -> None:
    """`make up` on data that is there already: the seconds until its first page."""
    with tempfile.TemporaryDirectory(prefix="tend-bench-") as directory:
        first, again = (_seconds_to_first_page(Path(directory), _free_port()) for _ in range(2))
    report.at_most(f"make up to first page (with the story to seed: {first:.1f} s)", again, MOST_SECONDS, unit="s")


def _seconds_to_first_page(directory: Path, port: int) -> float:
    came_here = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", ""), "PORT": str(port), "STATE_DIR": str(directory / "state")}
    began = time.perf_counter()
    process = spawn([sys.executable, "-m", "deploy.up"], log=directory / "up.log", env=came_here, cwd=REPOSITORY)
    try:
        wait_until(lambda: _answers(port), what="make up", process=process, log=directory / "up.log", within_seconds=300)
        return time.perf_counter() - began
    finally:
        stop(process, within_seconds=60)


@contextmanager
def _served(directory: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = _free_port()
    process = spawn(web(port, workers=1), log=directory / "web.log", cwd=REPOSITORY)
    try:
        wait_until(lambda: _answers(port), what="The web server", process=process, log=directory / "web.log")
        yield process, port
    finally:
        stop(process)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _answers(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/accounts/login/", headers={"Host": "localhost"})
        return line.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        line.close()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
