"""What waits for a client, kind by kind: as much as the front page shows, and how much more there is."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Turns[T]:
    """What waits of one kind: those shown, and how many more their own list holds."""

    shown: list[T] = field(default_factory=list)
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.shown) + self.more


@dataclass(frozen=True, slots=True)
class More:
    """What of a kind the front page leaves to its list: the words of the link, and where it leads."""

    words: str
    url: str
