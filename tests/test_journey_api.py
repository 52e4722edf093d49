"""The one journey again, told by programs: everybody holds a key and nothing else, and talks HTTP to a running server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from accounts.actions.people import assign
from accounts.actors import MemberRole, StaffRole
from accounts.models import Person
from events.models import Notice
from tests import cast
from tests.cast import ARRANGING, log
from tests.journey_cast import in_mid_period, is_alert, post_office, worker

pytestmark = pytest.mark.django_db(transaction=True)


class Program:
    """Somebody's program: it sends its key with every request and remembers where it was."""

    def __init__(self, address: str, secret: str) -> None:
        self.address = f"{address}/api/v1/"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {secret}"
        self.visited: list[str] = []

    def get(self, path: str, **query: str) -> Any:
        answer = self.session.get(self.address + path, params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        self.visited.append(path)
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.session.post(self.address + path, json=body, timeout=30)
        assert answer.status_code in {200, 201}, answer.text
        if "Location" in answer.headers:
            self.visited.append(urlsplit(answer.headers["Location"]).path.removeprefix("/api/v1/"))
        return answer.json()

    def status(self, path: str) -> int:
        return self.session.get(self.address + path, timeout=30).status_code


@pytest.fixture
def program(live_server) -> Iterator[Callable[[Person], Program]]:
    with _programs(live_server.url) as start:
        yield start


@contextmanager
def _programs(address: str) -> Iterator[Callable[[Person], Program]]:
    started: list[Program] = []

    def start(person: Person) -> Program:
        started.append(Program(address, cast.key(person)))
        return started[-1]

    yield start
    for each in started:
        each.session.close()


def test_programs_ask_answer_log_and_are_told(program, firm, mara, ada, cobalt, nadia, tmp_path):
    mill = in_mid_period("Acorn Mills", "ACM", hours=10, lead=mara)
    worker_person = cast.make_staff("Ines Consultant", StaffRole.CONSULTANT)
    assign(actor=ARRANGING, person=worker_person, client=mill.client)
    log(worker_person, mill, minutes=450)
    priya, ines = program(cast.make_contact("Priya Owner", mill, MemberRole.OWNER)), program(worker_person)
    lead, admin, other = program(mara), program(ada), program(nadia)
    balance = f"clients/{mill.client.pk}/balance"
    assert priya.get(balance)["engagements"][0]["left_minutes"] == 150

    with post_office() as office, worker(office, tmp_path / "worker.log"):
        ticket = priya.post("tickets", subject="Quotes promise three days", body="The mill needs eight.")
        ines.post(f"tickets/{ticket['id']}/messages", body="Last year's price list is ranked first.")
        entry = ines.post(
            "time-entries",
            engagement=str(mill.engagement.pk),
            ticket=ticket["id"],
            service_area="prompt_optimisation",
            raw_seconds=5400,
            work_date=ines.get(balance)["as_of"],
            note="Pinned the lead-time table",
        )
        told = {str(office.wait_for(is_alert)["To"]) for _ in range(2)}
    assert told == {mara.user.email, ada.user.email}
    assert [str(letter["To"]) for letter in office.letters if is_alert(letter)].count(mara.user.email) == 1
    assert Notice.objects.filter(person=mara, kind="alert.raised").count() == 1

    assert priya.get(balance)["engagements"][0]["left_minutes"] == 60
    assert priya.get("time-entries", ticket=ticket["id"])["results"][0]["note"] == "Pinned the lead-time table"
    assert priya.get(f"time-entries/{entry['id']}")["burn_minutes"] == 90
    assert [said["by_client"] for said in priya.get(f"tickets/{ticket['id']}/messages")["results"]] == [False, True]
    assert [(alert["percent"], alert["used_minutes"]) for alert in lead.get("alerts")["results"]] == [(80, 540)]
    assert admin.get(balance)["engagements"][0]["state"] == "ends_early"
    period = entry["period"]
    admin.get(f"periods/{period}/coverage")
    lead.get(f"alerts/{lead.get('alerts')['results'][0]['id']}")

    visited = {path for each in (priya, ines, lead, admin) for path in each.visited}
    of_a_thing = {path for path in visited if any(part.count("-") == 4 for part in path.split("/"))}
    assert len(of_a_thing) >= 6
    assert {path: other.status(path) for path in of_a_thing} == dict.fromkeys(of_a_thing, 404)
    assert all("Acorn" not in str(other.get(path)) for path in visited - of_a_thing)
