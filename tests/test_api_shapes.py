"""Objects are as small or as whole as a request asks for, and what it asks for is held to the same wall."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.api_cast import Program, refused, results
from tickets.models import Ticket

RESOURCES = ["clients", "engagements", "systems", "tickets", "time-entries", "periods", "people"]


@pytest.fixture
def program(ines, acorn, key):
    return Program(key(ines))


@pytest.fixture
def ticket(rob, ines, acorn):
    filed = cast.ask(rob, acorn)
    Ticket.objects.filter(pk=filed.pk).update(system=acorn.system)
    cast.log(ines, acorn, minutes=10, ticket=filed)
    return filed


def test_fields_leave_the_rest_out_but_never_the_id(program, ticket):
    assert results(program.get("tickets", fields="reference,client"))[0].keys() == {"id", "reference", "client"}
    assert program.get(f"tickets/{ticket.pk}", fields="turn").json() == {"id": str(ticket.pk), "turn": "us"}


def test_columns_nobody_asked_for_are_not_read(program, ticket):
    with CaptureQueriesContext(connection) as asked:
        program.get("tickets", fields="reference")
    read = next(query["sql"] for query in asked if '"tickets_ticket"."reference"' in query["sql"])
    assert '"subject"' not in read
    assert "accounts_client" not in read


def test_fields_that_are_filled_in_can_be_asked_for_alone(program):
    assert results(program.get("engagements", fields="terms"))[0]["terms"]["included_minutes"] == 600
    assert results(program.get("systems", fields="components"))[0].keys() == {"id", "components"}
    assert results(program.get("systems", fields="name"))[0].keys() == {"id", "name"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_unknown_names_are_refused_with_the_allowed_ones(program, ticket, resource):
    for path in (resource, f"{resource}/{results(program.get(resource))[0]['id']}"):
        error = refused(program.get(path, fields="id,secret"), 400, "invalid-parameter")["errors"][0]
        assert error["parameter"] == "fields"
        assert "secret" in error["detail"]
        assert "id" in error["allowed"]
        refused(program.get(path, fields=""), 400, "invalid-parameter")


def test_expand_gives_what_the_resource_itself_would(program, ticket):
    row = results(program.get("tickets", expand="client,engagement,system,requester,assignee"))[0]
    for name, resource in (("client", "clients"), ("engagement", "engagements"), ("system", "systems"), ("requester", "people")):
        assert row[name] == program.get(f"{resource}/{row[name]['id']}").json()
    assert row["assignee"] == program.get(f"tickets/{ticket.pk}", expand="assignee").json()["assignee"]


def test_expand_names_what_it_knows(program, ticket):
    error = refused(program.get("time-entries", expand="ticket,period"), 400, "invalid-parameter")["errors"][0]
    assert error["allowed"] == ["client", "engagement", "person", "system", "ticket"]
    assert refused(program.get("clients", expand="lead"), 400, "unknown-parameter")["errors"][0]["parameter"] == "expand"


def test_an_expansion_is_held_to_the_wall_of_its_resource(rob, priya, ticket, key):
    """A requester reads no fee through a ticket, and of people only names."""
    row = results(Program(key(rob)).get("tickets", expand="engagement,assignee,requester"))[0]
    assert "fee" not in row["engagement"]["terms"]
    assert row["requester"] == {"id": str(rob.pk), "name": rob.name}
    assert "fee" in results(Program(key(priya)).get("tickets", expand="engagement"))[0]["engagement"]["terms"]


def test_an_expansion_needs_the_scope_of_its_resource(ines, ticket, key):
    narrow = Program(key(ines, "tickets:read"))
    assert results(narrow.get("tickets", fields="client"))
    refused(narrow.get("tickets", expand="client"), 403, "scope-missing")


def test_an_expanded_page_costs_one_query_more_for_each_name(program, rob, acorn, ticket):
    def queries(**asked):
        with CaptureQueriesContext(connection) as found:
            results(program.get("tickets", **asked))
        return len(found)

    queries(expand="client")
    one = queries(expand="client,requester")
    for _ in range(5):
        cast.ask(rob, acorn)
    assert queries(expand="client,requester") == one == queries() + 2
