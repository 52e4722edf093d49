from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Now

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from billing.models.entry import TimeEntry
from engagements.models import Engagement
from tickets.models import Ticket


class ReservationQuerySet(ClientOwnedQuerySet["Reservation"]):
    def holding(self) -> Self:
        return self.filter(ended_at=None)

    def with_held_minutes(self) -> Self:
        """What each still holds: its minutes less what was burned on its ticket, never below nothing."""
        burned = TimeEntry.objects.burning().filter(ticket=OuterRef("ticket")).order_by().values("ticket")
        spent = Coalesce(Subquery(burned.annotate(total=Sum("burn_minutes")).values("total")), Value(0))
        return self.annotate(held_minutes=Greatest(F("minutes") - spent, Value(0), output_field=models.IntegerField()))


class Reservation(ClientOwned):
    """Minutes of a retainer that are spoken for: an approved estimate or planned work, until its ticket is resolved."""

    class Source(models.TextChoices):
        ESTIMATE = "estimate"
        PLAN = "plan"
        PROPOSAL = "proposal"

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="reservations", db_constraint=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="reservations", db_constraint=False)
    source = models.CharField(max_length=10, choices=Source.choices)
    minutes = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ReservationQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_reservation_belongs_to_its_engagements_client"),
            SameClient("ticket", name="a_reservation_belongs_to_its_tickets_client"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="a_reservation_holds_something"),
            models.UniqueConstraint(fields=["client", "ticket"], name="a_ticket_is_reserved_for_once"),
        ]
        indexes = [models.Index(fields=["engagement"], condition=Q(ended_at=None), name="reservations_that_hold")]
