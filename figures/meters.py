"""The meter: burn against time. Used, spoken for, free and over as parts of one bar, and a tick for the time gone."""

from dataclasses import dataclass

from figures.rounding import half_up
from figures.svg import Svg, element, together

WHOLE = 10_000
HELD_GAP = 40  # a hair of track between what is used and what is spoken for


@dataclass(frozen=True, slots=True)
class Meter:
    """Positions and widths in hundredths of a percent of the bar's width, 0..10000.

    Beyond the capacity the bar is all that was used or spoken for, and `cap` marks where the capacity ends on it.
    `now` is the share of the time gone, scaled as the capacity is. None is not drawn.
    """

    used: int
    over: int
    held_until: int | None = None
    cap: int | None = None
    now: int | None = None
    is_low: bool = False

    @property
    def used_width(self) -> str:
        return width(self.used)

    @property
    def over_width(self) -> str:
        return width(self.over)

    @property
    def held_until_x(self) -> str:
        return width(self.held_until or 0)

    @property
    def cap_x(self) -> str:
        return width(self.cap or 0)

    @property
    def now_x(self) -> str:
        return width(self.now or 0)


def width(hundredths: int) -> str:
    """Hundredths of a percent as an attribute of the bar: 5667 -> "56.67", always with a point."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def meter(
    *, used_minutes: int, capacity_minutes: int, held_minutes: int = 0, gone: int | None = None, whole: int = 0, is_low: bool = False
) -> Meter:
    """The bar for use and reservations against a capacity; `gone` of `whole` days (or any unit) have passed."""
    bar = max(capacity_minutes, used_minutes + held_minutes)
    within = min(used_minutes, capacity_minutes)
    used, cap = _part(within, bar), _part(capacity_minutes, bar)
    over = _part(used_minutes, bar) - used
    now = None if gone is None else half_up(min(gone, whole) * (cap or WHOLE), whole or 1)
    return Meter(
        used=used,
        over=over,
        held_until=_part(used_minutes + held_minutes, bar) if held_minutes else None,
        cap=cap if bar > capacity_minutes else None,
        now=now,
        is_low=is_low,
    )


def meter_svg(drawn: Meter, label: str, size: str = "") -> Svg:
    """The drawing for `.meter`; `size` is "", "s" or "l", `label` says it in words."""
    start = drawn.used + drawn.over
    parts = together(
        element("rect", class_="m-track", width=100, height=10),
        element("rect", class_="m-used m-low" if drawn.is_low else "m-used", width=drawn.used_width, height=10) if drawn.used else None,
        element("rect", class_="m-over", x=drawn.used_width, width=drawn.over_width, height=10) if drawn.over else None,
        _line("m-held", width(min(start + HELD_GAP, drawn.held_until)), drawn.held_until_x, "5", "5") if drawn.held_until else None,
        _line("m-cap", drawn.cap_x, drawn.cap_x, "0", "10") if drawn.cap is not None else None,
        _line("m-now", drawn.now_x, drawn.now_x, "-3.5", "13.5") if drawn.now is not None else None,
    )
    name = f"meter meter-{size}" if size else "meter"
    return element("svg", parts, class_=name, viewBox="0 0 100 10", preserveAspectRatio="none", role="img", aria_label=label)


def _line(name: str, x1: str, x2: str, y1: str, y2: str) -> Svg:
    return element("line", class_=name, x1=x1, x2=x2, y1=y1, y2=y2)


def _part(minutes: int, whole: int) -> int:
    return half_up(minutes * WHOLE, whole) if whole else 0
