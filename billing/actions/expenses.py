"""Money spent for a client: logged with its receipt, approved into a charge, or sent back with a reason."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actions.currencies import hold_to_currency
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed, WrongClient
from billing import policies
from billing.actions.charging import charge
from billing.models import Charge, Expense, ExpenseReceipt
from engagements.actions.promising import hold_amount
from engagements.models import Engagement
from events.actions import Telling, record, tell
from tickets.actions.attachments import receive
from tickets.models import Ticket

AHEAD_OF_TODAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was spent, on which day and what for. `charged_amount` is what the client pays, in the engagement's currency."""

    spent_on: dt.date
    category: str
    note: str
    amount: Decimal
    currency: str
    tax: Decimal = Decimal(0)
    is_billable: bool = True
    charged_amount: Decimal | None = None
    ticket: Ticket | None = None


@transaction.atomic
def log_expense(*, actor: Actor, engagement: Engagement, spent: Spent, receipts: "Sequence[File[bytes]]" = ()) -> Expense:
    """Write down what somebody spent for a client; it waits for approval.

    Raises NotAllowed, Conflict, UnknownCurrency, TooManyPlaces, WrongClient, FileRefused.
    """
    if not policies.may_log_expense(actor, engagement):
        raise NotAllowed(_("Only the people of this engagement log expenses on it."))
    _refuse_impossible(spent, engagement)
    received = receive(receipts, client_id=engagement.client_id)
    expense = Expense.objects.create(client_id=engagement.client_id, engagement=engagement, person_id=actor.person_id, **_columns(spent))  # type: ignore[misc]  # the policy asks for a person
    for one in received:
        ExpenseReceipt.objects.create(client_id=expense.client_id, expense=expense, **one.as_fields())
    record("expense.logged", actor=actor, about=expense, is_public=False, receipts=len(received))
    return expense


@transaction.atomic
def change_expense(*, actor: Actor, expense: Expense, spent: Spent, receipts: "Sequence[File[bytes]]" = ()) -> Expense:
    """Say anew what was spent, while it is not approved; what was sent back waits again. Raises as `log_expense`."""
    standing = _held(expense)
    _refuse_change(actor, standing)
    _refuse_impossible(spent, standing.engagement)
    _keep(standing, receipts)
    return _hand_in(actor, standing, _columns(spent))


@transaction.atomic
def add_receipts(*, actor: Actor, expense: Expense, receipts: "Sequence[File[bytes]]") -> Expense:
    """Put receipts beside what was spent, while it is not approved; what was sent back waits again.

    Raises NotAllowed, Conflict, FileRefused.
    """
    standing = _held(expense)
    _refuse_change(actor, standing)
    _keep(standing, receipts)
    return _hand_in(actor, standing, {})


@transaction.atomic
def delete_expense(*, actor: Actor, expense: Expense) -> None:
    """Take an expense away that is not approved. Raises NotAllowed, Conflict."""
    standing = _held(expense)
    _refuse_change(actor, standing)
    record("expense.deleted", actor=actor, about=standing, is_public=False)
    standing.receipts.all().delete()
    standing.delete()


@transaction.atomic
def approve_expense(*, actor: Actor, expense: Expense, charged_amount: Decimal | None = None) -> Expense:
    """Say yes: what the client pays becomes a charge, once. `charged_amount` sets it anew.

    Raises NotAllowed, TooManyPlaces, and Conflict for what does not wait, or was paid in another currency and names no amount in the
    client's.
    """
    standing = _held(expense)
    _refuse_to_judge(actor, standing)
    _refuse_finer(standing.engagement.currency, charged_amount=charged_amount)
    amount = charged_amount if charged_amount is not None else standing.charged_amount
    if standing.is_billable and amount is None:
        if standing.currency != standing.engagement.currency:
            sentence = _("It was paid in %(paid)s. Say what the client is charged in %(charged)s.")
            facts = {"paid": standing.currency, "charged": standing.engagement.currency}
            raise Conflict(sentence % facts, field="charged_amount")
        amount = standing.amount
    standing.charged_amount = amount if standing.is_billable else None
    _decide(actor, standing, Expense.State.APPROVED)
    if standing.is_billable and amount is not None:
        charge(
            actor=actor,
            engagement=standing.engagement,
            kind=Charge.Kind.EXPENSE,
            amount=amount,
            incurred_on=standing.spent_on,
            expense=standing,
            note=standing.note,
        )
    record("expense.approved", actor=actor, about=standing, is_public=False)
    return standing


@transaction.atomic
def reject_expense(*, actor: Actor, expense: Expense, reason: str) -> Expense:
    """Send it back with a reason, which its person is told. Raises NotAllowed, Conflict."""
    standing = _held(expense)
    _refuse_to_judge(actor, standing)
    if not reason.strip():
        raise Conflict(_("Say what is wrong, so that it can be mended."), field="reason")
    standing.reason = reason.strip()[:500]
    _decide(actor, standing, Expense.State.REJECTED)
    event = record("expense.rejected", actor=actor, about=standing, is_public=False)

    def compose(_person: object) -> Telling:
        subject = _("%(client)s: an expense of yours was sent back") % {"client": standing.client.name}
        fact = (date_format(standing.spent_on, "j F"), f"{standing.currency} {standing.amount}")
        return Telling(subject, (standing.reason, _("Change it and it is handed in anew.")), (fact,))

    tell(event, [standing.person], about=standing, compose=compose)
    return standing


def _decide(actor: Actor, standing: Expense, state: str) -> None:
    standing.state, standing.decided_by_id, standing.decided_at = state, actor.person_id, timezone.now()
    standing.save()


def _held(expense: Expense) -> Expense:
    """The expense as it is now, under the lock of its retainer and its own."""
    Engagement.objects.select_for_update(no_key=True).get(pk=expense.engagement_id)
    locked = Expense.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("engagement", "client", "person").get(pk=expense.pk)


def _keep(standing: Expense, receipts: "Sequence[File[bytes]]") -> None:
    for one in receive(receipts, client_id=standing.client_id):
        ExpenseReceipt.objects.create(client_id=standing.client_id, expense=standing, **one.as_fields())


def _hand_in(actor: Actor, standing: Expense, said: dict[str, object]) -> Expense:
    """Write what is said anew; whatever was decided, it waits again."""
    for name, value in (said | {"state": Expense.State.SUBMITTED, "decided_by": None, "decided_at": None, "reason": ""}).items():
        setattr(standing, name, value)
    standing.save()
    record("expense.changed", actor=actor, about=standing, is_public=False)
    return standing


def _columns(spent: Spent) -> dict[str, object]:
    return {name: getattr(spent, name) for name in Spent.__dataclass_fields__}


def _refuse_impossible(spent: Spent, engagement: Engagement) -> None:
    hold_to_currency(spent.currency)
    if spent.amount <= 0:
        raise Conflict(_("An expense costs something. Write the amount that was paid."), field="amount")
    if not Decimal(0) <= spent.tax <= spent.amount:
        raise Conflict(_("The tax is a part of the amount."), field="tax")
    _refuse_finer(spent.currency, amount=spent.amount, tax=spent.tax)
    _refuse_finer(engagement.currency, charged_amount=spent.charged_amount)
    if not spent.note.strip():
        raise Conflict(_("Say what it was for."), field="note")
    if spent.spent_on > timezone.localdate() + AHEAD_OF_TODAY:
        raise Conflict(_("That day has not come yet."), field="spent_on")
    if spent.ticket is not None and spent.ticket.client_id != engagement.client_id:
        raise WrongClient(_("This belongs to another client."), field="ticket")


def _refuse_finer(currency: str, **amounts: Decimal | None) -> None:
    for field, amount in amounts.items():
        hold_amount(amount, currency, _("An amount in %(currency)s has fewer decimals. Write one like %(amount)s."), field=field)


def _refuse_change(actor: Actor, standing: Expense) -> None:
    if not policies.may_change_expense(actor, standing):
        raise NotAllowed(_("You change your own expenses; leads change everybody's."))
    if standing.state == Expense.State.APPROVED:
        raise Conflict(_("It is approved and charged; that is never changed."))


def _refuse_to_judge(actor: Actor, standing: Expense) -> None:
    if not policies.may_approve_expense(actor, standing):
        own = standing.person_id == actor.person_id
        raise NotAllowed(_("Somebody else approves your expenses.") if own else _("The engagement's lead and admins approve expenses."))
    if standing.state != Expense.State.SUBMITTED:
        raise Conflict(_("It does not wait for approval any more."))
