import datetime as dt
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, MemberRole
from accounts.models.client import Client
from accounts.models.keyed import Keyed
from accounts.models.ownership import firm_wide
from accounts.models.person import Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, now: dt.datetime) -> Self:
        """Keys that open the door at this moment: not revoked, not expired."""
        return self.filter(revoked_at=None).exclude(expires_at__lte=now)

    def visible_to(self, actor: Actor) -> Self:
        """Admins see every key, leads those of clients' people, a client's owners those of their company's, others their own."""
        if actor.administers and actor.client_id is None:
            return self
        own = models.Q(person_id=actor.person_id)
        if actor.leads and actor.client_id is None:
            return self.filter(own | models.Q(person__staff_role=""))
        if actor.is_member and actor.holds(MemberRole.OWNER):
            return self.filter(own | models.Q(person__staff_role=""), client_id=actor.client_id)
        return self.filter(own)


@firm_wide("a key of the firm has no client; one bound to a client carries it and is shown to that client only")
class ApiKey(Keyed):
    """A program's way in. It acts for a named person, within scopes, and for one client unless it is the firm's own.

    Only the SHA-256 of the secret is kept; the prefix is what people recognise it by.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="api_keys")
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    rights = Rights(door="select, update", portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
