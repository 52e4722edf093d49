"""What a client is charged or given back: written once, never changed."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from billing.models import Charge, Expense, Period, Statement, TimeEntry
from billing.rules.charges import overage_part
from billing.rules.statement import Document
from engagements.models import Engagement
from events.actions import record
from figures.currencies import places_of


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
    statement: Statement | None = None,
    reverses: Charge | None = None,
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
        statement=statement,
        reverses=reverses,
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
    charged: int = 0,
    period: Period | None = None,
    concerns: Period | None = None,
    entry: TimeEntry | None = None,
) -> Charge:
    """Charge minutes beyond the retainer at a rate an hour, rounded as one with those of the same line that were `charged` before."""
    return charge(
        actor=actor,
        engagement=engagement,
        kind=Charge.Kind.OVERAGE,
        amount=overage_part(minutes, rate, places_of(engagement.currency), charged=charged),
        incurred_on=incurred_on,
        period=period,
        concerns=concerns,
        minutes=minutes,
        rate=rate,
        entry=entry,
    )


def charge_close(*, actor: Actor, statement: Statement) -> list[Charge]:
    """Charge what the statement of a close says: the fee, the hours over, and what was borrowed and not repaid, a line for each rate.

    Call it from the close, under its lock; the database lets no statement charge the same twice.
    """
    told: dict[str, Any] = {"actor": actor, "engagement": statement.engagement, "statement": statement, "period": statement.period}
    lines: list[dict[str, Any]] = [{"kind": Charge.Kind.FEE, "amount": Decimal(statement.document["fee"])}]
    lines += [
        {"kind": kind, "amount": Decimal(line["amount"]), "minutes": line["minutes"], "rate": Decimal(line["rate"])}
        for kind, line in billed_lines(statement.document)
    ]
    return [charge(incurred_on=statement.period.last_day, **line, **told) for line in lines if line["amount"]]


def billed_lines(document: Document) -> list[tuple[str, Document]]:
    """The lines of a statement that are charged, each with the kind of its charge; one without an agreed rate has no amount."""
    over = [(Charge.Kind.OVERAGE.value, line) for line in document.get("overage_lines", [])]
    unrepaid = [(Charge.Kind.UNREPAID.value, line) for line in document.get("unrepaid_lines", []) if line["kind"] == "overage"]
    return [(kind, line) for kind, line in (*over, *unrepaid) if line["amount"] is not None]


def take_back_charges(*, actor: Actor, statement: Statement) -> None:
    """Give back what a close charged, because its period is opened again; call it from the reopening, under its lock."""
    for made in Charge.objects.filter(statement=statement).select_related("engagement", "period").order_by("pk"):
        charge(
            actor=actor,
            engagement=made.engagement,
            kind=Charge.Kind.CREDIT,
            amount=-made.amount,
            incurred_on=made.incurred_on,
            period=made.period,
            minutes=made.minutes,
            rate=made.rate,
            reverses=made,
            note=_("The period was opened again"),
        )
