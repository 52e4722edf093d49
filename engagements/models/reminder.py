from django.db import models
from django.db.models.functions import Now

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, Rights
from engagements.models.engagement import Engagement


class EngagementReminder(ClientOwned):
    """People were told so many days before an engagement ends or renews: once, because the unique constraint says so."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="reminders", db_constraint=False)
    turns_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ClientOwnedQuerySet["EngagementReminder"].as_manager()

    rights = Rights(staff="select", system=ALL)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_reminder_belongs_to_its_engagements_client"),
            models.UniqueConstraint(fields=["client", "engagement", "turns_on", "days"], name="an_end_is_reminded_of_once_a_mark"),
        ]
