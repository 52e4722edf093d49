"""The firm's accent as mail needs it: stylesheets take one hue, mail clients only know hexadecimal sRGB."""

from math import cos, radians, sin
from typing import NamedTuple


class Accent(NamedTuple):
    """The accent on light and on dark ground."""

    light: str
    dark: str


def accent(hue: int) -> Accent:
    """The accent of a hue in degrees, at the lightness and chroma of the stylesheet."""
    return Accent(oklch(0.46, 0.112, hue), oklch(0.78, 0.135, hue))


def oklch(lightness: float, chroma: float, hue: int) -> str:
    """An OKLCH colour as #rrggbb, each channel cut to what sRGB holds (Ottosson's matrices)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{_byte(each):02x}" for each in channels)


def _byte(linear: float) -> int:
    within = min(max(linear, 0.0), 1.0)
    curved = 12.92 * within if within <= 0.0031308 else 1.055 * within ** (1 / 2.4) - 0.055
    return round(curved * 255)
