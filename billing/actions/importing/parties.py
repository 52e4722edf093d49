"""The clients and people that rows speak of: found, or made."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils import timezone

from accounts.actors import StaffRole
from accounts.models import Client, Person, User
from billing.actions.importing.counting import Imported
from billing.actions.importing.texts import code_for, key_of, line_of
from billing.rules.importing import ImportRow
from billing.rules.importing import Mapping as Reading

LONGEST_NAME = 80


def clients_of(rows: Iterable[ImportRow], reading: Reading) -> tuple[Mapping[str, Client], frozenset[UUID]]:
    """The client of each client code, and which of them are new.

    A client is known by the import that made it; else the code, or else the name, of a client that is there already
    names that client. A name that two clients bear names neither.
    """
    named = {row.client_code: row.client_name for row in rows}
    keys = {key_of(reading.name, code): code for code in named}
    found = {keys[client.import_key or ""]: client for client in Client.objects.filter(import_key__in=keys)}
    made: set[UUID] = set()
    if len(found) < len(named):
        there = list(Client.objects.all())
        by_code = {client.code: client for client in there}
        # Not those of this mapping: it tells its clients apart by their codes, in whichever batch they come.
        by_name = _by_name(client for client in there if not (client.import_key or "").startswith(key_of(reading.name, "")))
        for code in [code for code in named if code not in found]:
            client = by_code.get(code.upper()) or by_name.get(_folded(named[code]))
            if client is None:
                client = _make_client(code, named[code], reading, by_code)
                by_code[client.code] = client
                made.add(client.pk)
            found[code] = client
    return found, frozenset(made)


def _by_name(clients: Iterable[Client]) -> Mapping[str, Client]:
    """The clients whose name nobody else bears, whatever its capitals and spaces."""
    of_name: dict[str, list[Client]] = {}
    for client in clients:
        of_name.setdefault(_folded(client.name), []).append(client)
    return {name: same[0] for name, same in of_name.items() if len(same) == 1}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _make_client(code: str, name: str, reading: Reading, taken: Mapping[str, Client]) -> Client:
    ours = code_for(code, taken)
    return Client.objects.create(
        name=line_of(name, LONGEST_NAME) or ours, code=ours, time_zone=reading.zone, import_key=key_of(reading.name, code)
    )


def people_of(rows: Iterable[ImportRow], reading: Reading, tally: Imported) -> Mapping[str, UUID]:
    """Who did the work, by the file's name for them.

    The e-mail address of somebody of the firm is that person; where a row has no address, so is a name that only one of the
    firm bears. Others are made as consultants who have left: they own their time, sign in nowhere, and are offered for
    no new work.
    """
    named = {row.person_key: row.person_name for row in rows}
    addresses = {key.lower(): key for key in named}
    ours = User.objects.filter(email__in=addresses).exclude(person__staff_role="").values_list("email", "person_id")
    found = {addresses[email.lower()]: person_id for email, person_id in ours}
    if any("@" not in key for key in named):
        colleagues = _by_full_name()
        found |= {key: colleagues[_folded(name)] for key, name in named.items() if "@" not in key and _folded(name) in colleagues}
    keys = {key_of(reading.name, key): key for key in named}
    found |= {keys[key or ""]: pk for key, pk in Person.objects.filter(import_key__in=keys).values_list("import_key", "pk")}
    missing = [
        Person(
            name=line_of(named[key], LONGEST_NAME) or line_of(key, LONGEST_NAME) or "?",
            staff_role=StaffRole.CONSULTANT,
            time_zone=reading.zone,
            import_key=import_key,
            left_at=timezone.now(),
        )
        for import_key, key in keys.items()
        if key not in found
    ]
    for person in Person.objects.bulk_create(missing):
        found[keys[person.import_key or ""]] = person.pk
    tally.people += len(missing)
    return found


def _by_full_name() -> Mapping[str, UUID]:
    """The firm's people whose name nobody else of the firm bears."""
    of_name: dict[str, list[UUID]] = {}
    for pk, name in Person.objects.of_the_firm().values_list("pk", "name"):
        of_name.setdefault(_folded(name), []).append(pk)
    return {name: same[0] for name, same in of_name.items() if len(same) == 1}
