import datetime as dt
from dataclasses import dataclass
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject, Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ROWS_OF_THE_CLIENT, Rights
from billing.models.period import Period
from billing.rules import forecast as rules
from billing.rules.forecast import Range, RunsOut
from engagements.models import Engagement

LEAST_SCORED = 60


@dataclass(frozen=True, slots=True)
class HitRate:
    """How many ranges were held against what came true, and how many held it."""

    ranges: int
    held: int

    @property
    def is_known(self) -> bool:
        """Whether there were enough to publish a share of them."""
        return self.ranges >= LEAST_SCORED

    @property
    def held_percent(self) -> int | None:
        return round(self.held * 100 / self.ranges) if self.is_known else None


class ForecastQuerySet(ClientOwnedQuerySet["Forecast"]):
    def ranges(self) -> Self:
        """Forecasts that gave a range, not a straight line for want of data."""
        return self.filter(method=Forecast.Method.BOOTSTRAP)

    def scored(self) -> Self:
        """Forecasts of periods that have ended, with what came true."""
        return self.filter(came_true_minutes__isnull=False)

    def unscored(self) -> Self:
        return self.filter(came_true_minutes=None)

    def hit_rate(self) -> HitRate:
        """How often the ranges among these held: what "our 80 % ranges held 78 % of the time" is counted from."""
        held = Q(came_true_minutes__gte=F("low_minutes"), came_true_minutes__lte=F("high_minutes"))
        return HitRate(**self.ranges().scored().aggregate(ranges=Count("pk"), held=Count("pk", filter=held)))


class Forecast(ClientOwned):
    """Where a period was heading at the end of a day, as it was said then. Never changed; once, what came true is written beside it."""

    class Method(models.TextChoices):
        BOOTSTRAP = "bootstrap", _("range")
        STRAIGHT_LINE = "straight_line", _("straight line, not enough data for a range")

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="forecasts", db_constraint=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="forecasts", db_constraint=False)
    as_of = models.DateField(help_text="The last business day that was known.")
    method = models.CharField(max_length=14, choices=Method.choices)
    used_minutes = models.PositiveIntegerField()
    capacity_minutes = models.PositiveIntegerField()
    low_minutes = models.PositiveIntegerField(help_text="Use at the end of the period: below this one time of ten.")
    likely_minutes = models.PositiveIntegerField()
    high_minutes = models.PositiveIntegerField(help_text="Above this one time of ten.")
    line_minutes = models.PositiveIntegerField(help_text="What a straight line through the use of the period would say.")
    runs_out_early = models.DateField(null=True, blank=True)
    runs_out_likely = models.DateField(null=True, blank=True)
    runs_out_late = models.DateField(null=True, blank=True)
    history_days = models.PositiveSmallIntegerField(help_text="Business days of burn that were known, as far back as was read.")
    factor_percent = models.PositiveSmallIntegerField(help_text="How much the range was widened by the misses of the past.")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    came_true_minutes = models.PositiveIntegerField(null=True, blank=True)
    miss_percent = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of half the range before it was widened.")
    scored_at = models.DateTimeField(null=True, blank=True)

    objects = ForecastQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert", system="select, insert, update, delete", portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_forecast_belongs_to_its_engagements_client"),
            SameClient("period", name="a_forecast_belongs_to_its_periods_client"),
            models.UniqueConstraint(fields=["client", "period", "as_of"], name="a_period_is_forecast_once_a_day"),
            models.CheckConstraint(
                condition=Q(low_minutes__lte=F("likely_minutes"), likely_minutes__lte=F("high_minutes")),
                name="a_range_has_its_middle_within",
            ),
            models.CheckConstraint(
                condition=Q(came_true_minutes=None, miss_percent=None, scored_at=None)
                | Q(came_true_minutes__isnull=False, miss_percent__isnull=False, scored_at__isnull=False),
                name="a_forecast_is_scored_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["engagement", "-as_of"], name="forecasts_of_an_engagement"),
            models.Index(fields=["client", "-id"], name="forecasts_of_a_client"),
            models.Index(fields=["period"], condition=Q(came_true_minutes=None), name="forecasts_to_be_scored"),
            models.Index(fields=["-as_of"], condition=Q(came_true_minutes__isnull=False, method="bootstrap"), name="forecasts_scored"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="a_forecast_is_never_changed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["came_true_minutes", "miss_percent", "scored_at"]),
            ),
            pgtrigger.Protect(
                name="a_forecast_is_scored_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__came_true_minutes__isnull=False)
            ),
            pgtrigger.Protect(  # one of a period that was cut away before it came true has nothing to be held against
                name="a_scored_forecast_is_never_taken_back",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__came_true_minutes__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of}: {self.low_minutes} to {self.high_minutes}"

    @property
    def is_range(self) -> bool:
        return self.method == self.Method.BOOTSTRAP

    @property
    def end(self) -> Range:
        """Use at the end of the period, low, likely and high."""
        return Range(self.low_minutes, self.likely_minutes, self.high_minutes)

    @property
    def knows_few_days(self) -> bool:
        """Whether a range failed for want of business days; else it was for want of work on them."""
        return self.history_days < rules.ENOUGH_DAYS

    def as_rules(self) -> rules.Forecast:
        return rules.Forecast(
            method="bootstrap" if self.is_range else "straight_line",
            end=self.end,
            runs_out=RunsOut(self.runs_out_early, self.runs_out_likely, self.runs_out_late),
            history_days=self.history_days,
        )


SHOWN = (
    "as_of",
    "method",
    "used_minutes",
    "capacity_minutes",
    "low_minutes",
    "likely_minutes",
    "high_minutes",
    "runs_out_early",
    "runs_out_likely",
    "runs_out_late",
    "history_days",
)
DAYS = {"as_of", "runs_out_early", "runs_out_likely", "runs_out_late"}


def latest_forecast(period: OuterRef) -> Subquery:
    """The newest forecast of a period, to be joined to a query of periods; `as_forecast` reads it."""
    newest = Forecast.objects.filter(period=period).order_by("-as_of")
    return Subquery(newest.values(found=JSONObject(**{name: name for name in SHOWN}))[:1])


def as_forecast(found: dict[str, Any] | None) -> Forecast | None:
    """The forecast that `latest_forecast` found, with what pages show of it."""
    if found is None:
        return None
    return Forecast(**{name: dt.date.fromisoformat(value) if name in DAYS and value else value for name, value in found.items()})
