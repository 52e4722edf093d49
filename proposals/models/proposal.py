import datetime as dt
from decimal import Decimal
from typing import Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, MemberRole
from accounts.amounts import Amount
from accounts.constraints import SameClient
from accounts.models import Client, ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from engagements.models import AISystem, Engagement

UNDO_WITHIN = dt.timedelta(minutes=10)


class ProposalState(models.TextChoices):
    """From an idea to the client's answer, or to what came before one."""

    IDEA = "idea", _("idea")
    SCORED = "scored", _("estimated")
    SENT = "sent", _("sent")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("expired")
    WITHDRAWN = "withdrawn", _("withdrawn")


UNSENT = (ProposalState.IDEA, ProposalState.SCORED)
DECIDED = (ProposalState.APPROVED, ProposalState.DECLINED, ProposalState.EXPIRED, ProposalState.WITHDRAWN)
FROZEN = (
    "client_id",
    "engagement_id",
    "system_id",
    "number",
    "reference",
    "title",
    "summary",
    "inputs",
    "estimate",
    "cap_amount",
    "currency",
    "worth_per_hour",
    "expires_at",
    "sent_at",
    "sent_by_id",
)
SOMETHING_SENT_CHANGES = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FROZEN)


class ProposalQuerySet(ClientOwnedQuerySet["Proposal"]):
    def visible_to(self, actor: Actor) -> Self:
        """The proposals of the clients an actor sees; of a client's people those who approve or pay see what was sent.

        An estimate names what an hour of their colleagues costs, so it is not there for the others.
        """
        seen = super().visible_to(actor)
        if not actor.is_member:
            return seen
        return seen.filter(sent_at__isnull=False) if actor.holds(MemberRole.APPROVER, MemberRole.BILLING) else seen.none()

    def undecided(self) -> Self:
        """Sent, and waiting for the client's answer."""
        return self.filter(state=ProposalState.SENT)

    def run_out(self, now: dt.datetime) -> Self:
        return self.undecided().filter(expires_at__lte=now)

    def by_worth(self) -> Self:
        """What is worth most for each hour of building first; ideas without an estimate last."""
        return self.order_by(models.F("worth_per_hour").desc(nulls_last=True), "-pk")


class ProposalCounter(ClientOwned):
    """The last number given to a proposal of a client; locked while the next one is given, so that none is skipped."""

    last_number = models.PositiveIntegerField(default=0)

    objects = ClientOwnedQuerySet["ProposalCounter"].as_manager()

    rights = Rights(system=ALL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client"], name="a_client_counts_its_proposals_once")]


@pghistory.track(context_field=pghistory.ContextJSONField())
class Proposal(ClientOwned):
    """A workflow expansion with what it would cost and be worth, and the client's decision.

    Once it is sent, what it says never changes: a trigger keeps it. The portal's database role sees only what was sent and
    writes nothing here; a client's decision is a privileged step of an action.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="proposals")
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="proposals", db_constraint=False)
    system = models.ForeignKey(
        AISystem, models.PROTECT, null=True, blank=True, related_name="proposals", db_constraint=False, verbose_name=_("AI system")
    )
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=20)
    title = models.CharField(_("title"), max_length=120)
    summary = models.TextField(_("summary for the client"), max_length=4000, blank=True)
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.IDEA)
    inputs = models.JSONField(null=True, blank=True)
    estimate = models.JSONField(null=True, blank=True)
    worth_per_hour = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    cap_amount = Amount(_("cap"), max_digits=13, decimal_places=3, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    expires_at = models.DateTimeField(_("to be decided by"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decision_note = models.CharField(max_length=500, blank=True)

    objects = ProposalQuerySet.as_manager()

    rights = Rights(
        portal="select",
        staff="select, insert, update",
        system=ALL,
        portal_sees=f"{ROWS_OF_THE_CLIENT} AND sent_at IS NOT NULL",
        portal_locks=True,
    )

    class Meta:
        constraints = [
            SameClient("engagement", name="a_proposal_belongs_to_its_engagements_client"),
            SameClient("system", name="a_proposal_names_a_system_of_its_client"),
            models.UniqueConstraint(fields=["client", "number"], name="a_client_numbers_its_proposals_once"),
            models.CheckConstraint(condition=~models.Q(title=""), name="a_proposal_has_a_title"),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="a_cap_is_in_a_currency"),
            models.CheckConstraint(condition=models.Q(cap_amount=None) | models.Q(cap_amount__gt=0), name="a_cap_is_above_zero"),
            models.CheckConstraint(
                condition=models.Q(state=ProposalState.IDEA, estimate__isnull=True)
                | (
                    ~models.Q(state=ProposalState.IDEA)
                    & models.Q(estimate__isnull=False, inputs__isnull=False, worth_per_hour__isnull=False)
                ),
                name="a_proposal_past_an_idea_has_its_estimate",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=UNSENT, sent_at=None)
                | (~models.Q(state__in=UNSENT) & models.Q(sent_at__isnull=False, cap_amount__isnull=False, expires_at__isnull=False)),
                name="a_sent_proposal_has_a_cap_and_an_end",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=DECIDED, decided_at__isnull=False)
                | (~models.Q(state__in=DECIDED) & models.Q(decided_at=None, decided_by=None, decision_note="")),
                name="a_proposals_decision_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="proposals_of_a_client"),
            models.Index(fields=["expires_at"], condition=models.Q(state="sent"), name="proposals_that_wait"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="a_sent_proposal_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"OLD.sent_at IS NOT NULL AND ({SOMETHING_SENT_CHANGES})"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def is_unsent(self) -> bool:
        return self.sent_at is None

    @property
    def is_waiting(self) -> bool:
        """Whether the client can still decide."""
        return self.state == ProposalState.SENT and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def undo_until(self) -> dt.datetime | None:
        """Until when the client may take a decision back; work that began ends it earlier."""
        decided = self.state in {ProposalState.APPROVED, ProposalState.DECLINED}
        return self.decided_at + UNDO_WITHIN if decided and self.decided_at else None

    @property
    def cap(self) -> Decimal:
        """The most this work may cost; nothing until it is estimated."""
        return self.cap_amount or Decimal(0)
