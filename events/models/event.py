from typing import Self

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.models import ApiKey, Client, Keyed, Person, clients_seen_by, firm_wide
from accounts.wall import ROWS_OF_THE_CLIENT, Rights


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, actor: Actor) -> Self:
        """Events of the clients an actor sees; to members of a client only those that are public."""
        seen = self.filter(clients_seen_by(actor))
        return seen.filter(is_public=True) if not (actor.is_staff or actor.is_system) else seen

    def about(self, thing: models.Model) -> Self:
        return self.filter(about_type=thing._meta.label_lower, about_id=thing.pk)


@firm_wide("events of the firm itself have no client; those of a client carry it, and the portal sees only its public ones")
class Event(Keyed):
    """Something that happened, who did it and to what: append-only, written in the transaction that did it.

    The payload holds ids, numbers and states, never what people wrote.
    """

    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=60)
    about_type = models.CharField(max_length=60)
    about_id = models.UUIDField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    key = models.ForeignKey(ApiKey, models.PROTECT, null=True, blank=True, related_name="+")
    process = models.CharField(max_length=60, blank=True)
    is_public = models.BooleanField(default=True)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EventQuerySet.as_manager()

    rights = Rights(
        door="select, insert",
        portal="select, insert",
        staff="select, insert",
        system="select, insert",
        portal_sees=f"{ROWS_OF_THE_CLIENT} AND is_public",
    )

    class Meta:
        indexes = [
            models.Index(fields=["about_id", "at"], name="events_of_a_thing"),
            models.Index(fields=["client", "-id"], name="events_of_a_client"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | ~models.Q(process=""), name="an_event_names_a_person_or_a_process"
            ),
        ]
        triggers = [pgtrigger.Protect(name="events_are_never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.kind
