from typing import Self

from django.db import models

from accounts.actors import Actor
from accounts.models import ClientOwnedQuerySet
from engagements.policies import may_see_money


class MoneyQuerySet[M: models.Model](ClientOwnedQuerySet[M]):
    """Rows that tell of money: read by the firm, and at the client by those who approve, are billed or own."""

    def visible_to(self, actor: Actor) -> Self:
        seen = super().visible_to(actor)
        return seen if may_see_money(actor) else seen.none()
