"""Charts as text: drawn on the server, twice, so that their letters stay 12 px on a wide page and on a phone."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from figures.labels import Label, Line, first_clear
from figures.rounding import half_up
from figures.svg import Svg, element, together

TODAY_IS_DRAWN_AT = 0.75  # of its day, so that today's own step can be seen before the line
LABEL_ROOM = 100
MOST_GRID_LINES = 4
DAY_LABEL_ROOM = 38
LINE_OF_TEXT = 16


class BurnRow(NamedTuple):
    """One day on which the hours moved: used (negative where hours were added), left after it (below zero is over), even use."""

    day: dt.date
    used_minutes: int
    left_minutes: int
    even_minutes: int


class Ahead(NamedTuple):
    """One way on from today: hours left at the end (below zero is over), and the day on which they run out, where they do."""

    left_minutes: int
    runs_out_on: dt.date | None


class Fan(NamedTuple):
    """What is foreseen from today on. Without a band, at best and at worst are what is likely."""

    best: Ahead
    likely: Ahead
    worst: Ahead
    has_band: bool


@dataclass(frozen=True, slots=True)
class BurnWords:
    """All that is said on a burn-down, already in the reader's language. `left` stands at today's point, `out` where the hours ended.

    Of what is foreseen: `best` and `worst` stand at the ends of the band.
    """

    title: str
    description: str
    left: str
    today: str
    out: str = ""
    best: str = ""
    worst: str = ""


class BurnDown(NamedTuple):
    """The same chart for a wide page and for a phone."""

    full: Svg
    slim: Svg


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the plot lies on the drawing, in its units."""

    name: str
    size: tuple[int, int]
    x: tuple[float, float]
    y: tuple[float, float]
    days_between_labels: int
    names_ends: bool


_FULL = _Frame("full", (1040, 300), (28.0, 908.0), (16.0, 266.0), 7, names_ends=True)
_SLIM = _Frame("slim", (340, 230), (28.0, 328.0), (16.0, 196.0), 7, names_ends=False)


def burn_rows(
    start_minutes: int, moves: Mapping[dt.date, int], *, starts_on: dt.date, ends_on: dt.date, working_days: Collection[dt.date] = ()
) -> list[BurnRow]:
    """The table behind the chart: each day of `moves` (minutes used, negative where hours were added) with what was left then.

    Even use spreads the start over the working days, or over all days if none are given.
    """
    days = sorted(working_days) or [starts_on + dt.timedelta(days=n) for n in range((ends_on - starts_on).days)]
    rows, left = [], start_minutes
    for day in sorted(moves):
        left -= moves[day]
        passed = sum(each <= day for each in days)
        rows.append(BurnRow(day, moves[day], left, start_minutes - half_up(start_minutes * passed, len(days))))
    return rows


def burn_down(
    start_minutes: int,
    rows: Sequence[BurnRow],
    *,
    starts_on: dt.date,
    ends_on: dt.date,
    today: dt.date,
    words: BurnWords,
    day_name: Callable[[dt.date], str],
    name: str = "bd",
    fan: Fan | None = None,
) -> BurnDown:
    """Hours left as steps, even use as a dotted line, and today; `name` keeps the ids of two charts on a page apart.

    `day_name` writes a date with its month ("1 Nov"). A balance below zero is drawn at zero and marked where it ended. `fan` is drawn
    from today's point on while hours are left.
    """
    top = max([start_minutes, *(row.left_minutes for row in rows), 60])
    plots = (
        _Plot(frame, f"{name}-{part}", starts_on, ends_on, today, top, fan).draw(start_minutes, rows, words, day_name)
        for part, frame in enumerate((_FULL, _SLIM))
    )
    return BurnDown(*plots)


@dataclass(frozen=True, slots=True)
class _Plot:
    frame: _Frame
    name: str
    starts_on: dt.date
    ends_on: dt.date
    today: dt.date
    top: int
    fan: Fan | None

    def draw(self, start: int, rows: Sequence[BurnRow], words: BurnWords, day_name: Callable[[dt.date], str]) -> Svg:
        ids = (f"{self.name}-t", f"{self.name}-d")
        drawn = [row for row in rows if row.day <= self.today]
        left = drawn[-1].left_minutes if drawn else start
        fan = self.fan if left > 0 and self.starts_on <= self.today < self.ends_on else None
        out = fan.likely.runs_out_on if fan else None
        parts = together(
            element("title", words.title, id=ids[0]),
            element("desc", words.description, id=ids[1]),
            self._grid(),
            self._band(fan, left) if fan and fan.has_band else None,
            element("path", class_="c-plan", d=f"M{self._at(0, start)}L{self._at(self._days, 0)}"),
            element("path", class_="c-guess", d=f"M{self._at(self._now, left)}L{self._end(fan.likely)}") if fan else None,
            self._burn(start, drawn, words, fan) if self.today >= self.starts_on else None,
            element("circle", class_="c-out", cx=self._x(self._after(out)), cy=self._y(0), r=4) if out else None,
            self._ends_of_band(fan, words) if fan and fan.has_band and self.frame.names_ends else None,
            self._day_labels(day_name, out),
        )
        box = f"0 0 {self.frame.size[0]} {self.frame.size[1]}"
        return element("svg", parts, class_=self.frame.name, viewBox=box, role="img", aria_labelledby=" ".join(ids))

    @property
    def _days(self) -> int:
        return (self.ends_on - self.starts_on).days

    @property
    def _now(self) -> float:
        return min((self.today - self.starts_on).days + TODAY_IS_DRAWN_AT, float(self._days))

    def _x(self, day: float) -> float:
        left, right = self.frame.x
        return left + (right - left) * day / self._days

    def _y(self, minutes: int) -> float:
        upper, lower = self.frame.y
        return lower - (lower - upper) * max(minutes, 0) / self.top

    def _at(self, day: float, minutes: int) -> str:
        return f"{self._x(day):.1f} {self._y(minutes):.1f}"

    def _grid(self) -> Svg:
        (left, right), step = self.frame.x, _grid_step(self.top)
        parts = []
        for minutes in range(0, self.top + 1, step):
            y = self._y(minutes)
            parts.append(element("line", class_="c-grid" if minutes else "c-base", x1=left, x2=right, y1=y, y2=y))
            parts.append(element("text", f"{minutes // 60}", class_="end", x=left - 6, y=y + 4))
        return together(*parts)

    def _burn(self, start: int, rows: Sequence[BurnRow], words: BurnWords, fan: Fan | None) -> Svg:
        points, left = [(0.0, start)], start
        for row in rows:
            day = max((row.day - self.starts_on).days, 0)
            points += [(day, left), (day, row.left_minutes)]
            left = row.left_minutes
        points.append((self._now, left))
        out = next((row for row in rows if row.left_minutes < 0), None)
        lines = [] if self.frame.names_ends else self._lines(points, start, fan)
        said = self._labels_of_today(left, words, lines) if self.today < self.ends_on else ()
        return together(
            element("path", class_="c-line", d="M" + "L".join(self._at(*point) for point in points)),
            self._out(out, words.out, lines, said) if out else None,
            self._today(left, said) if said else None,
        )

    def _lines(self, points: Sequence[tuple[float, int]], start: int, fan: Fan | None) -> list[Line]:
        """Every stroke that no word may lie on."""
        (upper, lower), now, end = self.frame.y, self._x(self._now), self._x(self._days)
        drawn = [(self._x(day), self._y(minutes)) for day, minutes in points]
        strokes = [Line(*before, *after) for before, after in pairwise(drawn)]
        likely = [Line(*drawn[-1], *map(float, self._end(fan.likely).split()))] if fan else []
        return [*strokes, *likely, Line(self._x(0), self._y(start), end, lower), Line(now, upper, now, lower)]

    def _out(self, row: BurnRow, said: str, lines: Sequence[Line], others: Sequence[Label]) -> Svg:
        """Where the hours ran out. Its word stands a line higher where that of today stands on the ground as near, and on a phone
        only where it can be read: the table behind the chart says it as well.
        """
        x, y, now = self._x(max((row.day - self.starts_on).days, 0)), self._y(0), self._x(self._now)
        is_raised = bool(others) and (bool(self._beside(now)) or now - x < LABEL_ROOM)
        wished = [self._label(said, x, y - 10 - LINE_OF_TEXT * lines_up, is_end=end) for end, lines_up in self._ways(x, is_raised)]
        place = first_clear(wished, lines, others, self.frame.size[0]) if lines else wished[0]
        mark = element("circle", class_="c-out", cx=x, cy=y, r=4)
        return together(mark, self._word(place, "over strong") if said and place else None)

    def _ways(self, x: float, is_raised: bool) -> list[tuple[bool, int]]:
        side = self._beside(x)
        return [(side, int(is_raised)), (not side, int(is_raised)), (side, int(not is_raised)), (not side, int(not is_raised))]

    def _labels_of_today(self, left: int, words: BurnWords, lines: Sequence[Line]) -> tuple[Label, Label]:
        """How much is left, beside its point; where a line would run through it, under the word of today at the top."""
        (upper, lower), x, y = self.frame.y, self._x(self._now), self._y(left)
        side = self._beside(x)
        is_free = not side and y > upper + 32  # left of today the line itself runs above
        label_y = y - 8 if is_free or y > lower - 28 else y + 20
        near = self._label(words.left, x, label_y, is_end=side)
        if near.is_clear(lines, (), self.frame.size[0]) or not lines:
            return near, self._label(words.today, x, upper + 9 if label_y > upper + 22 else upper + 34, is_end=side)
        aloft = [self._label(words.left, x, upper + 9 + LINE_OF_TEXT, is_end=end) for end in (side, not side)]
        place = first_clear(aloft, lines, (), self.frame.size[0]) or near
        return place, self._label(words.today, x, upper + 9, is_end=side if place is near else place.is_end)

    def _today(self, left: int, said: Sequence[Label]) -> Svg:
        (upper, lower), x, y = self.frame.y, self._x(self._now), self._y(left)
        return together(
            element("line", class_="c-now", x1=x, x2=x, y1=upper, y2=lower),
            element("circle", class_="c-pt", cx=x, cy=y, r=4.5),
            self._word(said[0], "strong"),
            self._word(said[1], ""),
        )

    def _label(self, text: str, x: float, y: float, *, is_end: bool) -> Label:
        return Label(text, x - 9 if is_end else x + 9, y, is_end)

    def _word(self, label: Label, classes: str) -> Svg:
        names = f"{classes} c-halo{' end' if label.is_end else ''}".strip()
        return element("text", label.text, class_=names, x=label.x, y=label.y)

    def _beside(self, x: float) -> bool:
        """Whether a label stands left of its point, as it does where the drawing ends."""
        return x > self.frame.size[0] - LABEL_ROOM

    def _after(self, day: dt.date) -> float:
        """Where a day that is still to come is drawn: never left of today's point."""
        return max((day - self.starts_on).days + TODAY_IS_DRAWN_AT, self._now)

    def _end(self, ahead: Ahead) -> str:
        """Where one way on ends: on the ground where the hours run out, else with the period."""
        return self._at(self._after(ahead.runs_out_on), 0) if ahead.runs_out_on else self._at(self._days, ahead.left_minutes)

    def _band(self, fan: Fan, left: int) -> Svg:
        corner = f"L{self._at(self._days, 0)}" if fan.worst.runs_out_on and not fan.best.runs_out_on else ""
        return element("path", class_="c-band", d=f"M{self._at(self._now, left)}L{self._end(fan.best)}{corner}L{self._end(fan.worst)}Z")

    def _ends_of_band(self, fan: Fan, words: BurnWords) -> Svg:
        """Right of the plot, the best above the worst."""
        x = self.frame.x[1] + 8
        best = self._y(fan.best.left_minutes) - 2
        worst = max(self._y(fan.worst.left_minutes) + 8, best + LINE_OF_TEXT)
        return together(element("text", words.best, x=x, y=best), element("text", words.worst, x=x, y=worst))

    def _day_labels(self, day_name: Callable[[dt.date], str], out: dt.date | None) -> Svg:
        step = 1 if self._days <= 7 else self.frame.days_between_labels * -(-self._days // 35)
        y, out_x = self.frame.y[1] + 18, self._x(self._after(out)) if out else None
        parts, before = [], None
        for passed in range(0, self._days, step):
            day, x = self.starts_on + dt.timedelta(days=passed), self._x(passed)
            text = day_name(day) if before is None or day.month != before.month else str(day.day)
            before = day
            if out_x is None or abs(x - out_x) > DAY_LABEL_ROOM:
                parts.append(element("text", text, class_="mid" if passed else "", x=x, y=y))
        if out and out_x is not None:
            parts.append(element("text", day_name(out), class_="mid watch strong", x=out_x, y=y))
        return together(*parts)


def _grid_step(top_minutes: int) -> int:
    """Whole hours between grid lines: the smallest round number that needs no more than four of them."""
    steps = [60 * factor * scale for scale in (1, 1_000, 1_000_000) for factor in (1, 2, 5, 10, 20, 50, 100, 200, 500)]
    return next((step for step in steps if top_minutes // step < MOST_GRID_LINES), steps[-1])
