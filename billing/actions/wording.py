"""What each kind of alert says, in the reader's language."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from billing.models import BurnAlert, Period
from billing.models.debt import Debt, debt_of
from engagements.models import Engagement
from events.actions import Telling
from figures.text import hours, money_text

ONE_DAY = dt.timedelta(days=1)
SUBJECTS = {
    BurnAlert.Kind.BURN: gettext_noop("%(client)s has used %(percent)s %% of its hours"),
    BurnAlert.Kind.OVERAGE: gettext_noop("%(client)s is over its hours"),
    BurnAlert.Kind.PACE: gettext_noop("%(client)s will end over its hours at this pace"),
    BurnAlert.Kind.EXPIRING: gettext_noop("%(client)s: %(minutes)s will expire"),
    BurnAlert.Kind.LOW: gettext_noop("%(client)s is under-served"),
    BurnAlert.Kind.CALLED_IN: gettext_noop("%(client)s: %(minutes)s borrowed before are called in"),
}
FIRST = {
    BurnAlert.Kind.OVERAGE: gettext_noop("Work is no longer covered by the hours of the period: %(hours)s so far."),
    BurnAlert.Kind.PACE: gettext_noop("On a straight line through the use so far, %(hours)s are used by the end."),
    BurnAlert.Kind.LOW: gettext_noop(
        "Less than a quarter of the hours is used though three fifths of the period are gone. Offer what they need."
    ),
}


def telling_of(alert: BurnAlert, retainer: Engagement, period: Period) -> Telling:
    """The notice and the mail of an alert: what happened, then how the hours stand."""
    return Telling(
        subject=_subject(alert, retainer.client.name),
        sentences=tuple(filter(None, (_first(alert), *_debt(alert, period), _capped(alert, retainer, period), _standing(alert, period)))),
        facts=(
            (_("Used"), hours(alert.used_minutes)),
            (_("Of"), hours(alert.capacity_minutes)),
            (_("Resets"), date_format(period.ends_on, "j F")),
        ),
        meter_percent=min(100, alert.used_minutes * 100 // alert.capacity_minutes) if alert.capacity_minutes else None,
    )


def _subject(alert: BurnAlert, client: str) -> str:
    named = {"client": client, "percent": alert.percent, "minutes": hours(alert.minutes or 0), "days": alert.days}
    if alert.kind == BurnAlert.Kind.BURN and alert.capacity_minutes == 0:
        return _("%(client)s: work without any hours") % named
    return _(SUBJECTS[BurnAlert.Kind(alert.kind)]) % named


def sentences_of(debt: Debt) -> list[str]:
    """What an end calls in, and what becomes of it at which price."""
    said = {
        "overage": _("%(hours)s are billed: %(amount)s."),
        "unauthorised": _("%(hours)s are billed once the client says yes: %(amount)s."),
        "absorbed": _("%(hours)s are at the firm's cost."),
    }
    unpriced = _("%(hours)s wait for the client's yes; no rate was agreed for them.")
    told = [_("%(hours)s were borrowed before, and no grant comes that could repay them.") % {"hours": hours(debt.minutes)}]
    for part in debt.parts:
        sentence = unpriced if part.fate == "unauthorised" and part.amount is None else said[part.fate]
        amount = "" if part.amount is None else money_text(part.amount, debt.currency)
        told.append(sentence % {"hours": hours(part.minutes), "amount": amount})
    return told


def _debt(alert: BurnAlert, period: Period) -> list[str]:
    debt = debt_of(period) if alert.kind == BurnAlert.Kind.CALLED_IN else None
    return [] if debt is None else sentences_of(debt)


def _first(alert: BurnAlert) -> str:
    """What is special about the kind; nothing for a threshold, which the subject says."""
    if alert.kind == BurnAlert.Kind.EXPIRING and alert.falls_on:
        said = _("%(hours)s can be used until %(day)s and are gone after it.")
        return said % {"hours": hours(alert.minutes or 0), "day": date_format(alert.falls_on - ONE_DAY, "j F")}
    said = FIRST.get(BurnAlert.Kind(alert.kind), "")
    return said and _(said) % {"hours": hours(alert.minutes or 0)}


def _capped(alert: BurnAlert, retainer: Engagement, period: Period) -> str:
    """Why hours that live on expire all the same: no more of them is carried than was agreed."""
    if alert.kind != BurnAlert.Kind.EXPIRING or alert.falls_on != period.ends_on:
        return ""
    agreed = retainer.terms.in_force(period.starts_on).first()
    cap = agreed.as_rules().carry_cap() if agreed is not None and agreed.carry_periods else None
    return "" if cap is None else _("At most %(hours)s of unused hours go on to the next period.") % {"hours": hours(cap)}


def _standing(alert: BurnAlert, period: Period) -> str:
    left = alert.capacity_minutes - alert.used_minutes
    standing = _("%(hours)s left") % {"hours": hours(left)} if left >= 0 else _("%(hours)s over") % {"hours": hours(-left)}
    return _("%(used)s of %(capacity)s are used, %(standing)s. The period ends on %(day)s.") % {
        "used": hours(alert.used_minutes),
        "capacity": hours(alert.capacity_minutes),
        "standing": standing,
        "day": date_format(period.last_day, "j F"),
    }
