from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from proposals.models.proposal import Proposal
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea


class ProposalTask(ClientOwned):
    """A piece of the work that a yes begins: it becomes a ticket, and its minutes are held for it."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="tasks", db_constraint=False)
    position = models.PositiveSmallIntegerField()
    subject = models.CharField(_("subject"), max_length=200)
    service_area = models.CharField(_("service area"), max_length=24, choices=ServiceArea.choices, default=ServiceArea.WORKFLOW_EXPANSION)
    minutes = models.PositiveIntegerField(_("minutes"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False)

    objects = ClientOwnedQuerySet["ProposalTask"].as_manager()

    rights = Rights(
        portal="select",
        staff=ALL,
        system=ALL,
        portal_sees=(
            f"{ROWS_OF_THE_CLIENT} AND EXISTS (SELECT FROM proposals_proposal p"
            " WHERE p.id = proposals_proposaltask.proposal_id AND p.sent_at IS NOT NULL)"
        ),
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            SameClient("proposal", name="a_task_belongs_to_its_proposals_client"),
            SameClient("ticket", name="a_task_opens_a_ticket_of_its_client"),
            models.UniqueConstraint(fields=["client", "proposal", "position"], name="a_proposal_orders_its_tasks"),
            models.UniqueConstraint(fields=["client", "ticket"], name="a_ticket_comes_from_one_task"),
            models.CheckConstraint(condition=models.Q(minutes__gt=0), name="a_task_takes_some_minutes"),
            models.CheckConstraint(condition=~models.Q(subject=""), name="a_task_has_a_subject"),
        ]

    def __str__(self) -> str:
        return self.subject
