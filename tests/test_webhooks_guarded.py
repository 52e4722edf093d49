"""Where webhooks never go: closed networks, by whatever name; and that they go to the machine that was checked."""

import socket
import ssl
import subprocess
import threading
import time
from ipaddress import ip_network

import pytest

from events.actions.posting import drain_webhooks
from events.actions.reaching import Unreachable, post
from events.actions.webhooks import Wanted, add_webhook
from events.models import WebhookMessage
from events.rules.addresses import UnusableAddress, target_of, why_closed
from tests.cast import actor, ask
from tests.webhook_receiver import receiving

CLOSED = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "no address",
)
OPEN = ("8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::6810:84e5", "2a00:1450:4001:82a::200e")


def resolving_to(*addresses):
    return lambda _host, _port: addresses


@pytest.mark.parametrize("address", CLOSED)
def test_a_closed_address_is_refused(address):
    assert why_closed(address)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_not(address):
    assert why_closed(address) == ""


def test_what_the_operator_allows_is_no_more_than_that():
    allowed = [ip_network("127.0.0.0/8")]
    assert why_closed("127.0.0.1", allowed=allowed) == ""
    assert why_closed("10.0.0.1", allowed=allowed)
    assert why_closed("::ffff:127.0.0.1", allowed=allowed)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com/x",
        "http://hooks.example.com/x",
        "ftp://hooks.example.com/x",
        "https://",
        "https:///x",
        "https://user:pass@hooks.example.com/x",
        "https://hooks.example.com/x#part",
        "https://hooks.example.com:0/x",
        "https://hooks.example.com:99999/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[fe80::1%25eth0]/x",
        "https://hooks.example.com\\@127.0.0.1/x",
        "https://hooks.exam\nple.com/x",
        "https://hooks.example.com/\tx",
        "https://höoks.example.com/x",
        "https://hooks_.example.com:x/",
        "https://-hooks/x y",
        "https://hooks.example.com/" + "x" * 500,
    ],
)
def test_an_unusable_address_is_refused_when_it_is_written(url):
    with pytest.raises(UnusableAddress):
        target_of(url)


def test_an_address_is_taken_apart():
    target = target_of("https://Hooks.example.com:8443/a%20b?c=d")
    assert (target.host, target.port, target.path, target.host_header) == (
        "hooks.example.com",
        8443,
        "/a%20b?c=d",
        "hooks.example.com:8443",
    )
    assert target_of("https://hooks.example.com").host_header == "hooks.example.com"
    assert target_of("https://[2606:4700::1]/x").host_header == "[2606:4700::1]"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1", "ff02::1"])
def test_a_name_that_leads_inside_is_not_followed(address):
    with pytest.raises(Unreachable, match="Not sent"):
        post("https://hooks.example.com/x", b"{}", {}, resolve=resolving_to(address))


def test_one_closed_address_among_public_ones_spoils_them_all():
    with pytest.raises(Unreachable, match="Not sent"):
        post("https://hooks.example.com/x", b"{}", {}, resolve=resolving_to("93.184.215.14", "127.0.0.1"))


def test_a_name_that_cannot_be_resolved_is_not_tried():
    def broken(_host, _port):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    with pytest.raises(Unreachable, match="leads to no public address"):
        post("https://hooks.example.com/x", b"{}", {}, resolve=broken)
    with pytest.raises(Unreachable, match="leads to no public address"):
        post("https://hooks.example.com/x", b"{}", {}, resolve=resolving_to())


@pytest.fixture
def loopback(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


def test_a_name_is_resolved_once_and_its_checked_address_is_the_one_that_is_reached(loopback):
    answers = [["127.0.0.1"], ["10.0.0.1"]]  # a name that leads elsewhere the second time

    with receiving() as receiver:
        answer = post(f"http://hooks.example.com:{receiver.port}/x", b"{}", {}, resolve=lambda *_: answers.pop(0))
        assert answer.status == 204
        assert receiver.taken[0].headers["host"] == f"hooks.example.com:{receiver.port}"
    assert len(answers) == 1


def test_plain_http_never_goes_to_the_public_internet(loopback):
    with pytest.raises(Unreachable, match="plain http"):
        post("http://hooks.example.com/x", b"{}", {}, resolve=resolving_to("93.184.215.14"))


def test_no_proxy_of_the_environment_is_asked(loopback, monkeypatch):
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(receiver.url, b"{}", {}).status == 204
        assert proxy.taken == []


@pytest.fixture
def certificate(tmp_path):
    """A certificate of hooks.example.com, signed by itself."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-keyout", key, "-out", cert, "-subj", "/CN=hooks.example.com", "-addext", "subjectAltName=DNS:hooks.example.com"),
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


def test_tls_is_held_to_the_name_though_the_connection_goes_to_the_address(loopback, certificate, monkeypatch):
    key, cert = certificate
    asked_for = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    with receiving(context) as receiver:
        address = f"https://hooks.example.com:{receiver.port}/x"
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            post(address, b"{}", {}, resolve=resolving_to("127.0.0.1"))
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        assert post(address, b"{}", {}, resolve=resolving_to("127.0.0.1")).status == 204
        assert receiver.taken[0].headers["host"] == f"hooks.example.com:{receiver.port}"
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            post(f"https://other.example.com:{receiver.port}/x", b"{}", {}, resolve=resolving_to("127.0.0.1"))
    assert asked_for[:2] == ["hooks.example.com", "hooks.example.com"]


def test_without_a_word_of_the_operator_loopback_is_closed(acorn, mara, rob):
    with pytest.raises(UnusableAddress):
        add_webhook(actor=actor(mara), wanted=Wanted(url="http://127.0.0.1:9/", kinds=["ticket.opened"]))
    webhook, _ = add_webhook(actor=actor(mara), wanted=Wanted(url="https://localhost:9/", kinds=["ticket.opened"]))
    ask(rob, acorn)
    assert drain_webhooks() == 1
    message = WebhookMessage.objects.get()
    assert message.is_waiting
    assert message.last_error.startswith("Not sent: ")
    assert webhook.messages.get().tries.get().status is None


def test_a_name_with_many_dead_addresses_costs_its_time_and_no_more(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS, settings.WEBHOOK_ALLOWED_NETWORKS = 1, (ip_network("127.0.0.0/8"),)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = socket.create_connection(("127.0.0.1", port))
        began = time.monotonic()
        with pytest.raises(Unreachable):
            post(f"http://dead.example:{port}/", b"{}", {}, resolve=lambda _host, _port: ["127.0.0.1"] * 60)
        assert time.monotonic() - began < 10  # sixty of them one after another would be a minute
        waiting.close()


def test_a_resolver_that_is_silent_costs_the_time_of_the_request_and_no_more(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.2
    answered = threading.Event()
    try:
        with pytest.raises(Unreachable, match="leads to no public address"):
            post("https://silent.example/", b"{}", {}, resolve=lambda _host, _port: [str(answered.wait(30))])
    finally:
        answered.set()
