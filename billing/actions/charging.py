"""What a client is charged or given back besides the fee: written once, never changed."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from accounts.actors import Actor
from billing.models import Charge, Expense, Period, TimeEntry
from billing.rules.charges import overage_amount
from engagements.models import Engagement
from events.actions import record


@transaction.atomic
def charge(
    *,
    actor: Actor,
    engagement: Engagement,
    kind: str,
    amount: Decimal,
    incurred_on: dt.date,
    period: Period | None = None,
    concerns: Period | None = None,
    minutes: int | None = None,
    rate: Decimal | None = None,
    entry: TimeEntry | None = None,
    expense: Expense | None = None,
    note: str = "",
) -> Charge:
    """Write down what the client owes, in the engagement's currency. Call it from the action that knows why, under its policy."""
    made = Charge.objects.create(
        client_id=engagement.client_id,
        engagement=engagement,
        kind=kind,
        amount=amount,
        currency=engagement.currency,
        incurred_on=incurred_on,
        period=period,
        concerns=concerns,
        minutes=minutes,
        rate=rate,
        entry=entry,
        expense=expense,
        note=note[:200],
        made_by_id=actor.person_id,
    )
    record("charge.made", actor=actor, about=made, is_public=False, kind=kind, minutes=minutes or 0)
    return made


def charge_overage(
    *,
    actor: Actor,
    engagement: Engagement,
    minutes: int,
    rate: Decimal,
    incurred_on: dt.date,
    period: Period | None = None,
    concerns: Period | None = None,
    entry: TimeEntry | None = None,
) -> Charge:
    """Charge minutes beyond the retainer at a rate an hour, rounded once."""
    return charge(
        actor=actor,
        engagement=engagement,
        kind=Charge.Kind.OVERAGE,
        amount=overage_amount(minutes, rate),
        incurred_on=incurred_on,
        period=period,
        concerns=concerns,
        minutes=minutes,
        rate=rate,
        entry=entry,
    )
