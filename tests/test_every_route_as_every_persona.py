"""Every route of the URL configuration, each method, each kind of person, another client's ids in every place for an id.

What is expected stands in tests/routes/, a table a door. 404 and never 403 for what is not visible, never a fault, never a foreign word;
and for the people of a client the same again with either wall switched off.
"""

import datetime as dt
import os
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from accounts.actions.people import assign
from accounts.actors import MemberRole, StaffRole
from accounts.models import ApiKey, Membership, Person
from accounts.policies import SCOPES
from tests import cast
from tests.asking import ROUTES, ROWS, Persona, ask, body_of, kind_of, signed_in
from tests.canaries import Filled, fill
from tests.routes import KEPT_BY_PEOPLE, THE_SIGN_IN_PAGES, Row, address_ids, rows

THE_SCHEMA = "api:openapi"  # the same committed bytes for everybody; its examples name a company
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


SIGN_IN_ROWS = [
    Row(route, method, "-", dict.fromkeys(rows()[0].gets, "any"))
    for route in ROUTES
    if route.startswith(THE_SIGN_IN_PAGES)
    for method in ("GET", "POST")
]


@dataclass(frozen=True)
class World:
    acorn: Filled
    cobalt: Filled
    personas: dict[str, Persona]


def _strangers(acorn: cast.Company) -> dict[str, Persona]:
    gone = cast.make_contact("Dora Deactivated", acorn, MemberRole.OWNER)
    left = cast.make_contact("Eddie Ended", acorn, MemberRole.OWNER)
    once = cast.make_staff("Lou Left", StaffRole.ADMIN)
    tried = cast.make_contact("Karl Keys", acorn, MemberRole.OWNER)
    found = {
        "a stranger": Persona("stranger"),
        "a deactivated owner": signed_in(gone, "stranger"),
        "a deactivated owner's key": Persona("stranger", bearer=cast.key(gone)),
        "an owner whose membership ended": signed_in(left, "stranger"),
        "the key of an owner whose membership ended": Persona("stranger", bearer=cast.key(left)),
        "an admin who left": signed_in(once, "stranger"),
        "the key of an admin who left": Persona("stranger", bearer=cast.key(once)),
        "a key that ran out": Persona("stranger", bearer=cast.key(tried)),
        "a key that was revoked": Persona("stranger", bearer=cast.key(tried)),
        "a key that never was": Persona("stranger", bearer="tend_live_nonsense"),
    }
    type(gone.user).objects.filter(pk=gone.user.pk).update(is_active=False)
    type(once.user).objects.filter(pk=once.user.pk).update(is_active=False)
    Person.objects.filter(pk=once.pk).update(left_at=timezone.now())
    Membership.objects.filter(person=left).update(ended_at=timezone.now())
    out, revoked = (found[name].bearer[:14] for name in ("a key that ran out", "a key that was revoked"))
    ApiKey.objects.filter(prefix=out).update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    ApiKey.objects.filter(prefix=revoked).update(revoked_at=timezone.now())
    return found


@pytest.fixture
def world(acorn, cobalt, priya, rob, abe, bill, nadia, ines, tomas, mara, ada, settings) -> World:
    settings.ACCOUNT_RATE_LIMITS = False
    reads = [name for name in SCOPES if name.endswith(":read")]
    unassigned = cast.make_staff("Uma Unassigned", StaffRole.CONSULTANT)
    assign(actor=cast.ARRANGING, person=unassigned, client=acorn.client)
    stale = cast.key(unassigned, company=acorn)
    unassigned.assignments.all().delete()
    people = {"rob": rob, "abe": abe, "bill": bill, "priya": priya, "tomas": tomas, "ines": ines, "mara": mara, "ada": ada}
    personas = {
        **_strangers(acorn),
        "nadia": signed_in(nadia, "other"),
        "nadia's key": Persona("other", bearer=cast.key(nadia)),
        **{name: signed_in(person, name, runs_a_timer=name == "tomas") for name, person in people.items()},
        "rob's key, which reads": Persona("rob", bearer=cast.key(rob, *reads), reads_only=True),
        "priya's key": Persona("priya", bearer=cast.key(priya)),
        "ines's key, bound to Acorn": Persona("ines", bearer=cast.key(ines, company=acorn)),
        "tomas's key": Persona("tomas", bearer=cast.key(tomas), runs_a_timer=True),
        "mara's key": Persona("mara", bearer=cast.key(mara)),
        "mara's key, bound to Cobalt": Persona("tomas", bearer=cast.key(mara, company=cobalt)),
        "the key, bound to Acorn, of a consultant who works there no more": Persona("tomas", bearer=stale),
    }
    return World(
        acorn=fill(acorn, contact=priya, worker=ines, secret="quillon", internal="zephyrine"),
        cobalt=fill(cobalt, contact=nadia, worker=tomas, secret="marmalux", internal="obsidiary"),
        personas=personas,
    )


PERSONAS = {
    "people who are strangers": ("a stranger", "a deactivated owner", "an owner whose membership ended", "an admin who left"),
    "keys of people who are strangers": (
        "a deactivated owner's key",
        "the key of an owner whose membership ended",
        "the key of an admin who left",
    ),
    "keys that are none": ("a key that ran out", "a key that was revoked", "a key that never was"),
    "the other client": ("nadia", "nadia's key"),
    "who files and approves": ("rob", "abe"),
    "who pays and owns": ("bill", "priya"),
    "keys of a client": ("rob's key, which reads", "priya's key"),
    "keys of one client's consultants": (
        "ines's key, bound to Acorn",
        "tomas's key",
        "the key, bound to Acorn, of a consultant who works there no more",
    ),
    "keys of a lead": ("mara's key", "mara's key, bound to Cobalt"),
    "consultants": ("tomas", "ines"),
    "leads and admins": ("mara", "ada"),
}
OF_ACORN = ("rob", "abe", "bill", "priya", "rob's key, which reads", "priya's key")
BOUND_TO_ACORN = ("ines", "ines's key, bound to Acorn")
CROSS_CLIENT = {
    "the other client": ("acorn", ("nadia", "nadia's key")),
    "people of a client": ("cobalt", OF_ACORN[:4]),
    "keys of a client": ("cobalt", OF_ACORN[4:]),
}


def wanted_of(persona: Persona, row: Row, column: str) -> set[str]:
    """What the table grants. A key that lacks the scope is told so before anything is looked up."""
    wanted = row.gets["stranger" if persona.bearer and not row.of_the_api else column]
    if persona.reads_only and row.of_the_api and row.method != "GET" and row.route != "api:nowhere":
        return {"no"}
    if persona.bearer and row.route in KEPT_BY_PEOPLE and column != "stranger":
        return {"no"}
    if wanted == "own":
        wanted = row.gets["priya" if persona.column == "other" else persona.column]
    if wanted == "clock":
        wanted = "yes" if persona.runs_a_timer else "404"
    return {wanted}


def wrong(persona: Persona, row: Row, of: Filled, column: str, hidden: tuple[str, ...]) -> str:
    """What is wrong with one cell, or nothing."""
    answer = ask(persona, row, of)
    got, wanted = kind_of(answer), wanted_of(persona, row, column)
    body = body_of(answer).decode(errors="replace").casefold()
    told = [] if row.route == THE_SCHEMA else [word for word in hidden if word.casefold() in body]
    if answer.status_code >= 500 or (got not in wanted and "any" not in wanted):
        return f"{row}: {answer.status_code} instead of {', '.join(sorted(wanted))}: {body[:160]!r}"
    return f"{row}: tells {told}" if told else ""


def hidden_from(world: World, persona: Persona) -> tuple[str, ...]:
    """Words that this persona never reads, whatever it asks for."""
    if persona.column in {"mara", "ada"}:
        return ()
    if persona.column == "tomas":
        return world.acorn.words
    if persona.column == "ines":
        return world.cobalt.words
    if persona.column == "stranger":
        return (*world.acorn.words, *world.cobalt.words, "Acorn Mills", "Cobalt Freight")
    if persona.column == "other":
        return (*world.acorn.words, "Acorn Mills", "Priya Owner", world.cobalt.internal)
    return (*world.cobalt.words, "Cobalt Freight", "Nadia Owner", world.acorn.internal)


def cells(world: World, name: str, of: Filled, column: str, table: list[Row]) -> list[str]:
    cache.clear()
    persona = world.personas[name]
    return [f"{name}: {said}" for row in table if (said := wrong(persona, row, of, column, hidden_from(world, persona)))]


def as_lines(found: list[str]) -> str:
    return "\n" + "\n".join(found)


def test_every_route_has_its_row():
    told = {row.route for row in rows()}
    missing = [route for route in ROUTES if route not in told and not route.startswith(THE_SIGN_IN_PAGES)]
    assert not missing, f"Say who gets what from {', '.join(missing)} in the TABLE of its door in tests/routes/: one row for each method."
    gone = sorted(told - set(ROUTES))
    assert not gone, f"There is no route {', '.join(gone)} any more: take its rows out of its TABLE in tests/routes/."


def test_everybody_stands_in_one_group_of_personas(world):
    assert sorted(name for group in PERSONAS.values() for name in group) == sorted(world.personas)


@pytest.mark.parametrize("group", PERSONAS)
def test_everybody_gets_what_the_table_says(group, world):
    table = [*ROWS, *SIGN_IN_ROWS]
    found = [said for name in PERSONAS[group] for said in cells(world, name, world.acorn, world.personas[name].column, table)]
    assert not found, as_lines(found)


def test_a_client_gets_nothing_by_another_clients_ids(world):
    table = [row for row in ROWS if row.names_ids]
    found = [said for name in OF_ACORN for said in cells(world, name, world.cobalt, "other", table)]
    assert not found, as_lines(found)


def test_a_consultant_gets_nothing_by_the_ids_of_a_client_they_do_not_work_for(world):
    table = [row for row in ROWS if row.thing != "-"]
    found = [said for name in BOUND_TO_ACORN for said in cells(world, name, world.cobalt, "tomas", table)]
    assert not found, as_lines(found)


def _unfiltered(self: Any, _actor: Any) -> Any:
    return self.all()


def without_visible_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way in of every model lets everything through."""
    ways = {way for model in apps.get_models() for way in getattr(model._default_manager, "_queryset_class", object).__mro__}
    found = [way for way in ways if "visible_to" in vars(way)]
    assert len(found) >= 7
    for way in found:
        monkeypatch.setattr(way, "visible_to", _unfiltered)


def without_row_security(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "portal", lambda *_: scope.system("a wall that is switched off"))


WALLS_OFF = {"visible_to": without_visible_to, "row_security": without_row_security}


@pytest.mark.parametrize("group", CROSS_CLIENT)
@pytest.mark.parametrize("wall", WALLS_OFF)
def test_either_wall_alone_keeps_clients_apart(wall, group, world, monkeypatch):
    WALLS_OFF[wall](monkeypatch)
    whose, names = CROSS_CLIENT[group]
    found = [said for name in names for said in cells(world, name, getattr(world, whose), "other", ROWS)]
    assert not found, as_lines(found)


@pytest.mark.parametrize("name", ["a stranger", "nadia", "priya", "tomas", "ada"])
def test_methods_that_a_route_does_not_take_do_nothing(name, world):
    persona = world.personas[name]
    found = []
    for route in dict.fromkeys(row.route for row in ROWS):
        table = [row for row in ROWS if row.route == route]
        for method in set(METHODS) - {row.method for row in table}:
            answer = ask(persona, table[0], world.acorn, method=method)
            harmless = method in {"HEAD", "OPTIONS"} or table[0].route == "favicon" or kind_of(answer) in {"in", "404", "no", "405"}
            if answer.status_code >= 500 or not harmless:
                found.append(f"{method} {route}: {answer.status_code}")
    assert not found, as_lines(found)


def test_what_nobody_reads_in_a_body_is_refused_and_not_lost(world):
    posts = [row for row in ROWS if row.of_the_api and row.method == "POST"]
    answers = {str(row): ask(world.personas["ada"], row, world.acorn, more={"nonsense": 1}) for row in posts}
    done = [f"{row}: {answer.status_code}" for row, answer in answers.items() if kind_of(answer) == "yes"]
    assert len(posts) > 50
    assert not done, as_lines(done)


@pytest.mark.parametrize("name", ["nadia", "priya", "ines", "ada"])
def test_head_is_answered_like_get(name, world):
    persona, differing = world.personas[name], []
    for row in ROWS:
        if row.method == "GET":
            whole, head = ask(persona, row, world.acorn), ask(persona, row, world.acorn, method="HEAD")
            if kind_of(whole) != kind_of(head) or body_of(head):
                differing.append(f"{row}: {whole.status_code}, but HEAD {head.status_code} with {len(body_of(head))} bytes")
    assert not differing, as_lines(differing)


HOSTILE = ("\x00", "'", "x" * 5000, "-1", "99999999999999999999", "0001-01-01", "9999-12-31", "\ud83d", "../../etc", "[]", "%")
SHIFTS = range(len(HOSTILE)) if os.environ.get("PROVE") else (0, 4, 8)
PARAMETERS = ("q", "page", "before", "after", "of", "line", "client", "ticket", "system", "sort", "order", "state", "engagement", "subject")


@pytest.mark.prove
@pytest.mark.parametrize("name", ["priya", "ada"])
def test_no_query_is_a_fault(name, world):
    """Every parameter with a hostile value: three of them by turns from one address to the next, each of them in `make prove`."""
    persona, faults = world.personas[name], []
    for number, row in enumerate(row for row in ROWS if row.method == "GET"):
        for shift in SHIFTS:
            value = HOSTILE[(number + shift) % len(HOSTILE)]
            address = reverse(row.route, kwargs=address_ids(ROUTES[row.route], row, world.acorn))
            with transaction.atomic():
                answer = persona.browser().get(address, query_params=dict.fromkeys(PARAMETERS, value.encode("utf-8", "surrogatepass")))
                if answer.streaming:
                    b"".join(answer.streaming_content)  # read to its end, it closes its file
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                faults.append(f"{row} with {value[:20]!r}: {answer.status_code}")
    assert not faults, as_lines(faults)
