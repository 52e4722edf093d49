import datetime as dt
from typing import Self

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from engagements.models.engagement import DateRange, Engagement
from engagements.rules import Span

WITHOUT_END = dt.timedelta(days=3653)


class PauseQuerySet(ClientOwnedQuerySet["Pause"]):
    def covering(self, day: dt.date) -> Self:
        return self.filter(starts_on__lte=day).exclude(ends_on__lte=day)

    def of(self, engagement: Engagement) -> Self:
        return self.filter(engagement=engagement).order_by("starts_on")


@pghistory.track(context_field=pghistory.ContextJSONField())
class Pause(ClientOwned):
    """Days on which a retainer rests: no hours are granted and no fee is charged for them. Without an end until it is resumed."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="pauses", db_constraint=False)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("resumes on"), null=True, blank=True)
    reason = models.CharField(_("why"), max_length=200)
    paused_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PauseQuerySet.as_manager()

    rights = Rights(portal="select", staff=ALL, system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_pause_belongs_to_its_engagements_client"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")), name="a_pause_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_pause_says_why"),
            ExclusionConstraint(
                name="pauses_of_an_engagement_never_overlap",
                expressions=[(DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS), ("engagement", RangeOperators.EQUAL)],
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def span(self) -> Span:
        """Its days; one that nobody has ended yet counts for ten years."""
        return Span(self.starts_on, self.ends_on or self.starts_on + WITHOUT_END)
