import datetime as dt
from typing import Self

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from engagements.models.engagement import Engagement
from engagements.models.pause import Pause
from engagements.models.system import AISystem
from engagements.rules import due_dates

FURTHEST = dt.timedelta(days=100)  # behind it lies no first day of a quarter


class ServiceArea(models.TextChoices):
    """The seven things a retainer's hours are spent on."""

    PERFORMANCE_MONITORING = "performance_monitoring", _("performance monitoring")
    PROMPT_OPTIMISATION = "prompt_optimisation", _("prompt optimisation")
    INTEGRATION_MAINTENANCE = "integration_maintenance", _("integration maintenance")
    SYSTEM_UPDATES = "system_updates", _("system updates")
    WORKFLOW_EXPANSION = "workflow_expansion", _("workflow expansion")
    TEAM_SUPPORT = "team_support", _("team support")
    REPORTING = "reporting", _("reporting")


class ServicePlanQuerySet(ClientOwnedQuerySet["ServicePlan"]):
    def running(self, day: dt.date) -> Self:
        """Plans that may still come due on a day or later, of engagements that have not ended by then, with what their pauses are."""
        lasting = self.exclude(ends_on__lte=day).exclude(engagement__ends_on__lte=day)
        return lasting.select_related("engagement__draws_on").prefetch_related("engagement__pauses", "engagement__draws_on__pauses")

    def with_next_day(self, today: dt.date) -> "list[tuple[ServicePlan, dt.date]]":
        """Each plan that is due again, with the day it is; the soonest first."""
        dated = ((plan, plan.next_due(today)) for plan in self.running(today))
        return sorted(((plan, due) for plan, due in dated if due is not None), key=lambda pair: (pair[1], pair[0].what))


@pghistory.track(context_field=pghistory.ContextJSONField())
class ServicePlan(ClientOwned):
    """Work that comes back by itself: each time it is due it becomes a ticket that holds its hours."""

    class Cadence(models.TextChoices):
        ONCE = "once", _("once")
        WEEKLY = "weekly", _("every week")
        MONTHLY = "monthly", _("every month")
        QUARTERLY = "quarterly", _("every quarter")

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="plans", db_constraint=False)
    system = models.ForeignKey(AISystem, models.PROTECT, null=True, blank=True, related_name="plans", db_constraint=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    what = models.CharField(_("what"), max_length=200)
    service_area = models.CharField(_("service area"), max_length=24, choices=ServiceArea.choices)
    cadence = models.CharField(_("how often"), max_length=10, choices=Cadence.choices)
    day = models.PositiveSmallIntegerField(
        _("day"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("1 is Monday; or a day of the month."),
    )
    estimate_minutes = models.PositiveIntegerField(_("estimate in minutes"))
    checklist = models.TextField(_("checklist"), blank=True, max_length=4000, help_text=_("One step a line."))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True, help_text=_("The first day it is not due any more."))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ServicePlanQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_plan_belongs_to_its_engagements_client"),
            SameClient("system", name="a_plan_names_a_system_of_its_client"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")), name="a_plan_never_ends_before_it_starts"
            ),
            models.CheckConstraint(condition=models.Q(day__gte=1, day__lte=31), name="a_plan_is_due_on_a_day"),
            models.CheckConstraint(condition=~models.Q(cadence="weekly") | models.Q(day__lte=7), name="a_weekly_plan_is_due_on_a_weekday"),
            models.CheckConstraint(condition=models.Q(estimate_minutes__gt=0), name="a_plan_takes_time"),
            models.CheckConstraint(condition=~models.Q(what=""), name="a_plan_says_what"),
        ]

    def __str__(self) -> str:
        return self.what

    def due(self, since: dt.date, until: dt.date) -> list[dt.date]:
        """The days it is due on within [since, until): no work comes back on a day that its retainer rests."""
        rests = [pause.span for pause in self._pauses()]
        return [day for day in self._written(since, until) if not any(rest.covers(day) for rest in rests)]

    def next_due(self, today: dt.date) -> dt.date | None:
        """The day it is due next, today included; None when it never is again, or not before its retainer is resumed."""
        resumed = [pause.ends_on for pause in self._pauses() if pause.ends_on is not None]
        return next(iter(self.due(today, max(today, self.starts_on, *resumed) + FURTHEST)), None)

    def is_at_rest(self, today: dt.date) -> bool:
        """Whether it comes due again only once somebody resumes its retainer."""
        return self.next_due(today) is None and bool(self._written(today, max(today, self.starts_on) + FURTHEST))

    def _written(self, since: dt.date, until: dt.date) -> list[dt.date]:
        return due_dates(self.cadence, self.day, starts_on=self.starts_on, ends_on=self.ends_on, since=since, until=until)  # type: ignore[arg-type]

    def _pauses(self) -> list[Pause]:
        """Those of its engagement, and of the retainer that a project draws on."""
        whole = self.engagement.draws_on
        return [*self.engagement.pauses.all(), *(whole.pauses.all() if whole else ())]
