import datetime as dt
from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.constraints import SameClient
from accounts.models import Client, ClientOwned, ClientOwnedQuerySet, Person, clients_seen_by
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, ROWS_OF_THE_PERSON, Rights
from events.models.event import Event


class Channel(models.TextChoices):
    MAIL = "mail"


class NoticeQuerySet(ClientOwnedQuerySet["Notice"]):
    def visible_to(self, actor: Actor) -> Self:
        """A notice is for one person, and only while they still see its client; those of the firm itself have none."""
        seen = clients_seen_by(actor)
        if seen and actor.client_id is None:  # an empty condition shows everything already, and would be narrowed by an OR
            seen |= models.Q(client=None)
        return self.filter(seen, person_id=actor.person_id).fetch_mode(models.FETCH_PEERS)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notice(ClientOwned):
    """What one person is told about one event, in their language: shown in the product, and carried by its deliveries.

    Without a client it is about the firm itself, of which only its own people are told.
    """

    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="+")  # type: ignore[assignment]  # nullable here
    event = models.ForeignKey(Event, models.PROTECT, related_name="notices")
    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    sentences = models.JSONField(default=list)
    facts = models.JSONField(default=list, help_text="Pairs of label and value, both as text.")
    meter_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    about_type = models.CharField(max_length=60)
    about_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    rights = Rights(
        portal="select, update",
        staff="select, insert, update",
        system=ALL,
        portal_sees=f"{ROWS_OF_THE_CLIENT} AND {ROWS_OF_THE_PERSON}",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "event", "person"], name="a_person_is_told_of_an_event_once", nulls_distinct=False)
        ]
        indexes = [models.Index(fields=["person", "-id"], condition=models.Q(read_at=None), name="unread_notices_of_a_person")]

    def __str__(self) -> str:
        return self.subject


class DeliveryQuerySet(ClientOwnedQuerySet["Delivery"]):
    def waiting(self, now: dt.datetime) -> Self:
        """Deliveries that may go out now: neither sent nor given up, due, and in nobody's hands."""
        return self.filter(is_waiting=True, due_at__lte=now).exclude(leased_until__gt=now)

    def given_up(self) -> Self:
        return self.exclude(given_up_at=None)


class Delivery(ClientOwned):
    """A row of the outbox: one notice on its way through one channel. Celery only carries it out."""

    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="+")  # type: ignore[assignment]  # nullable here
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries", db_constraint=False)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    message_id = models.CharField(max_length=120, unique=True)
    is_waiting = models.BooleanField(default=True)
    due_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    rights = Rights(staff="select, insert, update", system=ALL)

    class Meta:
        constraints = [
            SameClient("notice", name="a_delivery_belongs_to_its_notices_client"),
            models.UniqueConstraint(
                fields=["client", "notice", "channel"], name="a_notice_goes_through_a_channel_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(is_waiting=True, sent_at=None, given_up_at=None)
                | models.Q(is_waiting=False, sent_at__isnull=False, given_up_at=None)
                | models.Q(is_waiting=False, sent_at=None, given_up_at__isnull=False),
                name="a_delivery_waits_until_it_is_sent_or_given_up",
            ),
        ]
        # The predicate is a plain boolean: a bound parameter in it would block generic plans.
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(is_waiting=True), name="deliveries_that_wait"),
            models.Index(fields=["given_up_at"], condition=models.Q(given_up_at__isnull=False), name="deliveries_given_up"),
        ]
