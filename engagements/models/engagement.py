import datetime as dt
from typing import Self
from uuid import UUID

import pghistory
import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.amounts import Amount
from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from engagements.rules import Terms


class DateRange(models.Func):
    """The half-open range of two date columns; an open end is for ever."""

    function = "DATERANGE"
    output_field = DateRangeField()


class EngagementQuerySet(ClientOwnedQuerySet["Engagement"]):
    def running(self, day: dt.date) -> Self:
        """Engagements that have begun and not ended on a day."""
        return self.filter(starts_on__lte=day).exclude(ends_on__lte=day)

    def whose_hours(self, engagement_id: UUID) -> Self:
        """The retainer whose hours work on an engagement takes: the pool it draws on, or itself."""
        pool = models.Subquery(Engagement.objects.filter(pk=engagement_id).values("draws_on")[:1])
        return self.filter(pk=Coalesce(pool, models.Value(engagement_id, models.UUIDField())))

    def to_renew(self, day: dt.date) -> Self:
        """Engagements that renew by themselves and of which nobody can leave in time any more."""
        last_chance = models.ExpressionWrapper(
            models.Value(day, models.DateField()) + models.F("notice_days"), output_field=models.DateField()
        )
        return self.filter(renewal_months__isnull=False, ends_on=None, committed_until__lt=last_chance)

    def turning_before(self, day: dt.date) -> Self:
        """Engagements that end, or whose commitment does, by a day."""
        return self.filter(models.Q(ends_on__lte=day) | models.Q(ends_on=None, committed_until__lte=day))

    def promised(self) -> Self:
        """Engagements with agreed terms; one that an import made is history until it has some."""
        return self.filter(
            models.Exists(RetainerTerms.objects.filter(client_id=models.OuterRef("client_id"), engagement=models.OuterRef("pk")))
        )


A_POOL_DRAWS_ON_NOTHING = """
IF EXISTS (SELECT FROM engagements_engagement e WHERE e.client_id = NEW.client_id AND e.id = NEW.draws_on_id AND e.draws_on_id IS NOT NULL)
    OR EXISTS (SELECT FROM engagements_engagement e WHERE e.client_id = NEW.client_id AND e.draws_on_id = NEW.id)
    OR EXISTS (SELECT FROM engagements_retainerterms t WHERE t.client_id = NEW.client_id AND t.engagement_id = NEW.id)
THEN
    RAISE EXCEPTION 'a pool draws on nothing, and what draws on one has no terms of its own'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_pool_draws_on_nothing';
END IF;
RETURN NEW;"""


@pghistory.track(context_field=pghistory.ContextJSONField())
class Engagement(ClientOwned):
    """A retainer: the promise of hours to one client. The row that every write of hours locks first."""

    name = models.CharField(_("name"), max_length=80)
    currency = models.CharField(_("currency"), max_length=3)
    lead = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("lead"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True, help_text=_("The first day after the engagement."))
    closes_by_itself = models.BooleanField(
        _("periods close by themselves"),
        db_default=False,
        default=False,
        help_text=_("Once the days for late logging are over, unless time waits for approval."),
    )
    ends_because = models.CharField(_("why it ends"), max_length=200, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=30)
    committed_until = models.DateField(
        _("committed until"),
        null=True,
        blank=True,
        help_text=_("The first day on which either side may leave by notice."),
    )
    renewal_months = models.PositiveSmallIntegerField(
        _("renews by months"), null=True, blank=True, help_text=_("Unless somebody gives notice in time. Empty: it runs on without a date.")
    )
    draws_on = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        db_constraint=False,
        verbose_name=_("draws on"),
        help_text=_("The retainer whose hours this one shares."),
    )
    needs_approval = models.BooleanField(_("time is approved"), default=False)
    is_imported = models.BooleanField(default=False, help_text="Made by an import: its hours are history, not a promise.")
    import_key = models.CharField(max_length=160, null=True, blank=True)  # noqa: DJ001 (NULL is "not imported" in the unique index)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EngagementQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT, portal_locks=True)

    class Meta:
        constraints = [
            SameClient("draws_on", name="an_engagement_draws_on_one_of_its_client"),
            models.CheckConstraint(condition=~models.Q(draws_on=models.F("id")), name="no_engagement_draws_on_itself"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")), name="an_engagement_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="a_currency_is_three_capitals"),
            models.CheckConstraint(
                condition=models.Q(committed_until=None) | models.Q(committed_until__gt=models.F("starts_on")),
                name="a_commitment_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(renewal_months=None) | models.Q(renewal_months__gt=0, committed_until__isnull=False),
                name="what_renews_has_a_day_on_which_it_does",
            ),
            models.UniqueConstraint(fields=["client", "import_key"], name="an_engagement_is_imported_once"),
        ]

        triggers = [
            pgtrigger.Trigger(
                name="a_pool_draws_on_nothing",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("draws_on_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(new__draws_on__isnull=False),
                func=A_POOL_DRAWS_ON_NOTHING,
            )
        ]

    def __str__(self) -> str:
        return self.name


BILLED_HOURS_HAVE_A_RATE = """
RAISE EXCEPTION 'terms that bill hours over name their rate'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'terms_that_bill_name_their_rate';"""


class RetainerTermsQuerySet(ClientOwnedQuerySet["RetainerTerms"]):
    def in_force(self, day: dt.date) -> Self:
        return self.filter(starts_on__lte=day).exclude(ends_on__lte=day)


class RetainerTerms(ClientOwned):
    """One version of the terms of a retainer, in force on [starts_on, ends_on). Only its end is ever set later."""

    class Unit(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        WEEK = "week", _("week")

    class Proration(models.TextChoices):
        NONE = "none", _("none")
        DAILY = "daily", _("by the day")

    class Overage(models.TextChoices):
        BILL = "bill", _("billed")
        AUTHORISE = "authorise", _("billed once the client authorises it")
        ABSORB = "absorb", _("absorbed by the firm")

    class RoundingMode(models.TextChoices):
        NEAREST = "nearest", _("to the nearest, half up")
        UP = "up", _("up")
        DOWN = "down", _("down")

    class RoundingScope(models.TextChoices):
        ENTRY = "entry", _("each entry")
        DAY_AND_TICKET = "day_and_ticket", _("a day's work on a ticket, all people together")

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="terms", db_constraint=False)
    starts_on = models.DateField(_("in force from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    included_minutes = models.PositiveIntegerField(_("included minutes a period"))
    fee = Amount(_("fee a period"), max_digits=13, decimal_places=3, default=0)
    period_unit = models.CharField(_("period"), max_length=8, choices=Unit.choices, default=Unit.MONTH)
    anchor_day = models.PositiveSmallIntegerField(_("anchor day"), default=1, validators=[MinValueValidator(1), MaxValueValidator(31)])
    anchor_month = models.PositiveSmallIntegerField(
        _("anchor month"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text=_("A month in which a quarter begins; every third month from it begins one."),
    )
    proration = models.CharField(_("proration"), max_length=8, choices=Proration.choices, default=Proration.DAILY)
    carry_periods = models.PositiveSmallIntegerField(_("periods that unused hours live on"), default=1)
    carry_cap_minutes = models.PositiveIntegerField(_("most minutes carried"), null=True, blank=True)
    carry_cap_percent = models.PositiveSmallIntegerField(_("most carried, % of the included"), null=True, blank=True, default=50)
    borrow_limit_minutes = models.PositiveIntegerField(
        _("most minutes borrowed"), null=True, blank=True, default=0, help_text=_("Empty is without limit.")
    )
    overage = models.CharField(_("hours over"), max_length=10, choices=Overage.choices, default=Overage.AUTHORISE)
    overage_rate = Amount(_("rate an hour over"), max_digits=11, decimal_places=3, null=True, blank=True)
    rounding_increment_minutes = models.PositiveSmallIntegerField(_("rounded to minutes"), default=1, validators=[MinValueValidator(1)])
    rounding_mode = models.CharField(_("rounded"), max_length=8, choices=RoundingMode.choices, default=RoundingMode.NEAREST)
    rounding_minimum_minutes = models.PositiveSmallIntegerField(_("least minutes"), default=0)
    rounding_scope = models.CharField(_("rounding of"), max_length=16, choices=RoundingScope.choices, default=RoundingScope.ENTRY)
    weights = models.JSONField(
        _("weights"), default=dict, blank=True, help_text=_("Percent per kind of work, such as 150 for after hours.")
    )
    thresholds = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("alert at percent"))
    grace_days = models.PositiveSmallIntegerField(_("business days for late logging"), default=3)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = RetainerTermsQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="terms_belong_to_their_engagements_client"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")), name="terms_end_after_they_start"
            ),
            models.CheckConstraint(condition=models.Q(anchor_day__gte=1, anchor_day__lte=31), name="an_anchor_is_a_day_of_the_month"),
            models.CheckConstraint(condition=models.Q(anchor_month__gte=1, anchor_month__lte=12), name="an_anchor_is_a_month_of_the_year"),
            models.CheckConstraint(condition=models.Q(rounding_increment_minutes__gte=1), name="rounding_has_an_increment"),
            models.CheckConstraint(condition=models.Q(fee__gte=0), name="a_fee_is_never_negative"),
            models.CheckConstraint(
                condition=models.Q(overage_rate=None) | models.Q(overage_rate__gte=0), name="an_overage_rate_is_never_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    period_unit__in=["month", "quarter", "week"],
                    proration__in=["none", "daily"],
                    overage__in=["bill", "authorise", "absorb"],
                    rounding_mode__in=["nearest", "up", "down"],
                    rounding_scope__in=["entry", "day_and_ticket"],
                ),
                name="terms_choose_policies_that_exist",
            ),
            ExclusionConstraint(
                name="terms_of_an_engagement_never_overlap",
                expressions=[(DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS), ("engagement", RangeOperators.EQUAL)],
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="terms_are_never_changed_only_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["ends_on"]),
            ),
            pgtrigger.Trigger(  # of new terms alone: what older ones without a rate came to stands in closed books
                name="terms_that_bill_name_their_rate",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__overage="bill", new__overage_rate__isnull=True),
                func=BILLED_HOURS_HAVE_A_RATE,
            ),
        ]

    @property
    def most_carried_minutes(self) -> int | None:
        """The most of a whole period's unused minutes that goes on; None is no cap."""
        return self.as_rules().carry_cap()

    def as_rules(self) -> Terms:
        """The frozen terms that the pure rules compute with."""
        return Terms(
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            included_minutes=self.included_minutes,
            fee=self.fee,
            period_unit=self.period_unit,  # type: ignore[arg-type]
            anchor_day=self.anchor_day,
            anchor_month=self.anchor_month,
            proration=self.proration,  # type: ignore[arg-type]
            carry_periods=self.carry_periods,
            carry_cap_minutes=self.carry_cap_minutes,
            carry_cap_percent=self.carry_cap_percent,
            borrow_limit_minutes=self.borrow_limit_minutes,
            overage=self.overage,  # type: ignore[arg-type]
            overage_rate=self.overage_rate,
            rounding_increment_minutes=self.rounding_increment_minutes,
            rounding_mode=self.rounding_mode,  # type: ignore[arg-type]
            rounding_minimum_minutes=self.rounding_minimum_minutes,
            rounding_scope=self.rounding_scope,  # type: ignore[arg-type]
            weights=self.weights,
            thresholds=tuple(sorted(self.thresholds)),
            grace_days=self.grace_days,
        )
