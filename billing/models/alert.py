from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from billing.models.consent import Authorisation
from billing.models.period import Period
from engagements.policies import may_see_money


class BurnAlertQuerySet(ClientOwnedQuerySet["BurnAlert"]):
    def visible_to(self, actor: Actor) -> Self:
        """That a client gets too little is for the firm to mend; what was authorised is read by who reads money."""
        seen = super().visible_to(actor)
        if actor.is_staff or actor.is_system:
            return seen
        hidden = [BurnAlert.Kind.LOW] if may_see_money(actor) else [BurnAlert.Kind.LOW, BurnAlert.Kind.CONSENT]
        return seen.exclude(kind__in=hidden)

    def told(self) -> Self:
        """Alerts that people were told of; the others were superseded by a higher one in the same moment."""
        return self.filter(is_superseded=False)


class BurnAlert(ClientOwned):
    """Something about a period that people were told: once an episode, because the unique constraint says so.

    That so much percent of an authorisation is used is told once for ever; its minutes are then those of the authorisation.
    """

    class Kind(models.TextChoices):
        BURN = "burn", _("hours burned")
        OVERAGE = "overage", _("hours over began")
        PACE = "pace", _("will end over at this pace")
        EXPIRING = "expiring", _("hours about to expire")
        LOW = "low", _("under-served")
        CONSENT = "consent", _("hours authorised are used")
        CALLED_IN = "called_in", _("borrowed hours are called in")

    period = models.ForeignKey(Period, models.PROTECT, related_name="alerts", db_constraint=False)
    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, null=True, blank=True, related_name="alerts", db_constraint=False, help_text="That is used so far."
    )
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.BURN)
    percent = models.PositiveSmallIntegerField(default=0, help_text="The threshold, of hours burned or authorised.")
    days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of hours about to expire: so many days before.")
    falls_on = models.DateField(null=True, blank=True, help_text="Of hours about to expire: the first day they are gone.")
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="What would expire, or be used by the end at this pace.")
    episode = models.PositiveSmallIntegerField(default=1)
    used_minutes = models.PositiveIntegerField()
    capacity_minutes = models.PositiveIntegerField()
    is_superseded = models.BooleanField(default=False)
    raised_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = BurnAlertQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert", system=ALL, portal_sees=f"{ROWS_OF_THE_CLIENT} AND kind <> 'low'")

    class Meta:
        constraints = [
            SameClient("period", name="an_alert_belongs_to_its_periods_client"),
            SameClient("authorisation", name="an_alert_tells_of_an_authorisation_of_its_client"),
            models.UniqueConstraint(
                fields=["client", "period", "kind", "percent", "episode", "days", "falls_on", "authorisation"],
                nulls_distinct=False,
                name="a_threshold_alerts_once_an_episode",
            ),
            models.CheckConstraint(
                condition=Q(kind="expiring", days__isnull=False, falls_on__isnull=False)
                | (~Q(kind="expiring") & Q(days=None, falls_on=None)),
                name="hours_about_to_expire_have_their_day",
            ),
            models.UniqueConstraint(
                fields=["client", "authorisation", "percent"],
                condition=Q(authorisation__isnull=False),
                name="an_authorisation_is_told_of_once_a_threshold",
            ),
            models.CheckConstraint(
                condition=Q(kind="consent", authorisation__isnull=False) | (~Q(kind="consent") & Q(authorisation=None)),
                name="an_alert_of_an_authorisation_names_it",
            ),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="alerts_of_a_client")]
