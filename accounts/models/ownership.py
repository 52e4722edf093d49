from collections.abc import Callable
from typing import Self

from django.apps import apps
from django.db import models

from accounts.actors import Actor
from accounts.models.keyed import Keyed
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights

FIRM_WIDE: dict[type[models.Model], str] = {}


def firm_wide[M: type[models.Model]](reason: str) -> Callable[[M], M]:
    """Declare that a model does not belong to one client, and why. A test finds every model that says neither."""

    def note(model: M) -> M:
        FIRM_WIDE[model] = reason
        return model

    return note


def clients_seen_by(actor: Actor, column: str = "client_id") -> models.Q:
    """The condition that keeps a query to the clients an actor sees; `column` names the client in the query."""
    held = models.Q(**{column: actor.client_id}) if actor.client_id is not None else models.Q()
    if actor.is_member or actor.leads:
        return held
    if not actor.is_staff:
        return models.Q(pk__in=[])
    # A key bound to a client outlives the assignment of the consultant it acts for, so it is held to both.
    assigned = apps.get_model("accounts", "Assignment").objects.filter(person=actor.person_id)
    return held & models.Q(**{f"{column}__in": assigned.values("client_id")})


class ClientOwnedQuerySet[M: models.Model](models.QuerySet[M]):
    """The only way into client data: every door starts its query with `visible_to`."""

    def visible_to(self, actor: Actor) -> Self:
        """The rows of the clients this actor sees. A forgotten select_related costs one query, not one a row."""
        return self.filter(clients_seen_by(actor)).fetch_mode(models.FETCH_PEERS)


class ClientOwned(Keyed):
    """A row of one client's data. Its references to other such rows are kept to the same client by `SameClient`.

    Each model declares its own `objects`, a ClientOwnedQuerySet or one made from it.
    """

    client = models.ForeignKey("accounts.Client", models.PROTECT, related_name="+")

    rights = Rights(portal="select, insert, update", staff=ALL, system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        abstract = True
