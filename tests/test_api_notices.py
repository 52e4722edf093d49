"""Everybody reads their own notices, and names of people they work with."""

from tests import cast
from tests.api_cast import Program, refused, results


def test_notices_are_listed_and_marked_as_read(acorn, rob, ines, mara, key):
    for _ in range(3):
        cast.ask(rob, acorn)
    lead = Program(key(mara))
    unread = results(lead.get("notices", unread="true"))
    assert len(unread) >= 3
    assert unread[0]["client"]["code"] == "ACM"
    one = unread[0]["id"]
    assert lead.post("notices/reading", {"ids": [one]}).json() == {"read": 1}
    assert lead.post("notices/reading", {"ids": [one]}).json() == {"read": 0}
    assert lead.get(f"notices/{one}").json()["read_at"]
    assert lead.post("notices/reading").json() == {"read": len(unread) - 1}
    assert results(lead.get("notices", unread="true")) == []


def test_nobody_reads_or_marks_somebody_elses(acorn, rob, mara, ada, nadia, key):
    cast.ask(rob, acorn)
    theirs = results(Program(key(mara)).get("notices"))[0]["id"]
    for other in (rob, nadia):
        program = Program(key(other))
        assert theirs not in [row["id"] for row in results(program.get("notices"))]
        refused(program.get(f"notices/{theirs}"), 404, "not-found")
        assert program.post("notices/reading", {"ids": [theirs]}).json() == {"read": 0}
    assert Program(key(mara)).get(f"notices/{theirs}").json()["read_at"] is None


def test_a_client_reads_names_of_its_own_people_and_the_firms(acorn, cobalt, rob, nadia, ines, key):
    people = results(Program(key(rob)).get("people"))
    assert {person["name"] for person in people} >= {rob.name, ines.name}
    assert nadia.name not in {person["name"] for person in people}
    assert all(person.keys() == {"id", "name"} for person in people)
    refused(Program(key(rob)).get(f"people/{nadia.pk}"), 404, "not-found")
    assert Program(key(ines)).get(f"people/{ines.pk}").json()["staff_role"] == "consultant"
