from collections.abc import Sequence
from decimal import Decimal
from typing import Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, MemberRole
from accounts.amounts import Amount
from accounts.models.calendar import BusinessCalendar
from accounts.models.keyed import Keyed
from accounts.models.ownership import ClientOwned, ClientOwnedQuerySet, clients_seen_by, firm_wide
from accounts.models.person import Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, THE_CLIENT, Rights


class Visibility(models.TextChoices):
    """How much of its own hours a client reads: in pages, statements, files and API alike. What is hidden opens as a sum."""

    BALANCE = "balance", _("the balance only")
    TICKETS = "tickets", _("sums by ticket")
    ENTRIES = "entries", _("each entry")
    PEOPLE = "people", _("each entry and who worked")

    @classmethod
    def hides_more(cls, levels: Sequence[str]) -> bool:
        """Whether a client that read at the first of two levels reads less at the second."""
        before, after = (cls.values.index(level) for level in levels)
        return after < before


class ClientQuerySet(models.QuerySet["Client"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(clients_seen_by(actor, "id")).fetch_mode(models.FETCH_PEERS)

    def in_care(self) -> Self:
        return self.filter(ended_at=None)


@firm_wide("is the client; its own id is what the wall compares")
@pghistory.track(context_field=pghistory.ContextJSONField())
class Client(Keyed):
    """A company whose AI systems the firm keeps working."""

    name = models.CharField(_("name"), max_length=80)
    code = models.CharField(_("code"), max_length=8, unique=True, help_text=_("Begins every reference of this client: ACM in ACM-42."))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("calendar"))
    visibility = models.CharField(
        _("reads of its hours"), max_length=8, choices=Visibility.choices, default=Visibility.ENTRIES, db_default=Visibility.ENTRIES
    )
    import_key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ClientQuerySet.as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=f"id = {THE_CLIENT}")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^[A-Z][A-Z0-9]{1,7}$"), name="a_client_code_is_two_to_eight_capitals"),
            models.CheckConstraint(condition=models.Q(visibility__in=Visibility.values), name="a_client_reads_at_a_known_level"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(ClientOwnedQuerySet["Membership"]):
    def active(self) -> Self:
        return self.filter(ended_at=None)

    def holding(self, *roles: MemberRole) -> Self:
        return self.filter(roles__overlap=[*roles, MemberRole.OWNER])


@pghistory.track(context_field=pghistory.ContextJSONField())
class Membership(ClientOwned):
    """A person speaks for a client, in one or more roles."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=12, choices=[(r.value, r.value) for r in MemberRole]), verbose_name=_("roles"))
    approval_limit = Amount(
        _("approves money up to"),
        max_digits=13,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Empty: owners without limit, others none."),
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    rights = Rights(door="select", portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "person"], name="a_person_joins_a_client_once"),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=[r.value for r in MemberRole], roles__len__gt=0),
                name="a_member_holds_known_roles_and_at_least_one",
            ),
            models.CheckConstraint(
                condition=models.Q(approval_limit=None) | models.Q(approval_limit__gte=0), name="an_approval_limit_is_never_negative"
            ),
        ]

    @property
    def approves_up_to(self) -> Decimal | None:
        """The most money this person may approve at once; None is without limit.

        Where no limit is set an owner has none, and everybody else approves no money.
        """
        if self.approval_limit is not None or MemberRole.OWNER in self.roles:
            return self.approval_limit
        return Decimal(0)


class Assignment(ClientOwned):
    """Somebody of the firm works for this client; consultants see the clients they are assigned to."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(Person, models.CASCADE, related_name="assignments")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ClientOwnedQuerySet["Assignment"].as_manager()

    rights = Rights(portal="select", staff=ALL, system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "person"], name="a_person_is_assigned_to_a_client_once")]
