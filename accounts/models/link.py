from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, MemberRole
from accounts.models.client import Client
from accounts.models.keyed import Keyed
from accounts.models.ownership import ClientOwned, ClientOwnedQuerySet, firm_wide
from accounts.models.person import Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights

READ_AT_THE_DOOR = Rights(
    door="select, update", portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT
)


class SecretLink(models.Model):
    """An address that opens one thing to whoever holds it. Only the SHA-256 of its secret is kept."""

    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class BalanceLinkQuerySet(ClientOwnedQuerySet["BalanceLink"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of a client's people only its owners know what was handed out."""
        seen = super().visible_to(actor)
        return seen if not actor.is_member or actor.holds(MemberRole.OWNER) else seen.none()

    def live(self) -> Self:
        return self.filter(revoked_at=None)


class BalanceLink(SecretLink, ClientOwned):
    """A secret address that shows one client's balance and nothing else, until it is revoked."""

    name = models.CharField(_("who it is for"), max_length=80)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    objects = BalanceLinkQuerySet.as_manager()

    rights = READ_AT_THE_DOOR

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="a_balance_link_says_whom_it_is_for")]

    def __str__(self) -> str:
        return self.name


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own, within the client one speaks for."""
        if actor.is_system:
            return self
        if actor.person_id is None:
            return self.none()
        held = models.Q(client_id=actor.client_id) if actor.client_id is not None else models.Q()
        return self.filter(held, person_id=actor.person_id)

    def live(self) -> Self:
        return self.filter(revoked_at=None)


@firm_wide("a feed of the firm's people has no client; one of a client's person carries it and is shown to that client only")
class CalendarFeed(SecretLink, Keyed):
    """A secret address under which a calendar finds what is planned, within what its person may see."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="calendar_feeds")
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="+")

    objects = CalendarFeedQuerySet.as_manager()

    rights = READ_AT_THE_DOOR

    def __str__(self) -> str:
        return f"Calendar of {self.person_id}"
