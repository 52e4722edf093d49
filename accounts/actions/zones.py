from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.errors import UnknownZone


def hold_to_zone(time_zone: str) -> None:
    """Raise UnknownZone for a name that no clock could be set by, before somebody's day is computed with it."""
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise UnknownZone(_("Write a time zone like Europe/Berlin or UTC."), field="time_zone") from error
