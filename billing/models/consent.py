"""What a client has said yes to beyond its hours, and what was used of it."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Now

from accounts.amounts import Amount
from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from billing.models import refusals
from billing.models.closing import Statement
from billing.models.money import MoneyQuerySet
from billing.rules import movements
from engagements.models import Engagement

MONEY = models.DecimalField(max_digits=19, decimal_places=3)


class AuthorisationQuerySet(MoneyQuerySet["Authorisation"]):
    def reaching(self, day: dt.date) -> Self:
        """Those that work on the day, or after it, may still use."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day))

    def with_use(self, *, before: dt.date | None = None) -> Self:
        """Annotate what the closes used of each, superseded ones left out: whole minutes, and minutes times rate an hour.

        With a day, the closes of periods that began before it.
        """
        standing = AuthorisationUse.objects.standing().filter(authorisation=OuterRef("pk"))
        if before is not None:
            standing = standing.filter(statement__period__starts_on__lt=before)
        uses = standing.order_by().values("authorisation")
        return self.annotate(
            closed_minutes=Coalesce(Subquery(uses.annotate(all=Sum("minutes")).values("all")), Value(0)),
            closed_rated=Coalesce(Subquery(uses.annotate(all=Sum("rated")).values("all")), Value(Decimal(0)), output_field=MONEY),
        )


class Authorisation(ClientOwned):
    """A client's yes to minutes beyond its hours: up to minutes and money, for work before a day. Revoked, it keeps what was used."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="authorisations", db_constraint=False)
    minutes_cap = models.PositiveIntegerField(null=True, blank=True)
    money_cap = Amount(max_digits=13, decimal_places=3, null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="The first day whose work it no longer covers.")
    note = models.CharField(max_length=200, blank=True)
    given_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(db_default=Now(), editable=False)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    kept_minutes = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="What was used of it when it was revoked.")

    objects = AuthorisationQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="an_authorisation_belongs_to_its_engagements_client"),
            models.CheckConstraint(
                condition=Q(minutes_cap__gt=0) | Q(minutes_cap=None, money_cap__isnull=False), name="an_authorisation_has_a_limit"
            ),
            models.CheckConstraint(condition=Q(money_cap=None) | Q(money_cap__gt=0), name="an_authorisation_is_for_money_above_nothing"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, kept_minutes=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False, kept_minutes__isnull=False),
                name="a_revoked_authorisation_says_when_by_whom_and_what_it_keeps",
            ),
        ]
        indexes = [models.Index(fields=["engagement", "valid_until"], name="authorisations_in_force")]
        triggers = [refusals.CONSENT_STAYS]

    @property
    def most_minutes(self) -> int | None:
        """The minutes it still stands for; a revoked one stands for what was used."""
        return min((cap for cap in (self.minutes_cap, self.kept_minutes) if cap is not None), default=None)

    def as_rules(self) -> movements.Authorisation:
        """As the first open period takes it over. Needs `with_use`."""
        return movements.Authorisation(
            id=self.pk,
            minutes_cap=self.most_minutes,
            money_cap=self.money_cap,
            valid_until=self.valid_until,
            used_minutes=self.closed_minutes,  # type: ignore[attr-defined]  # annotated, as the next
            used_money=Fraction(self.closed_rated) / 60,  # type: ignore[attr-defined]
        )


class AuthorisationUseQuerySet(ClientOwnedQuerySet["AuthorisationUse"]):
    def standing(self) -> Self:
        return self.filter(statement__superseded_at=None)


class AuthorisationUse(ClientOwned):
    """What one closed period used of one authorisation. A superseded statement takes its uses along."""

    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="uses", db_constraint=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="uses", db_constraint=False)
    minutes = models.PositiveIntegerField()
    rated = Amount(max_digits=19, decimal_places=3, help_text="Minutes times rate an hour: sixty times the money, exact.")

    objects = AuthorisationUseQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("authorisation", name="a_use_belongs_to_its_authorisations_client"),
            SameClient("statement", name="a_use_belongs_to_its_statements_client"),
            models.CheckConstraint(condition=Q(minutes__gt=0, rated__gte=0), name="a_use_uses_something"),
            models.UniqueConstraint(fields=["client", "statement", "authorisation"], name="a_statement_uses_an_authorisation_once"),
        ]
        triggers = [refusals.only_added("uses_of_authorisations_are_only_added")]
