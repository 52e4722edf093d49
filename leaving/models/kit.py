import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, MemberRole
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights


def can_be_had(place: str, expires_at: dt.datetime | None) -> bool:
    return bool(place) and expires_at is not None and timezone.now() < expires_at


class ExitKitQuerySet(ClientOwnedQuerySet["ExitKit"]):
    def visible_to(self, actor: Actor) -> Self:
        """All that a client has in one file: for its owners, and for who leads at the firm."""
        seen = super().visible_to(actor)
        return seen if actor.leads or (actor.is_member and actor.holds(MemberRole.OWNER)) else seen.none()

    def due(self, now: dt.datetime) -> Self:
        """Kits that nobody works on: those that wait, and those whose lease ran out."""
        return self.filter(state__in=["waiting", "running"]).exclude(leased_until__gt=now)

    def run_out(self, now: dt.datetime) -> Self:
        """Kits whose file is kept no longer."""
        return self.exclude(place="").filter(expires_at__lte=now)


class ExitKit(ClientOwned):
    """All that a client may read of itself, asked for to be taken along: how far it is, and for seven days the file."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being made")
        DONE = "done", _("ready")
        FAILED = "failed", _("failed")

    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", help_text="Who asked for it.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    nouns_done = models.PositiveSmallIntegerField(default=0)
    nouns_total = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Rows by noun, of the nouns that are done.")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file in hexadecimal.")
    place = models.CharField(max_length=200, blank=True, help_text="Where the file lies in the storage; empty when there is none.")
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = ExitKitQuerySet.as_manager()

    rights = Rights(portal="select, insert", staff="select, insert", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], ended_at=None) | Q(state__in=["done", "failed"], ended_at__isnull=False),
                name="an_exit_kit_has_an_end_when_it_ended",
            ),
            models.UniqueConstraint(fields=["client"], condition=Q(ended_at=None), name="one_exit_kit_of_a_client_is_made_at_a_time"),
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(ended_at=None), name="exit_kits_to_be_made")]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"

    @property
    def has_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def is_there(self) -> bool:
        """Whether the file can be had: to the moment it expires, though the sweep takes it away a little later."""
        return can_be_had(self.place, self.expires_at)

    @property
    def file_name(self) -> str:
        return f"{self.client.code}-{self.created_at:%Y-%m-%d}.zip"

    @property
    def percent(self) -> int:
        return self.nouns_done * 100 // self.nouns_total if self.nouns_total else 0
