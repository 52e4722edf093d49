from typing import Self

from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.amounts import Amount
from accounts.models import Firm, Keyed, Person, firm_wide
from accounts.wall import Rights


class CostRateQuerySet(models.QuerySet["CostRate"]):
    def visible_to(self, actor: Actor) -> Self:
        """What somebody costs is read by admins alone, and by no key that is held to one client."""
        return self if actor.administers and actor.client_id is None and actor.may_use("costs:read") else self.none()

    def with_currency(self) -> Self:
        """Beside each rate the firm's currency, which it is in, without a query of its own."""
        own = models.Subquery(Firm.objects.values("currency")[:1])
        return self.annotate(currency=Coalesce(own, models.Value(Firm().currency)))


@firm_wide("what somebody costs the firm belongs to no client; the portal's role is never granted it")
class CostRate(Keyed):
    """What an hour of somebody costs the firm from a day on, in the firm's currency. Never changed: a new one begins."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="cost_rates")
    starts_on = models.DateField(_("from"))
    rate = Amount(_("cost an hour"), max_digits=11, decimal_places=3)
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CostRateQuerySet.as_manager()

    rights = Rights(staff="select, insert, update", system="select, insert, update, delete")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "starts_on"], name="somebody_costs_one_rate_from_a_day_on"),
            models.CheckConstraint(condition=models.Q(rate__gte=0), name="a_cost_is_never_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.rate}"
