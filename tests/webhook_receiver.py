"""A program outside that takes webhooks: a real HTTP server on this machine, which answers as a test tells it to."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from standardwebhooks import Webhook as Verifier

type Reaction = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Taken:
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = orjson.loads(self.body)
        return told

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified_with(self, secret: str) -> Any:
        """What the library of the standard reads, once it believes the signature."""
        return Verifier(secret).verify(self.body, self.headers)


def status(code: int, body: bytes = b"", **headers: str) -> Reaction:
    def react(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return react


@dataclass
class Receiver:
    """Everything that arrived, and what the next requests are answered: 204 once the reactions are used up."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    hang: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?for=tend"

    @property
    def told(self) -> list[str]:
        return [each.told["type"] for each in self.taken]

    def hangs(self, _handler: BaseHTTPRequestHandler) -> None:
        """Says nothing until the test is over."""
        self.hang.wait(30)

    def drips(self, handler: BaseHTTPRequestHandler) -> None:
        """Never stops answering: a byte of a header at a time, each within any patience."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.hang.wait(0.05):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.taken.append(Taken(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            reaction = receiver.reactions.pop(0) if receiver.reactions else status(204)
            try:
                reaction(self)
            except OSError:
                return  # the sender has heard enough

        def log_message(self, *_: object) -> None:
            """Say nothing between the tests."""

    return Handler


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(receiver))
    receiver.port = server.server_address[1]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.hang.set()
        server.shutdown()
        server.server_close()
        thread.join()
