"""A client's yes to hours over, in words: its limits, what was used of it, and whether it still holds."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from billing.models import Authorisation
from billing.models.over import Consent
from look.templatetags.tend import day, hours, money


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """A yes as a page shows it."""

    given: Authorisation
    limits: str
    used: str
    is_standing: bool


def shown_consents(consents: Iterable[Consent], *, currency: str, today: dt.date) -> list[ShownConsent]:
    """In the order they come in."""
    return [ShownConsent(each.given, _limits(each.given, currency), _used(each, currency), each.is_standing(today)) for each in consents]


def _limits(given: Authorisation, currency: str) -> str:
    caps = [hours(given.minutes_cap)] if given.minutes_cap else []
    caps += [money(given.money_cap, currency)] if given.money_cap else []
    told = gettext("Up to %(caps)s") % {"caps": gettext(" and ").join(caps)}
    if given.valid_until is None:
        return told
    return gettext("%(limits)s, work before %(day)s") % {"limits": told, "day": day(given.valid_until)}


def _used(each: Consent, currency: str) -> str:
    if not each.used_minutes:
        return gettext("nothing used")
    return gettext("%(hours)s used, %(amount)s") % {"hours": hours(each.used_minutes), "amount": money(each.used_money, currency)}
