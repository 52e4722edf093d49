"""When the firm works: calendars, and the versions of their opening hours that follow each other."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence

import holidays
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from holidays.registry import COUNTRIES

from accounts import policies
from accounts.actions.zones import hold_to_zone
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import BusinessCalendar, CalendarVersion, Client
from accounts.rules import BadCalendar, Calendar, Hours, Window, refuse_never_open
from events.actions import record

YEARS_AHEAD = 3  # this year and the two after it; a new version brings those that follow


def countries() -> list[tuple[str, str]]:
    """The countries whose public holidays are known: their ISO code, and their name."""
    named = ((codes[1], re.sub(r"(?<=[a-z])(?=[A-Z])", " ", codes[0])) for codes in COUNTRIES.values())
    return sorted(named, key=lambda each: each[1])


def regions(country: str) -> list[str]:
    """The parts of a country that keep days of their own."""
    return list(holidays.list_supported_countries(include_aliases=False).get(country, []))


def public_holidays(country: str, region: str = "", *, today: dt.date) -> dict[dt.date, str]:
    """The public holidays of a country, or of one of its parts, from this year on, each with its name. Raises BadCalendar."""
    if country not in dict(countries()):
        raise BadCalendar(_("No holidays are known of %(country)s.") % {"country": country}, field="country")
    if region and region not in regions(country):
        known = ", ".join(regions(country)) or _("none")
        told = _("%(country)s has no part %(region)s. Its parts: %(known)s.")
        raise BadCalendar(told % {"country": country, "region": region, "known": known}, field="region")
    years = range(today.year, today.year + YEARS_AHEAD)
    return dict(sorted(holidays.country_holidays(country, subdiv=region or None, years=years).items()))


@transaction.atomic
def open_calendar(
    *, actor: Actor, name: str, zone: str, windows: Sequence[Window], days: Mapping[dt.date, Hours] | None = None
) -> BusinessCalendar:
    """Begin a calendar with its first opening hours. Raises NotAllowed, UnknownZone, BadCalendar, NeverOpen; Conflict for a taken name."""
    _hold_to_describing(actor)
    if BusinessCalendar.objects.filter(name=name).exists():
        raise Conflict(_("A calendar is called %(name)s already.") % {"name": name}, field="name")
    calendar = BusinessCalendar.objects.create(name=name)
    record("calendar.opened", actor=actor, about=calendar)
    change_hours(actor=actor, calendar=calendar, zone=zone, windows=windows, days=days)
    return calendar


@transaction.atomic
def change_hours(
    *, actor: Actor, calendar: BusinessCalendar, zone: str, windows: Sequence[Window], days: Mapping[dt.date, Hours] | None = None
) -> CalendarVersion:
    """Put new opening hours in force from now on; those before stay, so that what was computed with them stays explained.

    Raises NotAllowed, UnknownZone, BadCalendar for hours that overlap, NeverOpen for hours that never come.
    """
    _hold_to_describing(actor)
    hold_to_zone(zone)
    rules = Calendar(zone=zone, windows=tuple(windows), overrides=days or {})
    refuse_never_open(rules, timezone.now())
    held = BusinessCalendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
    version = CalendarVersion.objects.create(
        calendar=held,
        zone=zone,
        windows=[[window.weekday, window.opens, window.closes] for window in rules.windows],
        days={day.isoformat(): [list(span) for span in spans] for day, spans in sorted(rules.overrides.items())},
    )
    record("calendar.changed", actor=actor, about=held, version=str(version.pk))
    return version


def served_by(calendars: Iterable[BusinessCalendar], clients: Iterable[Client]) -> list[tuple[BusinessCalendar, list[Client]]]:
    """Each calendar with those of the clients that are served by it."""
    shown = list(clients)
    return [(calendar, [client for client in shown if client.calendar_id == calendar.pk]) for calendar in calendars]


def _hold_to_describing(actor: Actor) -> None:
    if not policies.may_keep_calendars(actor):
        raise NotAllowed(_("Only admins and leads say when the firm works."))
