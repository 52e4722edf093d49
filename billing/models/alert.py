from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from billing.models.period import Period


class BurnAlertQuerySet(ClientOwnedQuerySet["BurnAlert"]):
    def told(self) -> Self:
        """Alerts that people were told of; the others were superseded by a higher one in the same moment."""
        return self.filter(is_superseded=False)


class BurnAlert(ClientOwned):
    """The use of a period reached a threshold: once an episode, because the unique constraint says so."""

    class Kind(models.TextChoices):
        BURN = "burn", _("hours burned")

    period = models.ForeignKey(Period, models.PROTECT, related_name="alerts", db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.BURN)
    percent = models.PositiveSmallIntegerField()
    episode = models.PositiveSmallIntegerField(default=1)
    used_minutes = models.PositiveIntegerField()
    capacity_minutes = models.PositiveIntegerField()
    is_superseded = models.BooleanField(default=False)
    raised_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = BurnAlertQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("period", name="an_alert_belongs_to_its_periods_client"),
            models.UniqueConstraint(fields=["client", "period", "kind", "percent", "episode"], name="a_threshold_alerts_once_an_episode"),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="alerts_of_a_client")]
