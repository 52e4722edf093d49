"""What a close leaves behind: the frozen postings of a period, and the statement that says what they mean."""

from typing import Self

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.amounts import Amount
from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from billing.models import refusals
from billing.models.entry import TimeEntry
from billing.models.period import Lot, Period
from billing.rules.movements import Coverage
from engagements.models import Engagement


class PostingQuerySet(ClientOwnedQuerySet["Posting"]):
    def visible_to(self, actor: Actor) -> Self:
        """The movements of lots, and of those entries that the actor sees one by one."""
        seen = super().visible_to(actor)
        if actor.is_staff or actor.is_system:
            return seen
        return seen.filter(Q(entry=None) | Q(entry__in=TimeEntry.objects.visible_to(actor)))

    def standing(self) -> Self:
        """Neither taken back by a reopening, nor what took it back."""
        return self.filter(reverses=None, reversals=None)

    def drawn(self) -> Self:
        """The postings that say where the minutes of entries went, in the order they were drawn."""
        return self.filter(entry__isnull=False).order_by("pk")

    def in_all(self) -> int:
        return int(self.aggregate(all=Sum("minutes", default=0))["all"])


class Posting(ClientOwned):
    """One movement of minutes in a closed period. Rows are only added; a reopened period is posted back with the sign turned.

    Minutes over without an entry were borrowed by an earlier period and could not be repaid.
    """

    class Kind(models.TextChoices):
        OPENING = "opening", _("carried in")
        GRANTED = "granted", _("granted")
        ADJUSTED = "adjusted", _("adjusted")
        COVERED = "covered", _("covered")
        BORROWED = "borrowed", _("borrowed")
        OVERAGE = "overage", _("over")
        UNAUTHORISED = "unauthorised", _("not authorised")
        ABSORBED = "absorbed", _("absorbed")
        EXPIRED = "expired", _("expired")

    period = models.ForeignKey(Period, models.PROTECT, related_name="postings", db_constraint=False)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="postings", db_constraint=False)
    entry = models.ForeignKey(TimeEntry, models.PROTECT, null=True, blank=True, related_name="postings", db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    minutes = models.IntegerField()
    rate = Amount(max_digits=11, decimal_places=3, null=True, blank=True, help_text="An hour, for minutes that no lot covered.")
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversals", db_constraint=False, help_text="The posting taken back."
    )
    posted_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PostingQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("period", name="a_posting_belongs_to_its_periods_client"),
            SameClient("lot", name="a_posting_belongs_to_its_lots_client"),
            SameClient("entry", name="a_posting_belongs_to_its_entrys_client"),
            SameClient("reverses", name="a_reversal_belongs_to_its_postings_client"),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, reverses=None) | Q(minutes__lt=0, reverses__isnull=False),
                name="a_posting_moves_minutes_and_only_a_reversal_takes_back",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["opening", "granted", "adjusted", "expired"], lot__isnull=False, entry=None)
                | Q(kind="covered", lot__isnull=False, entry__isnull=False)
                | Q(kind="borrowed", lot=None, entry__isnull=False)
                | Q(kind__in=["overage", "unauthorised", "absorbed"], lot=None),  # without an entry: borrowed before, and not repaid
                name="a_posting_names_the_lot_or_the_entry_it_moves",
            ),
            models.UniqueConstraint(fields=["client", "reverses"], name="a_posting_is_reversed_once"),
        ]
        indexes = [
            models.Index(fields=["period"], name="postings_of_a_period"),
            models.Index(fields=["entry"], name="postings_of_an_entry"),
        ]
        triggers = [
            refusals.only_added("postings_are_only_added"),
            refusals.POSTED_WHILE_OPEN,
            refusals.TOUCHES_ITS_PERIOD,
        ]

    def as_coverage(self) -> Coverage:
        """The row of the pure ledger it was frozen from."""
        return Coverage(self.entry_id, self.lot_id, self.kind, self.minutes, None, self.rate)  # type: ignore[arg-type]


class StatementQuerySet(ClientOwnedQuerySet["Statement"]):
    def visible_to(self, actor: Actor) -> Self:
        """What was superseded by a reopening is the firm's to read."""
        seen = super().visible_to(actor)
        return seen if actor.is_staff or actor.is_system else seen.standing()

    def standing(self) -> Self:
        return self.filter(superseded_at=None)


class Statement(ClientOwned):
    """What a closed period came to, frozen. A reopening supersedes it and keeps it; after it was sent nothing does."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="statements", db_constraint=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="statements", db_constraint=False)
    number = models.PositiveIntegerField(help_text="Counts the statements of an engagement, superseded ones too.")
    document = models.JSONField(help_text="Every figure of the period; see docs/guides/closing.md.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the document written canonically.")
    engine = models.CharField(max_length=16, help_text="The version of the ledger that made it.")
    override_reason = models.CharField(max_length=200, blank=True, help_text="Why the period was closed with time not approved.")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", help_text="Nobody: it closed by itself.")
    sent_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    superseded_reason = models.CharField(max_length=200, blank=True)

    objects = StatementQuerySet.as_manager()

    rights = Rights(
        portal="select",
        staff="select, insert, update",
        system=ALL,
        portal_sees=f"{ROWS_OF_THE_CLIENT} AND superseded_at IS NULL",
    )

    class Meta:
        constraints = [
            SameClient("engagement", name="a_statement_belongs_to_its_engagements_client"),
            SameClient("period", name="a_statement_belongs_to_its_periods_client"),
            models.UniqueConstraint(fields=["client", "engagement", "number"], name="a_number_names_one_statement"),
            models.UniqueConstraint(
                fields=["client", "period"], condition=Q(superseded_at=None), name="a_period_has_one_standing_statement"
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None, superseded_reason="") | (Q(superseded_at__isnull=False) & ~Q(superseded_reason="")),
                name="a_statement_is_superseded_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(superseded_at=None), name="a_sent_statement_stands"),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="statements_of_a_client")]
        triggers = [refusals.STATEMENT_STAYS, refusals.STATEMENT_TOUCHES_ITS_PERIOD]

    def __str__(self) -> str:
        return f"{self.engagement_id} {self.number}"


class CorrectionQuerySet(ClientOwnedQuerySet["Correction"]):
    def visible_to(self, actor: Actor) -> Self:
        """Corrections of those entries that the actor sees one by one."""
        seen = super().visible_to(actor)
        return seen if actor.is_staff or actor.is_system else seen.filter(entry__in=TimeEntry.objects.visible_to(actor))


class Correction(ClientOwned):
    """What a negative entry gave back of an entry in a closed period, by the way it goes back."""

    entry = models.OneToOneField(TimeEntry, models.PROTECT, related_name="correction", db_constraint=False)
    concerns = models.ForeignKey(Period, models.PROTECT, related_name="corrections", db_constraint=False)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False)
    adjustment_minutes = models.PositiveIntegerField(help_text="Were covered or borrowed, and come back as a lot of the open period.")
    credit_minutes = models.PositiveIntegerField(help_text="Were billed, and come back as a credit.")
    unauthorised_minutes = models.PositiveIntegerField(help_text="Can no longer be authorised.")
    absorbed_minutes = models.PositiveIntegerField(help_text="Were the firm's own.")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CorrectionQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("entry", name="a_correction_belongs_to_the_client_of_its_time"),
            SameClient("concerns", name="a_correction_concerns_a_period_of_its_client"),
            SameClient("lot", name="a_correction_gives_back_to_its_client"),
            models.CheckConstraint(
                condition=Q(adjustment_minutes=0, lot=None) | Q(adjustment_minutes__gt=0, lot__isnull=False),
                name="what_comes_back_as_hours_is_a_lot",
            ),
        ]
        triggers = [refusals.only_added("corrections_are_only_added")]
