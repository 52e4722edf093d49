"""Where a word stands on a drawing: whether a line runs through it, or another word lies on it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

WIDTH_OF_A_LETTER = 6.7  # of 12 px, strong
ASCENT, DESCENT = 10.0, 3.0


class Line(NamedTuple):
    """A straight stroke from one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float


class Label(NamedTuple):
    """A word with the foot of its first letter, or of its last where `is_end`."""

    text: str
    x: float
    y: float
    is_end: bool

    @property
    def left(self) -> float:
        return self.x - self.width if self.is_end else self.x

    @property
    def width(self) -> float:
        return len(self.text) * WIDTH_OF_A_LETTER

    @property
    def right(self) -> float:
        return self.left + self.width

    def is_crossed_by(self, line: Line) -> bool:
        """Whether the stroke runs through the word: what of it lies beside each edge is cut off, and something is left."""
        dx, dy, start, end = line.x2 - line.x1, line.y2 - line.y1, 0.0, 1.0
        edges = (
            (-dx, line.x1 - self.left),
            (dx, self.right - line.x1),
            (-dy, line.y1 - (self.y - ASCENT)),
            (dy, self.y + DESCENT - line.y1),
        )
        for slope, room in edges:
            if not slope and room < 0:
                return False
            if slope < 0:
                start = max(start, room / slope)
            elif slope > 0:
                end = min(end, room / slope)
        return start <= end

    def lies_on(self, other: "Label") -> bool:
        is_beside = self.right <= other.left or other.right <= self.left
        return not is_beside and abs(self.y - other.y) < ASCENT + DESCENT

    def is_clear(self, lines: Iterable[Line], others: Iterable["Label"], width: float) -> bool:
        """Whether it can be read: within the drawing, on no line and on no other word."""
        is_within = self.left >= 0 and self.right <= width
        return is_within and not any(map(self.is_crossed_by, lines)) and not any(map(self.lies_on, others))


def first_clear(wished: Sequence[Label], lines: Sequence[Line], others: Sequence[Label], width: float) -> Label | None:
    """The first of the places where the word can be read; None where there is none."""
    return next((label for label in wished if label.is_clear(lines, others, width)), None)
