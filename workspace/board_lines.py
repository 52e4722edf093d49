"""The retainers of the board in words, before they reach the page: a firm has hundreds of them on one."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from billing.models.ledger import Balance
from engagements.models import Engagement, RetainerTerms
from figures.svg import Svg
from look.addresses import addresses
from look.templatetags.tend import day, hours, left, meter, meter_words, money_short
from workspace.templatetags.workspace import signed_left, standing


class Line(NamedTuple):
    """A retainer as its row shows it. `over` is what it is over, `short` what is spoken for beyond what is left; empty where nothing is."""

    url: str
    client: str
    about: str
    meter: Svg
    used: str
    over: str
    left: str
    reserved: str
    short: str
    by_end: str
    lasts_to: str
    standing: SafeString


def line_of(engagement: Engagement, balance: Balance, terms: RetainerTerms | None, url: str) -> Line:
    promised = f"{hours(terms.included_minutes)} · {money_short(terms.fee, engagement.currency)}" if terms else ""
    lead = f" · {engagement.lead.first_name}" if engagement.lead else ""
    words = meter_words(balance.used_minutes, balance.capacity_minutes, balance.reserved_minutes, balance.elapsed_percent)
    return Line(
        url=url,
        client=engagement.client.name,
        about=f"{promised}{lead}",
        meter=meter(balance.meter, words, "s"),
        used=hours(balance.used_minutes),
        over=left(signed_left(balance)) if balance.over_minutes else "",
        left=hours(balance.left_minutes),
        reserved=hours(balance.reserved_minutes),
        short=gettext("%(hours)s too many") % {"hours": hours(balance.short_minutes)} if balance.short_minutes else "",
        by_end=gettext("too early") if balance.by_end_minutes is None else hours(balance.by_end_minutes),
        lasts_to=_lasts_to(balance),
        standing=standing(balance),
    )


def _lasts_to(balance: Balance) -> str:
    if balance.lasts_to:
        lasts_to = day(balance.lasts_to)
        return gettext("passed %(day)s") % {"day": lasts_to} if balance.over_minutes else lasts_to
    return gettext("too early") if balance.state == "too_early" else gettext("all period")


def lines_of(rows: Iterable[tuple[Engagement, Balance, RetainerTerms | None]]) -> list[Line]:
    of_period = addresses("workspace:period")
    return [line_of(engagement, balance, terms, of_period(balance.period.pk)) for engagement, balance, terms in rows]
