"""The fields that narrow a list: each is a parameter of the list's address, so that the address alone says what is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from accounts.actors import Actor
from accounts.models import Client, Person

type Options = Iterable[tuple[object, object]]


@dataclass(frozen=True, slots=True)
class Narrow:
    """One field of the form above a list; with `options` a choice of one, else a line of the `kind`."""

    name: str
    label: str
    value: str
    kind: str = "search"
    options: tuple[tuple[str, str], ...] = ()


def line(query: QueryDict, name: str, label: object, kind: str = "search") -> Narrow:
    return Narrow(name, str(label), query.get(name, ""), kind)


def choice(query: QueryDict, name: str, label: object, options: Options, *, every: object = "") -> Narrow:
    """One of `options`, or `every` of them where nothing is chosen."""
    first = ("", str(every) if every else gettext("all"))
    return Narrow(name, str(label), query.get(name, ""), "choice", (first, *((str(value), str(said)) for value, said in options)))


def of_client(query: QueryDict, actor: Actor) -> Narrow:
    seen = Client.objects.visible_to(actor).in_care().order_by("name")
    return choice(query, "client", gettext("Client"), seen.values_list("pk", "name"))


def of_person(query: QueryDict, name: str, *more: tuple[str, str]) -> Narrow:
    people = Person.objects.of_the_firm().order_by("name").values_list("pk", "name")
    return choice(query, name, gettext("Who"), [*more, *people], every=gettext("anybody"))


def kept(query: QueryDict, fields: Iterable[Narrow]) -> list[tuple[str, str]]:
    """The parameters that the form does not show and must not lose: an order, a view."""
    shown = {field.name for field in fields} | {"page", "format", "view"}
    return [(name, value) for name, values in query.lists() if name not in shown for value in values]


def wrong_in(narrowed: Any) -> str:
    """What the address asks for that no list can mean, in a sentence; nothing where all was understood."""
    if narrowed.is_valid():
        return ""
    return gettext("The list cannot be narrowed by: %(names)s. Choose from the fields above.") % {"names": ", ".join(narrowed.errors)}
