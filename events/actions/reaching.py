"""One request to an address that a stranger chose: to a public machine, the very one that was checked, and never for long.

The name is resolved once and every answer checked; the connection goes to a checked address, with the name only in TLS and in
the Host header. No redirect is followed, no proxy of the environment asked, and an answer is read to its first lines only.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from events.rules.addresses import Target, target_of, why_closed

type Resolver = Callable[[str, int], Sequence[str]]

CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 4
READ_BYTES = 16 * 1024


class Unreachable(Exception):
    """Nobody answered: no such name, a closed network, no connection, or silence until the time was up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said: the status, and how its words begin."""

    status: int
    excerpt: str


def by_system(host: str, port: int) -> list[str]:
    """The addresses of a name, as the machine's resolver gives them."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def post(url: str, body: bytes, headers: Mapping[str, str], *, resolve: Resolver = by_system) -> Answer:
    """Send a body and hear what comes back. Raises UnusableAddress, Unreachable."""
    target = target_of(url, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
    ends_at = time.monotonic() + settings.WEBHOOK_TIMEOUT_SECONDS
    try:
        with _connected(target, _checked(target, resolve, ends_at), ends_at) as line:
            return _asked(line, target, body, headers, ends_at)
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= ends_at:
            raise Unreachable(f"No answer within {settings.WEBHOOK_TIMEOUT_SECONDS} seconds.") from error
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def _checked(target: Target, resolve: Resolver, ends_at: float) -> list[str]:
    """The addresses of the target, of which not one lies in a closed network.

    A name that is not known and one of a closed network are told in the same words: a log is no map of the operator's network.
    """
    nowhere = f"Not sent: {target.host} leads to no public address."
    try:
        found = _resolved(target, resolve, ends_at)
    except (OSError, UnicodeError) as error:
        raise Unreachable(nowhere) from error
    if not found or any(why_closed(address, allowed=settings.WEBHOOK_ALLOWED_NETWORKS) for address in found):
        raise Unreachable(nowhere)
    for address in found:
        if target.scheme == "http" and why_closed(address) == "":
            raise Unreachable("Not sent: plain http goes to the networks the operator allows, not to public addresses.")
    return found


def _resolved(target: Target, resolve: Resolver, ends_at: float) -> list[str]:
    """What the resolver says in time; one that is silent for longer is left to itself."""
    asking = ThreadPoolExecutor(1, thread_name_prefix="resolve")
    try:
        return list(asking.submit(resolve, target.host, target.port).result(max(ends_at - time.monotonic(), 0)))
    finally:
        asking.shutdown(wait=False)


@contextmanager
def _connected(target: Target, addresses: Sequence[str], ends_at: float) -> Iterator[socket.socket]:
    """A connection to one of the checked addresses, shut when the time is up whatever it is doing."""
    raw = _first_that_answers(target, addresses, ends_at)
    watched = raw.dup()  # TLS takes the socket away from its owner; the copy still names the same connection
    watch = threading.Timer(max(ends_at - time.monotonic(), 0), _shut, [watched])
    watch.daemon = True
    watch.start()
    line = raw
    try:
        if target.scheme == "https":
            line = ssl.create_default_context().wrap_socket(raw, server_hostname=target.host)
        yield line
    finally:
        watch.cancel()
        watch.join()
        line.close()
        raw.close()
        watched.close()


def _first_that_answers(target: Target, addresses: Sequence[str], ends_at: float) -> socket.socket:
    """A connection to the first of a few addresses that takes it while there is time: a name may list any number of dead ones."""
    refused: OSError | None = None
    for address in addresses[:MOST_ADDRESSES]:
        rest = ends_at - time.monotonic()
        if rest <= 0:
            break
        try:
            return socket.create_connection((address, target.port), timeout=min(CONNECT_SECONDS, rest))
        except OSError as error:
            refused = error
    raise refused or OSError("nowhere to go")


def _shut(watched: socket.socket) -> None:
    try:
        watched.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


def _asked(line: socket.socket, target: Target, body: bytes, headers: Mapping[str, str], ends_at: float) -> Answer:
    line.settimeout(settings.WEBHOOK_TIMEOUT_SECONDS)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = line
    try:
        connection.request("POST", target.path, body, {"Host": target.host_header, "Connection": "close", **headers})
        answer = connection.getresponse()
        try:
            if time.monotonic() >= ends_at:
                raise TimeoutError  # headers that were cut off read like headers that ended
            return Answer(answer.status, _beginning(answer))
        finally:
            answer.close()
    finally:
        connection.close()


def _beginning(answer: http.client.HTTPResponse) -> str:
    """How an answer begins. What was said with the status counts, also when the words after it do not come."""
    try:
        read = answer.read(READ_BYTES)
    except (OSError, http.client.HTTPException):
        read = b""
    return " ".join(read.decode(errors="replace").replace("\x00", "").split())[:1000]
