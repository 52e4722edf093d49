from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.amounts import Amount
from accounts.constraints import SameClient
from accounts.models import ClientOwned, Person
from accounts.wall import ROWS_OF_THE_CLIENT, Rights
from billing.models.closing import Statement
from billing.models.entry import TimeEntry
from billing.models.expense import Expense
from billing.models.money import MoneyQuerySet
from billing.models.period import Period
from engagements.models import Engagement


class ChargeQuerySet(MoneyQuerySet["Charge"]):
    def of_period(self, period: Period) -> Self:
        """What is charged with a period, and what was charged later about it, in order."""
        return self.filter(Q(period=period) | Q(concerns=period)).select_related("concerns").order_by("pk")

    def standing(self) -> Self:
        """Neither taken back by a reopening, nor what took it back."""
        return self.filter(reverses=None, reversals=None)


class Charge(ClientOwned):
    """Money a client owes besides what is invoiced already, or is given back: append-only, never below nothing except a credit.

    `period` is the one it is billed with; `concerns` names an earlier, closed one that it is about. Fee and hours over are charged by the
    close that made the `statement`, once; opening the period again gives each back, once.
    """

    class Kind(models.TextChoices):
        OVERAGE = "overage", _("hours over")
        UNREPAID = "unrepaid", _("hours borrowed before, not repaid")
        EXPENSE = "expense", _("expense")
        FEE = "fee", _("fee")
        CREDIT = "credit", _("credit")

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="charges", db_constraint=False)
    period = models.ForeignKey(Period, models.PROTECT, null=True, blank=True, related_name="charges", db_constraint=False)
    concerns = models.ForeignKey(Period, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    incurred_on = models.DateField(_("day"))
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    rate = models.DecimalField(_("rate an hour"), max_digits=14, decimal_places=4, null=True, blank=True)
    amount = Amount(_("amount"), max_digits=14, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    note = models.CharField(_("note for the client"), max_length=200, blank=True)
    entry = models.ForeignKey(TimeEntry, models.PROTECT, null=True, blank=True, related_name="charges", db_constraint=False)
    expense = models.ForeignKey(Expense, models.PROTECT, null=True, blank=True, related_name="charges", db_constraint=False)
    statement = models.ForeignKey(
        Statement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="charges",
        db_constraint=False,
        help_text="The close that charged it.",
    )
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversals", db_constraint=False, help_text="The charge taken back."
    )
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ChargeQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert", system="select, insert", portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_charge_belongs_to_its_engagements_client"),
            SameClient("period", name="a_charge_belongs_to_its_periods_client"),
            SameClient("concerns", name="a_charge_concerns_a_period_of_its_client"),
            SameClient("entry", name="a_charge_belongs_to_its_entrys_client"),
            SameClient("expense", name="a_charge_belongs_to_its_expenses_client"),
            SameClient("statement", name="a_charge_belongs_to_its_statements_client"),
            SameClient("reverses", name="a_charge_takes_back_one_of_its_client"),
            models.CheckConstraint(
                condition=Q(statement=None) | Q(kind__in=["fee", "overage", "unrepaid"], period__isnull=False, reverses=None),
                name="a_close_charges_the_fee_and_hours_over",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | Q(kind="credit", period__isnull=False, concerns=None),
                name="a_charge_is_taken_back_by_a_credit",
            ),
            models.UniqueConstraint(
                fields=["client", "statement", "kind", "rate"],
                condition=Q(statement__isnull=False),
                nulls_distinct=False,
                name="a_close_charges_each_rate_once",
            ),
            models.UniqueConstraint(fields=["client", "reverses"], name="a_charge_is_taken_back_once"),
            models.CheckConstraint(
                condition=Q(kind="credit", amount__lte=0) | (~Q(kind="credit") & Q(amount__gte=0)), name="only_a_credit_is_below_nothing"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["overage", "unrepaid"]) | Q(minutes__isnull=False, minutes__gt=0, rate__isnull=False, rate__gte=0),
                name="a_charge_of_hours_names_minutes_and_rate",
            ),
            models.CheckConstraint(condition=~Q(kind="expense") | Q(expense__isnull=False), name="a_charge_of_an_expense_names_it"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="a_charge_has_a_currency_of_three_capitals"),
            models.UniqueConstraint(fields=["client", "expense"], condition=Q(kind="expense"), name="an_expense_is_charged_once"),
        ]
        indexes = [
            models.Index(fields=["engagement", "incurred_on"], name="charges_of_an_engagement"),
            models.Index(fields=["client", "-id"], name="charges_of_a_client"),
            models.Index(fields=["period"], name="charges_of_a_period"),
        ]
        triggers = [pgtrigger.Protect(name="charges_are_never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.currency} {self.amount}"
