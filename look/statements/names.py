"""The words behind the ids of a statement's document, read from their rows in as many queries as there are kinds of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.actors import Actor
from accounts.models import Person
from billing.models import TimeEntry
from billing.rules.statement import Document
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Names:
    """By id as the document writes it: notes of entries, names of people, reference and subject of tickets."""

    notes: Mapping[str, str]
    people: Mapping[str, str]
    tickets: Mapping[str, tuple[str, str]]


def names_of(document: Document, actor: Actor) -> Names:
    """What the reader may know of the people, tickets and entries that a document names. At most three queries."""
    entries, sums = document["entries"], (*document["by_person"], *document["by_ticket"])
    people = _ids([*entries, *sums], "person")
    tickets = _ids([*entries, *sums], "ticket")
    notes = TimeEntry.objects.visible_to(actor).filter(pk__in=_ids(entries, "entry")).values_list("pk", "note") if entries else []
    named = Person.objects.visible_to(actor).filter(pk__in=people).values_list("pk", "name") if people else []
    asked = Ticket.objects.visible_to(actor).filter(pk__in=tickets).values_list("pk", "reference", "subject") if tickets else []
    return Names(
        notes={str(pk): note for pk, note in notes},
        people={str(pk): name for pk, name in named},
        tickets={str(pk): (reference, subject) for pk, reference, subject in asked},
    )


def _ids(rows: Iterable[Mapping[str, Any]], key: str) -> set[UUID]:
    return {UUID(row[key]) for row in rows if row.get(key)}
