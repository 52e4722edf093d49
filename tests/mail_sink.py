"""A real SMTP server on loopback that keeps what it is sent, and refuses whom it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink(Controller):
    """Listens on a port that the kernel chose, or on the one it had before. Messages arrive from other processes as well."""

    def __init__(self, port: int = 0) -> None:
        self.received: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.arrived = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", port))
        super().__init__(self, hostname="127.0.0.1", port=self.listener.getsockname()[1])

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.listener)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        """The Message-ID of every mail, in the order of arrival."""
        return [str(mail["Message-ID"]) for mail in self.received]

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        content = envelope.content
        assert isinstance(content, bytes)
        with self.arrived:
            self.received.append(message_from_bytes(content, policy=policy.default))
            self.arrived.notify_all()
        return "250 OK"


@contextmanager
def listening(port: int = 0) -> Iterator[Sink]:
    sink = Sink(port)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()
