import datetime as dt
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from billing.models import refusals
from engagements.models import Engagement, RetainerTerms
from engagements.models.engagement import DateRange
from tickets.models.ticket import ServiceArea


class PeriodQuerySet(ClientOwnedQuerySet["Period"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def closed(self) -> Self:
        return self.exclude(closed_at=None)

    def covering(self, day: dt.date) -> Self:
        return self.filter(starts_on__lte=day, ends_on__gt=day)

    def to_close(self, day: dt.date) -> Self:
        """Periods whose days are over on `day`, and that nobody has closed yet."""
        return self.open().of_the_promise().filter(ends_on__lte=day)

    def of_the_promise(self) -> Self:
        """Periods that hold promised hours, not imported history."""
        return self.filter(is_history=False)

    def waiting_for_a_yes(self) -> Self:
        """Periods with minutes over that nobody of the client has authorised."""
        return self.filter(Q(unauthorised_minutes__gt=0) | Q(unrepaid_unauthorised_minutes__gt=0))

    def with_waits_for(self) -> Self:
        """`waits_for`, the first day of the period before while that one is open: what is carried from it is then as if it closed now."""
        before = Period.objects.open().of_the_promise().filter(engagement=OuterRef("engagement"), ends_on=OuterRef("starts_on"))
        return self.annotate(waits_for=Subquery(before.values("starts_on")[:1]))

    def without_alert_for_reached_threshold(self) -> Self:
        """Open periods that owe somebody an alert: one set-based query on the running totals and the thresholds in force."""
        return self.open().of_the_promise().filter(RawSQL(OWES_AN_ALERT, (), output_field=models.BooleanField()))  # noqa: S611 (a constant)


OWES_AN_ALERT = """EXISTS (
    SELECT FROM engagements_retainerterms t, unnest(t.thresholds) AS mark
    WHERE t.client_id = billing_period.client_id AND t.engagement_id = billing_period.engagement_id
      AND t.starts_on < billing_period.ends_on AND (t.ends_on IS NULL OR t.ends_on >= billing_period.ends_on)
      AND billing_period.capacity_minutes > 0
      AND billing_period.used_minutes * 100 >= mark * billing_period.capacity_minutes
      AND NOT EXISTS (
        SELECT FROM billing_burnalert a
        WHERE a.client_id = billing_period.client_id AND a.period_id = billing_period.id AND a.kind = 'burn' AND a.percent = mark))"""


class Period(ClientOwned):
    """One period of one retainer. While open, its totals are the projection of its entries; closed, they are frozen."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="periods", db_constraint=False)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The first day after the period.")
    opening_minutes = models.PositiveIntegerField(default=0)
    granted_minutes = models.PositiveIntegerField(default=0)
    adjusted_minutes = models.PositiveIntegerField(default=0)
    covered_minutes = models.PositiveIntegerField(default=0)
    expired_minutes = models.PositiveIntegerField(default=0)
    closing_minutes = models.PositiveIntegerField(default=0)
    borrowed_minutes = models.PositiveIntegerField(default=0)
    overage_minutes = models.PositiveIntegerField(default=0)
    unauthorised_minutes = models.PositiveIntegerField(default=0)
    absorbed_minutes = models.PositiveIntegerField(default=0)
    used_minutes = models.PositiveIntegerField(default=0)
    capacity_minutes = models.PositiveIntegerField(default=0)
    is_history = models.BooleanField(default=False, help_text="Holds imported time from before the promise; nothing is billed or alerted.")
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    repaid_minutes = models.PositiveIntegerField(db_default=0, default=0, help_text="Borrowed before, and taken off its grants.")
    owed_minutes = models.PositiveIntegerField(db_default=0, default=0, help_text="Borrowed before, and more than its grants could repay.")
    unrepaid_minutes = models.PositiveIntegerField(
        db_default=0,
        default=0,
        help_text="Borrowed before, and called in at the end of the engagement: no grant comes that could repay it.",
    )
    unrepaid_overage_minutes = models.PositiveIntegerField(db_default=0, default=0, help_text="Of that, billed.")
    unrepaid_unauthorised_minutes = models.PositiveIntegerField(db_default=0, default=0, help_text="Of that, billed once it is authorised.")
    unrepaid_absorbed_minutes = models.PositiveIntegerField(db_default=0, default=0, help_text="Of that, at the firm's cost.")
    next_grant_minutes = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="What it could borrow, at its close.")
    is_last = models.BooleanField(
        db_default=False, default=False, editable=False, help_text="The engagement had ended with it when it closed."
    )
    proposed_at = models.DateTimeField(null=True, blank=True, help_text="When people were asked to close it.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", help_text="Nobody: it closed by itself.")

    objects = PeriodQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_period_belongs_to_its_engagements_client"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="a_period_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(capacity_minutes=F("opening_minutes") + F("granted_minutes") + F("adjusted_minutes")),
                name="the_capacity_of_a_period_is_what_it_was_given",
            ),
            models.CheckConstraint(
                condition=Q(
                    closing_minutes=F("opening_minutes")
                    + F("granted_minutes")
                    + F("adjusted_minutes")
                    - F("covered_minutes")
                    - F("expired_minutes")
                ),
                name="the_hours_of_a_period_foot",
            ),
            models.CheckConstraint(
                condition=Q(
                    used_minutes=F("covered_minutes")
                    + F("borrowed_minutes")
                    + F("overage_minutes")
                    + F("unauthorised_minutes")
                    + F("absorbed_minutes")
                ),
                name="the_use_of_a_period_foots",
            ),
            models.CheckConstraint(
                condition=Q(
                    unrepaid_minutes=F("unrepaid_overage_minutes") + F("unrepaid_unauthorised_minutes") + F("unrepaid_absorbed_minutes")
                ),
                name="what_a_period_calls_in_foots",
            ),
            models.CheckConstraint(condition=Q(unrepaid_minutes=0) | Q(owed_minutes=0), name="what_is_called_in_is_owed_no_more"),
            models.CheckConstraint(
                condition=Q(unrepaid_minutes=0) | Q(closed_at=None) | Q(is_last=True), name="only_the_last_close_calls_in_what_was_borrowed"
            ),
            ExclusionConstraint(
                name="periods_of_an_engagement_never_overlap",
                expressions=[
                    (DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                    ("engagement", RangeOperators.EQUAL),
                    ("is_history", RangeOperators.EQUAL),  # a promise may begin within a month that holds history
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["engagement", "starts_on"], name="periods_of_an_engagement"),
            models.Index(fields=["engagement"], condition=Q(closed_at=None), name="open_periods"),
            models.Index(fields=["client", "-starts_on"], name="periods_of_a_client"),
            models.Index(fields=["ends_on"], condition=Q(closed_at=None, is_history=False), name="periods_to_close"),
        ]
        triggers = [
            refusals.never_moves("a_period_never_moves_to_another_client", "client_id", "engagement_id", "is_history"),
            refusals.CLOSED_STAYS,
            refusals.CLOSED_IN_ORDER,
            refusals.POSTINGS_FOOT,
            refusals.NO_GAP,
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.last_day}"

    def covers(self, day: dt.date) -> bool:
        return self.starts_on <= day < self.ends_on

    @property
    def last_day(self) -> dt.date:
        return self.ends_on - dt.timedelta(days=1)

    @property
    def over_minutes(self) -> int:
        """Minutes used beyond what the lots of the period cover."""
        return self.used_minutes - self.covered_minutes

    @property
    def waiting_minutes(self) -> int:
        """Minutes over that nobody authorised, worked here or borrowed before and not repaid."""
        return self.unauthorised_minutes + self.unrepaid_unauthorised_minutes

    @property
    def left_minutes(self) -> int:
        """What the lots still hold; while the period is open, `closing_minutes` is what would be left if it closed now."""
        return self.capacity_minutes - self.covered_minutes


class Lot(ClientOwned):
    """Minutes with a life: granted when a period opens, or given or bought besides."""

    class Kind(models.TextChoices):
        GRANT = "grant"
        TOP_UP = "top_up"
        GOODWILL = "goodwill"
        MIGRATION = "migration"
        ADJUSTMENT = "adjustment"

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="lots", db_constraint=False)
    period = models.ForeignKey(
        Period,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lots",
        db_constraint=False,
        help_text="The period a grant was made for; of another lot, the closed one in which it was new.",
    )
    terms = models.ForeignKey(
        RetainerTerms, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False, help_text="The terms that granted it."
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    minutes = models.PositiveIntegerField()
    left_minutes = models.PositiveIntegerField(
        null=True, editable=False, help_text="What the projection left of a lot that is no grant; a grant lives whole periods."
    )
    carried_minutes = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="What the last close left of it; NULL before its first."
    )
    is_spent = models.BooleanField(db_default=False, default=False, editable=False, help_text="A close left nothing of it.")
    usable_from = models.DateField()
    usable_until = models.DateField(help_text="The first day it is no longer usable.")
    given_until = models.DateField(null=True, editable=False, help_text="Its end as it was given, where a pause makes it live longer.")
    priority = models.SmallIntegerField(default=0)
    service_areas = ArrayField(
        models.CharField(max_length=24, choices=ServiceArea.choices), default=list, blank=True, help_text="Empty is every area."
    )
    reason = models.CharField(max_length=200, blank=True)
    given_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ClientOwnedQuerySet["Lot"].as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_lot_belongs_to_its_engagements_client"),
            SameClient("period", name="a_lot_belongs_to_its_periods_client"),
            SameClient("terms", name="a_lot_belongs_to_its_terms_client"),
            models.CheckConstraint(
                condition=Q(carried_minutes=None, is_spent=False)
                | Q(carried_minutes__gt=0, is_spent=False)
                | Q(carried_minutes=0, is_spent=True),
                name="a_lot_is_spent_when_a_close_left_nothing",
            ),
            models.CheckConstraint(condition=Q(usable_until__gt=F("usable_from")), name="a_lot_is_usable_before_it_ends"),
            models.UniqueConstraint(
                fields=["client", "period", "terms"], condition=Q(kind="grant"), name="a_period_is_granted_its_hours_once"
            ),
        ]
        indexes = [
            models.Index(fields=["engagement", "usable_from"], name="lots_of_an_engagement"),
            models.Index(fields=["engagement"], condition=Q(is_spent=False), name="lots_that_live"),
        ]
        triggers = [
            refusals.never_moves("a_lot_never_moves_to_another_client", "client_id", "engagement_id"),
            refusals.POSTED_LOT_STAYS,
            refusals.CARRIED_IS_CLOSING,
        ]
