"""An assistant that works by MCP: the official client starts `manage.py mcp`, which knows a running Tend by address and key alone."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import get_args

import pytest
import requests
from anyio.from_thread import start_blocking_portal
from django.utils import timezone

from accounts.actions.keys import revoke_key
from accounts.models import ApiKey
from api.documents import COMMITTED
from billing.models import TimeEntry
from deploy.state import REPOSITORY
from tests.cast import ARRANGING, ask, log, make_company
from tests.closing_cast import keep
from tests.ticket_cast import does
from tickets.actions import reply, resolve_ticket
from tickets.models import Ticket

if find_spec("mcp") is None and not os.environ.get("CI"):
    pytest.skip("The MCP server is an extra: uv run --extra mcp pytest", allow_module_level=True)

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from assistants import wording
from assistants.tend import Refused, Tend

pytestmark = pytest.mark.django_db(transaction=True)

READING = {
    "who_am_i",
    "find_clients",
    "find_tickets",
    "read_ticket",
    "read_balance",
    "list_periods",
    "list_statements",
    "draft_report",
}
WRITING = {"open_ticket", "log_time"}


class Assistant:
    """One conversation over standard input and output."""

    def __init__(self, portal, client):
        self.portal = portal
        self.client = client

    def tools(self):
        return self.portal.call(self.client.list_tools).tools

    def does(self, tool, **arguments):
        answer = self.portal.call(self.client.call_tool, tool, arguments)
        assert not answer.is_error, answer.content[0].text
        return answer.structured_content

    def is_refused(self, tool, **arguments):
        answer = self.portal.call(self.client.call_tool, tool, arguments)
        assert answer.is_error, answer.structured_content
        return answer.content[0].text


@pytest.fixture
def assistant(live_server, tmp_path):
    """Starts a server for a key; whatever was asked, nothing of it stands in the log of the program it runs in."""
    log_file = tmp_path / "log"
    with ExitStack() as running:
        errors = running.enter_context(log_file.open("w"))

        def start(secret, address=live_server.url):
            settings = {"TEND_URL": address, "TEND_KEY": secret}
            program = StdioServerParameters(command=sys.executable, args=["manage.py", "mcp"], cwd=REPOSITORY, env=settings)
            portal = running.enter_context(start_blocking_portal())
            return Assistant(portal, running.enter_context(portal.wrap_async_context_manager(Client(stdio_client(program, errors)))))

        yield start
    assert log_file.read_text() == ""


@pytest.fixture
def request_of_rob(acorn, rob):
    return ask(rob, acorn, subject="Quotes promise three days", body="The mill needs eight.")


def minutes_logged():
    return sorted(seconds // 60 for seconds in TimeEntry.objects.values_list("raw_seconds", flat=True))


def test_an_assistant_reads_what_it_may_and_what_each_tool_may_change(assistant, ines, key):
    helper = assistant(key(ines))
    hints = {tool.name: tool.annotations for tool in helper.tools()}
    assert hints.keys() == READING | WRITING
    assert {name for name, hint in hints.items() if hint.read_only_hint} == READING
    assert all(hint.idempotent_hint and not hint.destructive_hint and not hint.open_world_hint for hint in hints.values())
    me = helper.does("who_am_i")
    assert (me["person"]["name"], me["staff_role"], me["client"]) == ("Ines Consultant", "consultant", None)
    assert me["today"] == timezone.localdate().isoformat()


def test_a_consultants_assistant_finds_a_request_and_logs_time_on_it_once(assistant, acorn, ines, request_of_rob, key):
    does(ines, acorn, reply, ticket=request_of_rob, body="Which quote was it?")
    helper = assistant(key(ines))
    (found,) = helper.does("find_tickets", client="acm", turn="us", state=["new", "open"])["tickets"]
    read = helper.does("read_ticket", ticket=found["reference"].lower())
    assert [message["body"] for message in read["messages"]] == ["The mill needs eight.", "Which quote was it?"]
    before = helper.does("read_balance", client="Acorn Mills")["engagements"][0]["left_minutes"]
    work = {"duration": "1h30", "ticket": found["reference"], "note": "Pinned the lead-time table"}
    entry = helper.does("log_time", **work)
    assert (entry["billed_minutes"], entry["person"]["name"], entry["ticket"]["reference"]) == (90, "Ines Consultant", found["reference"])
    assert "already_there" not in entry
    assert helper.does("read_balance", client="ACM")["engagements"][0]["left_minutes"] == before - 90
    again = helper.does("log_time", **work)
    assert again["id"] == entry["id"]
    assert "repeat=2" in again["already_there"]
    assert minutes_logged() == [90]
    assert helper.does("log_time", **work, repeat=2)["id"] != entry["id"]
    assert minutes_logged() == [90, 90]


def test_another_process_of_the_same_assistant_writes_nothing_twice_either(assistant, request_of_rob, ines, key):
    secret = key(ines)
    first = assistant(secret).does("log_time", duration=45, ticket=request_of_rob.reference)
    assert assistant(secret).does("log_time", duration=45, ticket=request_of_rob.reference)["id"] == first["id"]
    assert minutes_logged() == [45]


def test_time_without_a_ticket_goes_to_the_one_retainer_of_the_client(assistant, acorn, ines, key):
    helper = assistant(key(ines))
    entry = helper.does("log_time", duration="20m", client="ACM", service_area="reporting", work_date=timezone.localdate().isoformat())
    assert (entry["engagement"]["id"], entry["billed_minutes"]) == (str(acorn.engagement.pk), 20)
    assert "the client and the service_area" in helper.is_refused("log_time", duration="20m", client="ACM")
    assert minutes_logged() == [20]


def test_a_clients_assistant_opens_one_ticket_for_its_own_company(assistant, acorn, priya, key):
    helper = assistant(key(priya))
    wish = {"subject": "Refunds answer in German", "body": "Since Monday.", "urgent": True}
    opened = helper.does("open_ticket", **wish)
    assert (opened["client"]["code"], opened["requester"]["name"], opened["urgent"]) == ("ACM", "Priya Owner", True)
    assert helper.does("open_ticket", **wish)["id"] == opened["id"]
    assert [ticket.subject for ticket in Ticket.objects.all()] == ["Refunds answer in German"]
    assert helper.does("read_balance")["client"]["code"] == "ACM"
    assert "Error executing tool log_time" in helper.is_refused("log_time", duration="1h", ticket=opened["reference"])
    assert minutes_logged() == []


def test_another_clients_things_do_not_exist_for_an_assistant(assistant, acorn, cobalt, ines, priya, nadia, key):
    theirs = ask(nadia, cobalt, subject="Cobalt's secret route")
    mine = ask(priya, acorn)
    for person in (ines, priya):
        helper = assistant(key(person))
        assert [client["code"] for client in helper.does("find_clients")["clients"]] == ["ACM"]
        assert [ticket["reference"] for ticket in helper.does("find_tickets")["tickets"]] == [mine.reference]
        assert helper.does("find_tickets", client=str(cobalt.client.pk))["tickets"] == []
        asked_for = {
            "read_ticket": {"ticket": theirs.reference},
            "log_time": {"ticket": theirs.reference, "duration": "1h"},
            "open_ticket": {"client": "CBF", "subject": "Mine", "body": "Now."},
            "read_balance": {"client": "CBF"},
            "list_periods": {"client": "CBF"},
            "list_statements": {"client": "CBF"},
            "draft_report": {"client": str(cobalt.client.pk)},
        }
        said = [helper.is_refused(tool, **arguments) for tool, arguments in asked_for.items()]
        never_there = helper.is_refused("read_ticket", ticket="ZZZ-9")
        assert said[0].replace(theirs.reference, "ZZZ-9") == never_there
        assert not any(word in sentence for sentence in said for word in ("secret route", "Freight", str(theirs.pk)))
    assert Ticket.objects.count() == 2
    assert minutes_logged() == []


def test_a_key_without_the_scope_is_told_which_one_and_what_to_do(assistant, request_of_rob, ines, key):
    said = assistant(key(ines, "tickets:read")).is_refused("log_time", duration="1h", ticket=request_of_rob.reference)
    assert "lacks the scope time-entries:write" in said
    assert "Settings, Keys" in said
    helper = assistant(key(ines, "time-entries:write"))
    assert "lacks the scope tickets:read" in helper.is_refused("read_ticket", ticket=request_of_rob.reference)
    assert minutes_logged() == []
    assert helper.does("log_time", duration="1h", ticket=request_of_rob.reference.lower())["billed_minutes"] == 60


def test_a_key_that_ended_and_an_address_that_is_not_tend_are_told_as_such(assistant, live_server, ines, key):
    secret = key(ines)
    helper = assistant(secret)
    assert helper.does("who_am_i")["key"]
    revoke_key(actor=ARRANGING, key=ApiKey.objects.get())
    assert "Make a new key under Settings, Keys" in helper.is_refused("who_am_i")
    for address, said in ((f"{live_server.url}/static", "is not Tend's API"), ("http://127.0.0.1:9", "Is it running")):
        with pytest.raises(Refused, match=said):
            Tend(address, secret).get("me")


def test_a_page_that_answers_in_the_place_of_the_api_is_no_answer(tmp_path):
    (tmp_path / "api" / "v1").mkdir(parents=True)
    (tmp_path / "api" / "v1" / "me").write_text("Welcome")
    with serving(partial(SimpleHTTPRequestHandler, directory=tmp_path)) as shop, pytest.raises(Refused, match="is not Tend's API"):
        Tend(shop.address, "tend_live_x").get("me")


def test_what_cannot_be_read_is_refused_with_what_to_do(assistant, request_of_rob, ines, key):
    helper = assistant(key(ines))
    reference = request_of_rob.reference
    assert "1.5 of what?" in helper.is_refused("log_time", duration="1.5", ticket=reference)
    assert "not from when to when" in helper.is_refused("log_time", duration="9:15-10:45", ticket=reference)
    assert "Extra inputs are not permitted" in helper.is_refused("find_tickets", staet=["new"])
    assert "'awaiting_approval'" in helper.is_refused("find_tickets", state=["lost"])
    assert "has not come yet" in helper.is_refused("log_time", duration="1h", ticket=reference, work_date="2200-01-01")
    assert minutes_logged() == []


def test_a_name_that_fits_two_clients_is_asked_about(assistant, acorn, mara, key):
    make_company("Acorn Bakery", "ACB", lead=mara)
    helper = assistant(key(mara))
    assert "Acorn Bakery (ACB), Acorn Mills (ACM)" in helper.is_refused("read_balance", client="acorn")
    assert "Name the client: Acorn Bakery (ACB), Acorn Mills (ACM)." in helper.is_refused("read_balance")
    assert helper.does("read_balance", client="acb")["client"]["name"] == "Acorn Bakery"


def test_the_draft_of_a_running_period_holds_what_there_is_and_says_what_there_is_not(assistant, acorn, ines, request_of_rob, priya, key):
    log(ines, acorn, minutes=330, ticket=request_of_rob)
    does(ines, acorn, resolve_ticket, ticket=request_of_rob, summary="The price list of last year ranked first.")
    waiting = ask(priya, acorn, subject="Add <b>returns</b>")
    drafted = assistant(key(ines)).does("draft_report", client="ACM")
    (period,) = drafted["facts"]["periods"]
    assert (period["minutes"]["used"], period["left_minutes"]) == (330, 270)
    assert period["by_service_area"] == [{"service_area": "prompt_optimisation", "used_minutes": 330}]
    assert [alert["percent"] for alert in period["alerts"]] == [50]
    text = drafted["markdown"].replace("\xa0", " ")
    assert text.startswith("# Draft: Acorn Mills, ")
    for words in (
        "5.5 h used of 10 h, 4.5 h left",
        "50 % of the hours were used",
        f"- {request_of_rob.reference} Quotes promise three days",
        f"- {waiting.reference} Add \\<b\\>returns\\</b\\>",
        "running totals",
        "no metric moved or money returned",
    ):
        assert words in text
    narrow = assistant(key(ines, "clients:read", "periods:read")).does("draft_report", client="ACM")
    assert [each.partition(":")[0] for each in narrow["left_out"]] == [
        "What the work was worth",
        "Alerts",
        "Tickets resolved",
        "Tickets open now",
    ]
    assert narrow["facts"]["periods"][0]["minutes"]["used"] == 330
    assert "lacks the scope tickets:read" in narrow["markdown"]


def test_the_draft_of_a_closed_period_tells_its_statement(assistant, mara, key):
    kept = keep(mara)
    kept.use(1, 660)
    statement = kept.close(1)
    helper = assistant(key(mara))
    drafted = helper.does("draft_report", client=kept.client.code, covering=kept.month(1).starts_on.isoformat())
    assert drafted["facts"]["periods"][0]["figures_from"] == f"statement {statement.number}"
    text = drafted["markdown"].replace("\xa0", " ")
    assert "11 h used of 10 h" in text
    assert "1 h over at USD 250.00 an hour: USD 250.00" in text
    (listed,) = helper.does("list_statements", client=kept.client.code)["statements"]
    assert listed["id"] == str(statement.pk)
    assert [period["id"] for period in helper.does("list_periods", client=kept.client.code, open=False)["periods"]] == [
        str(statement.period_id)
    ]


def test_an_answer_that_was_lost_on_the_way_is_asked_for_again_and_logs_once(assistant, live_server, request_of_rob, ines, key):
    with losing_the_first_answer(live_server.url) as relay:
        entry = assistant(key(ines), relay.address).does("log_time", duration="1h", ticket=request_of_rob.reference)
    assert relay.writes == 2
    assert entry["billed_minutes"] == 60
    assert "already_there" not in entry
    assert minutes_logged() == [60]


class Listening(ThreadingHTTPServer):
    """A server on a port that was free, which counts what is written to it."""

    daemon_threads = True
    writes = 0

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def losing_the_first_answer(address):
    """Passes on what it is asked; of the first write the answer never arrives."""

    class Passing(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(requests.get(address + self.path, headers=self.passed(), timeout=30))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = requests.post(address + self.path, data=body, headers=self.passed(), timeout=30)
            relay.writes += 1
            if relay.writes > 1:
                self.answer(answer)

        def passed(self):
            return {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection", "accept-encoding"}}

        def answer(self, answer):
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Idempotency-Replayed"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_words):
            pass

    with serving(Passing) as relay:
        yield relay


@contextmanager
def serving(handler):
    with Listening(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TEND_URL": "http://localhost:8000"}, "TEND_KEY: a key, from Settings, Keys"),
        ({"TEND_URL": "http://desk.example", "TEND_KEY": "x"}, "Write TEND_URL with https."),
        ({"TEND_URL": "http://localhost:8000", "TEND_KEY": "tend_live_\u2026"}, "Copy it anew"),
    ],
)
def test_a_server_that_cannot_serve_says_what_is_missing(settings, said):
    assert said in ended([sys.executable, "manage.py", "mcp"], settings)


def test_where_the_extra_is_not_installed_the_one_command_is_told():
    without = "import runpy, sys; sys.modules['mcp'] = None; sys.argv = ['', 'mcp']; runpy.run_path('manage.py', run_name='__main__')"
    assert "uv run --extra mcp manage.py mcp" in ended([sys.executable, "-c", without], {})


def ended(command, settings):
    """What a process that ends at once says, with no environment but its own."""
    done = subprocess.run(command, cwd=REPOSITORY, env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


def test_the_tools_name_things_as_the_api_does():
    schemas = json.loads(Path(COMMITTED).read_text())["components"]["schemas"]
    ticket, entry = schemas["Ticket"]["properties"], schemas["TimeEntry"]["properties"]
    listed = json.loads(Path(COMMITTED).read_text())["paths"]["/api/v1/tickets"]["get"]["parameters"]
    filters = {each["name"]: each["schema"] for each in listed}
    assert set(get_args(wording.State)) == set(ticket["state"]["enum"])
    assert set(get_args(wording.Turn)) == set(filters["turn"]["enum"])
    assert set(get_args(wording.Kind)) == set(ticket["kind"]["enum"])
    assert set(get_args(wording.ServiceArea)) == set(ticket["service_area"]["enum"])
    assert set(get_args(wording.TimeKind)) == set(entry["kind"]["enum"])
    assert set(get_args(wording.Ordering)) == set(filters["ordering"]["enum"])
