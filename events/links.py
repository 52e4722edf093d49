"""Where a thing is found in each door. Rooms name the thing, `config` fills in the doors' addresses."""

from collections.abc import Callable
from uuid import UUID

LinkBuilder = Callable[[UUID], str]

_builders: dict[tuple[str, str], LinkBuilder] = {}


def fill(door: str, about_type: str, builder: LinkBuilder) -> None:
    """Tell how a door ("portal", "workspace") addresses things of a type ("tickets.ticket")."""
    _builders[door, about_type] = builder


def path_to(about_type: str, about_id: UUID, *, door: str) -> str:
    """The path of a thing in a door; the door's front page where it has no page for such things."""
    builder = _builders.get((door, about_type))
    return builder(about_id) if builder else "/"
