from django.db import models
from django.db.models.functions import Now

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, Rights
from engagements.models import ServicePlan
from tickets.models.ticket import Ticket


class PlannedTicket(ClientOwned):
    """The ticket that a service plan became on one of its days: each day once, because the constraint says so."""

    plan = models.ForeignKey(ServicePlan, models.PROTECT, related_name="openings", db_constraint=False)
    due_on = models.DateField()
    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="planned", db_constraint=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ClientOwnedQuerySet["PlannedTicket"].as_manager()

    rights = Rights(staff="select", system=ALL)

    class Meta:
        constraints = [
            SameClient("plan", name="a_planned_ticket_belongs_to_its_plans_client"),
            SameClient("ticket", name="a_planned_ticket_is_its_clients_own"),
            models.UniqueConstraint(fields=["client", "plan", "due_on"], name="a_plan_opens_one_ticket_a_day"),
        ]

    def __str__(self) -> str:
        return str(self.due_on)
