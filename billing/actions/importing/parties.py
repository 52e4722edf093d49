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

    A client is known by the import that made it; else the code of a client that is already in care names that client.
    """
    named = {row.client_code: row.client_name for row in rows}
    keys = {key_of(reading.name, code): code for code in named}
    found = {keys[client.import_key or ""]: client for client in Client.objects.filter(import_key__in=keys)}
    made: set[UUID] = set()
    if len(found) < len(named):
        by_code = {client.code: client for client in Client.objects.all()}
        for code in [code for code in named if code not in found]:
            client = by_code.get(code.upper())
            if client is None:
                client = _make_client(code, named[code], reading, by_code)
                by_code[client.code] = client
                made.add(client.pk)
            found[code] = client
    return found, frozenset(made)


def _make_client(code: str, name: str, reading: Reading, taken: Mapping[str, Client]) -> Client:
    ours = code_for(code, taken)
    return Client.objects.create(
        name=line_of(name, LONGEST_NAME) or ours, code=ours, time_zone=reading.zone, import_key=key_of(reading.name, code)
    )


def people_of(rows: Iterable[ImportRow], reading: Reading, tally: Imported) -> Mapping[str, UUID]:
    """Who did the work, by the file's name for them.

    The e-mail address of somebody of the firm is that person. Others are made as consultants who have left: they own their
    time, sign in nowhere, and are offered for no new work.
    """
    named = {row.person_key: row.person_name for row in rows}
    addresses = {key.lower(): key for key in named}
    ours = User.objects.filter(email__in=addresses).exclude(person__staff_role="").values_list("email", "person_id")
    found = {addresses[email.lower()]: person_id for email, person_id in ours}
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
