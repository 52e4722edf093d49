import datetime as dt
from hashlib import sha256
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from accounts.models import Client, Keyed, firm_wide
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights

KEPT_FOR = dt.timedelta(hours=24)


def turn_number(*, holder: UUID | None, client_id: UUID | None, key: str) -> int:
    """The advisory lock of a key: whoever holds it is carrying its request out, and the next of the same key comes after."""
    return int.from_bytes(sha256(f"{holder} {client_id} {key}".encode()).digest()[:8], signed=True)


class IdempotentRequestQuerySet(models.QuerySet["IdempotentRequest"]):
    def within(self, client_id: UUID | None) -> Self:
        """Answers given within one client, or to the firm where there is none."""
        return self.filter(client__isnull=True) if client_id is None else self.filter(client_id=client_id)

    def remember(self, client_id: UUID | None, *, holder: UUID, key: str, digest: bytes, location: str) -> None:
        """Note that a form was carried out and where it led to, so that a second sending leads there too."""
        self.create(client_id=client_id, holder=holder, key=key, digest=digest, status=201, location=location, body=b"")

    def forgotten(self, now: dt.datetime) -> Self:
        """Answers that are no longer given again."""
        return self.filter(created_at__lte=now - KEPT_FOR)


@firm_wide("answers to the firm's keys and people have no client; those within a client carry it and are shown to no other")
class IdempotentRequest(Keyed):
    """A request that was carried out under an Idempotency-Key, with its answer, for whoever repeats it within a day.

    Written in the transaction of the act, so that either both are there or neither. `holder` is the API key or the person.
    """

    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="+")
    holder = models.UUIDField()
    key = models.CharField(max_length=255)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField()
    location = models.CharField(max_length=500, blank=True)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    objects = IdempotentRequestQuerySet.as_manager()

    rights = Rights(portal="select, insert, update", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "holder", "key"], nulls_distinct=False, name="a_request_is_carried_out_once_under_its_key"
            ),
            models.CheckConstraint(condition=models.Q(status__gte=200, status__lt=300), name="only_the_answers_of_acts_are_kept"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotent_requests_by_age")]

    def __str__(self) -> str:
        return self.key
