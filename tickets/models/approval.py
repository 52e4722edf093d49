import datetime as dt
from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from tickets.models.ticket import Ticket


class EstimateApprovalQuerySet(ClientOwnedQuerySet["EstimateApproval"]):
    def pending(self) -> Self:
        return self.filter(decided_at=None)

    def expired(self, now: dt.datetime) -> Self:
        return self.pending().filter(expires_at__lte=now)


class EstimateApproval(ClientOwned):
    """An estimate sent to the client for a yes: how much, until when, and who decided."""

    class Decision(models.TextChoices):
        APPROVED = "approved"
        DECLINED = "declined"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="approvals", db_constraint=False)
    minutes = models.PositiveIntegerField()
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    decision = models.CharField(max_length=10, blank=True, choices=Decision.choices)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = EstimateApprovalQuerySet.as_manager()

    rights = Rights(portal="select, update", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("ticket", name="an_approval_belongs_to_its_tickets_client"),
            models.UniqueConstraint(fields=["client", "ticket"], condition=models.Q(decided_at=None), name="a_ticket_awaits_one_decision"),
            models.CheckConstraint(condition=models.Q(minutes__gt=0), name="an_estimate_to_approve_is_above_zero"),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decision="") | (models.Q(decided_at__isnull=False) & ~models.Q(decision="")),
                name="a_decision_says_what_and_when",
            ),
        ]
