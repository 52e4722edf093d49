"""Time zones as people choose them: by the name of a city, in groups of the world's regions."""

from functools import cache
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

REGIONS = {
    "Africa": _("Africa"),
    "America": _("Americas"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}

type Group = tuple[object, list[tuple[str, str]]]


def zone_name(zone: str) -> str:
    """`America/New_York` as New York, `America/Argentina/Salta` as Salta (Argentina)."""
    _region, *places = zone.replace("_", " ").split("/")
    if not places:
        return zone
    *within, city = places
    return f"{city} ({', '.join(within)})" if within else city


@cache
def zone_choices() -> list[tuple[str, str] | Group]:
    """Every zone that is named after a place, by region, and UTC before them."""
    zones: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for zone in available_timezones():
        region, _sign, place = zone.partition("/")
        if place and region in zones:
            zones[region].append((zone, zone_name(zone)))
    return [("UTC", "UTC"), *((name, sorted(zones[region], key=lambda each: each[1])) for region, name in REGIONS.items())]
