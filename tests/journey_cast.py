"""What a journey needs beside its people: a mail server that listens, and a worker that carries the mail out."""

import datetime as dt
import os
import queue
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.actions.clients import add_client
from accounts.models import Person
from billing.actions import open_due_periods
from billing.models import Period
from deploy.processes import spawn, stop
from engagements.actions import begin_engagement, take_into_care
from engagements.rules import Terms
from tests.cast import ARRANGING, Company

WITHIN_SECONDS = 60
REPOSITORY = Path(__file__).resolve().parent.parent


def in_mid_period(name: str, code: str, *, hours: int, lead: Person) -> Company:
    """A client whose period began twelve days ago, whatever today is, so that its pace can be told; warned at 80 and 100 %."""
    day = timezone.localdate() - dt.timedelta(days=12)
    terms = Terms(starts_on=day, anchor_day=day.day, included_minutes=hours * 60, fee=Decimal(2000), thresholds=(80, 100))
    client = add_client(actor=ARRANGING, name=name, code=code)
    engagement = begin_engagement(actor=ARRANGING, client=client, name="AI care", currency="USD", terms=terms, lead=lead)
    open_due_periods(actor=ARRANGING, today=timezone.localdate())
    system = take_into_care(
        actor=ARRANGING, engagement=engagement, name=f"{name.split(maxsplit=1)[0]} assistant", kind="assistant", since=day
    )
    return Company(client, engagement, Period.objects.covering(timezone.localdate()).get(engagement=engagement), system)


class PostOffice:
    """An SMTP server on loopback that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.arrivals: queue.SimpleQueue[EmailMessage] = queue.SimpleQueue()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        self.letters.append(letter)
        self.arrivals.put(letter)
        return "250 taken"

    def wait_for(self, wanted: Callable[[EmailMessage], bool], *, within: float = WITHIN_SECONDS) -> EmailMessage:
        """The first letter that is wanted. Raises queue.Empty where none comes in time."""
        ends = monotonic() + within
        while True:
            letter = self.arrivals.get(timeout=max(ends - monotonic(), 0.001))
            if wanted(letter):
                return letter


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


@contextmanager
def worker(office: PostOffice, log: Path) -> Iterator[None]:
    """A Celery worker in a process of its own, on the database of the tests, sending its mail to the office."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    theirs = {
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}")),
        "EMAIL_URL": f"smtp://127.0.0.1:{office.port}",
        "PUBLIC_URL": settings.PUBLIC_URL,
    }
    command = [sys.executable, "-m", "celery", "-A", "config.celery:app", "worker", "--concurrency", "1", "--loglevel", "INFO"]
    quick = ["--without-gossip", "--without-mingle"]
    process = spawn([*command, *quick], log=log, env=os.environ | theirs, cwd=REPOSITORY)
    try:
        yield
    finally:
        stop(process)


def is_alert(letter: EmailMessage) -> bool:
    return "80" in str(letter["Subject"]) and "of its hours" in str(letter["Subject"])
