from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, Rights
from billing.models.entry import TimeEntry


class TimeDecisionQuerySet(ClientOwnedQuerySet["TimeDecision"]):
    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class TimeDecision(ClientOwned):
    """Somebody handed time in, took it back, approved it or sent it back with a reason: who, when and why. Never a client's to read."""

    class Verdict(models.TextChoices):
        SUBMITTED = "submitted", _("handed in")
        WITHDRAWN = "withdrawn", _("taken back")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("sent back")

    entry = models.ForeignKey(TimeEntry, models.CASCADE, related_name="decisions", db_constraint=False)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.CharField(max_length=500, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TimeDecisionQuerySet.as_manager()

    rights = Rights(staff="select, insert, delete", system=ALL)

    class Meta:
        constraints = [
            SameClient("entry", name="a_decision_belongs_to_its_entrys_client"),
            models.CheckConstraint(condition=~Q(verdict="rejected") | ~Q(reason=""), name="time_is_sent_back_with_a_reason"),
        ]
        indexes = [models.Index(fields=["entry", "-at"], name="decisions_on_an_entry")]

    def __str__(self) -> str:
        return self.get_verdict_display()
