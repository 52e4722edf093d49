"""What terms would do to the open periods, before anybody agrees to them."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from accounts.actors import Actor
from billing.models import Period
from engagements.actions import agree_terms
from engagements.models import Engagement
from engagements.rules import Terms


@dataclass(frozen=True, slots=True)
class Held:
    """What a period holds, in minutes."""

    capacity_minutes: int
    used_minutes: int
    left_minutes: int
    over_minutes: int


@dataclass(frozen=True, slots=True)
class Preview:
    """An open period as it stands and as it would stand; `now` is None for one that only the new terms would open."""

    starts_on: dt.date
    ends_on: dt.date
    now: Held | None
    then: Held


def preview_terms(*, actor: Actor, engagement: Engagement, terms: Terms) -> list[Preview]:
    """The open periods under other terms beside what they hold now; nothing is kept.

    The terms are agreed and taken back in one transaction, so that a preview says what agreeing does. Raises as `agree_terms`.
    """
    with transaction.atomic():
        now = _held(engagement)
        agree_terms(actor=actor, engagement=engagement, terms=terms)
        then = _held(engagement)
        transaction.set_rollback(True)
    return [Preview(*span, now.get(span), held) for span, held in then.items()]


def _held(engagement: Engagement) -> dict[tuple[dt.date, dt.date], Held]:
    periods = Period.objects.of_the_promise().open().filter(engagement=engagement).order_by("starts_on")
    return {
        (period.starts_on, period.ends_on): Held(period.capacity_minutes, period.used_minutes, period.left_minutes, period.over_minutes)
        for period in periods
    }
