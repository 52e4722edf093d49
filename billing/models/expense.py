from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.amounts import Amount
from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, Rights
from engagements.models import Engagement
from tickets.models import Ticket
from tickets.models.attachment import Attachment


class ExpenseQuerySet(ClientOwnedQuerySet["Expense"]):
    def waiting(self) -> Self:
        return self.filter(state=Expense.State.SUBMITTED)

    def by(self, person_id: object) -> Self:
        return self.filter(person_id=person_id)


@pghistory.track(context_field=pghistory.ContextJSONField())
class Expense(ClientOwned):
    """Money that somebody of the firm spent for a client, logged like time. The portal's database role is never granted it.

    What the client pays of it is a charge, made when it is approved.
    """

    class Category(models.TextChoices):
        MODEL_USAGE = "model_usage", _("model usage")
        SOFTWARE = "software", _("software")
        TRAVEL = "travel", _("travel")
        SUBCONTRACTING = "subcontracting", _("subcontracting")
        OTHER = "other", _("other")

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("waits for approval")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("sent back")

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="expenses", db_constraint=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="expenses", db_constraint=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="expenses")
    spent_on = models.DateField(_("day"))
    category = models.CharField(_("category"), max_length=16, choices=Category.choices)
    note = models.CharField(_("what for"), max_length=200)
    amount = Amount(_("amount"), max_digits=13, decimal_places=3)
    tax = Amount(_("of which tax"), max_digits=13, decimal_places=3, default=0)
    currency = models.CharField(_("currency"), max_length=3)
    is_billable = models.BooleanField(_("the client pays it"), default=True)
    charged_amount = Amount(_("charged to the client"), max_digits=13, decimal_places=3, null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SUBMITTED)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("why it was sent back"), max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ExpenseQuerySet.as_manager()

    rights = Rights(staff=ALL, system=ALL)

    class Meta:
        constraints = [
            SameClient("engagement", name="an_expense_belongs_to_its_engagements_client"),
            SameClient("ticket", name="an_expense_belongs_to_its_tickets_client"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_expense_costs_something"),
            models.CheckConstraint(condition=Q(tax__gte=0, tax__lte=F("amount")), name="the_tax_of_an_expense_is_a_part_of_it"),
            models.CheckConstraint(condition=Q(charged_amount=None) | Q(charged_amount__gte=0), name="what_is_charged_is_never_negative"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="an_expense_has_a_currency_of_three_capitals"),
            models.CheckConstraint(
                condition=Q(state="submitted", decided_at=None) | (~Q(state="submitted") & Q(decided_at__isnull=False)),
                name="an_expense_is_decided_when_it_no_longer_waits",
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(reason=""), name="an_expense_is_sent_back_with_a_reason"),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="expenses_of_a_client"),
            models.Index(fields=["person", "-spent_on"], name="expenses_of_a_person"),
            models.Index(fields=["engagement"], condition=Q(state="submitted"), name="expenses_that_wait"),
        ]

    def __str__(self) -> str:
        return self.note


class ExpenseReceipt(Attachment):
    """The receipt of an expense, out of the portal's reach."""

    expense = models.ForeignKey(Expense, models.CASCADE, related_name="receipts", db_constraint=False)

    objects = ClientOwnedQuerySet["ExpenseReceipt"].as_manager()

    rights = Rights(staff="select, insert, delete", system=ALL)

    class Meta:
        constraints = [SameClient("expense", name="a_receipt_belongs_to_its_expenses_client")]
