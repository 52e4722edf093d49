"""Where a message may be sent: what an address must look like, and which machines are nobody's business."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from accounts.errors import DomainError
from figures.text import gettext_noop

type Network = IPv4Network | IPv6Network

PORTS = {"https": 443, "http": 80}
PLAIN = re.compile(r"[!-~]{1,500}", re.ASCII)  # urlsplit drops tabs and line breaks in silence
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)

# Named one by one: Python's is_global lets multicast and NAT64 pass, and changes from version to version.
CLOSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared behind a carrier
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, where clouds answer with credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)
# Everything else of IPv6 is loopback, local, multicast, IPv4-mapped, NAT64 or not handed out.
UNICAST_V6 = IPv6Network("2000::/3")


class UnusableAddress(DomainError):
    """No message can be sent to this address. The sentence says why."""

    code = "unusable-address"


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an address that a request is made of."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, *, allowed: Iterable[Network] = ()) -> Target:
    """The parts of a usable address; plain http only where the operator allows some networks. Raises UnusableAddress."""
    networks = tuple(allowed)
    if not PLAIN.fullmatch(url) or "\\" in url:
        raise _unusable(gettext_noop("Write the address in plain letters, like https://hooks.example.com/tend."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable(gettext_noop("This is not an address. Write one like https://hooks.example.com/tend.")) from None
    if parts.scheme not in ({"https", "http"} if networks else {"https"}):
        raise _unusable(gettext_noop("Messages go out encrypted only. Begin the address with https://."))
    if parts.username is not None or parts.fragment or port == 0:
        raise _unusable(gettext_noop("Leave names, passwords and # out of the address. The signature says who sends."))
    literal = _literal(host)
    if not literal and not HOST.fullmatch(host):
        raise _unusable(gettext_noop("The address names no host. Write one like https://hooks.example.com/tend."))
    if literal and why_closed(host, allowed=networks):
        raise _unusable(gettext_noop("This address lies within a closed network. Give one that the whole internet reaches."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def why_closed(address: str, *, allowed: Iterable[Network] = ()) -> str:
    """Why no message may go to a machine's address, or nothing where it may."""
    try:
        found = ip_address(address)
    except ValueError:
        return f"{address} is no address of a machine."
    if any(found in network for network in allowed):
        return ""
    if found.version == 6 and found not in UNICAST_V6:
        return f"{address} is not a public address."
    if any(found in network for network in CLOSED) or found.is_multicast or not found.is_global:
        return f"{address} is not a public address."
    return ""


def _literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _unusable(sentence: str) -> UnusableAddress:
    return UnusableAddress(sentence, field="url")
