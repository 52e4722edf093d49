"""Every business action of the pages exists in the API, through the same function (law 8)."""

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings

PAGES = ("portal", "workspace", "look")
ONLY_OF_PAGES = {
    "accounts.actions.founding.settle_place": "one question of the first run; PATCH /firm says the same",
    "accounts.actions.founding.pass_question": "where the first run stands is a matter of its page, not of the firm",
    "billing.actions.together.write_together": "the week's grid saves all or nothing; a program sends a bulk, told item by item",
}
WRITES = frozenset({"save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "delete"})


def sources(door: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((settings.BASE_DIR / door).rglob("*.py")):
        yield path, ast.parse(path.read_text())


def named_in(tree: ast.Module) -> Iterator[object]:
    """What a file takes from the rooms' actions: by its own name, and through the name of a module."""
    taken: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and (".actions" in node.module or "actions" in {a.name for a in node.names}):
            for alias in node.names:
                found = getattr(import_module(node.module), alias.name, None)
                taken[alias.asname or alias.name] = found or import_module(f"{node.module}.{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in taken:
            yield taken[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(taken.get(node.value.id), ModuleType):
            yield getattr(taken[node.value.id], node.attr)


def is_action(thing: object) -> bool:
    """A function of a room that is told who acts."""
    if not inspect.isfunction(thing):
        return False
    actor = inspect.signature(thing).parameters.get("actor")
    return actor is not None and actor.kind is inspect.Parameter.KEYWORD_ONLY


def actions_of(door: str) -> set[Callable[..., Any]]:
    return {thing for _path, tree in sources(door) for thing in named_in(tree) if is_action(thing)}  # type: ignore[misc]  # functions


def full_name(action: Callable[..., Any]) -> str:
    return f"{action.__module__}.{action.__name__}"


def test_every_action_of_the_pages_is_called_by_the_api():
    of_pages = set[Callable[..., Any]]().union(*(actions_of(door) for door in PAGES))
    assert len(of_pages) > 80, "actions are found at all"
    missing = {full_name(action) for action in of_pages - actions_of("api")}
    assert missing - set(ONLY_OF_PAGES) == set(), "Give each a resource in api/, or say in ONLY_OF_PAGES why a program has no use for it."
    assert set(ONLY_OF_PAGES) - missing == set(), "The API does these by now: take them out of ONLY_OF_PAGES."


def test_no_page_writes_a_row_but_through_an_action():
    found = [
        f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}"
        for door in PAGES
        for path, tree in sources(door)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
        if ast.unparse(node.func.value) != "cache"  # what is kept for a minute is no row
    ]
    assert found == []
