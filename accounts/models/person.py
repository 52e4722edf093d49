from functools import cached_property
from typing import Any, ClassVar, Self
from uuid import UUID

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, StaffRole
from accounts.models.keyed import Keyed
from accounts.models.ownership import clients_seen_by, firm_wide
from accounts.wall import ALL, THE_CLIENT, Rights


class PersonQuerySet(models.QuerySet["Person"]):
    def of_the_firm(self) -> Self:
        return self.exclude(staff_role="").filter(left_at=None)

    def who_lead(self) -> Self:
        return self.of_the_firm().filter(staff_role__in=[StaffRole.ADMIN, StaffRole.LEAD])

    def visible_to(self, actor: Actor) -> Self:
        """The firm's people for everybody; of a client's people those who share a client with the actor."""
        if actor.leads and actor.client_id is None:
            return self
        theirs = clients_seen_by(actor, "memberships__client_id")
        return self.filter(~models.Q(staff_role="") | models.Q(pk__in=Person.objects.filter(theirs).values("pk")))


@firm_wide("people belong to the firm or, through memberships, to several clients; the portal sees its own and the firm's")
@pghistory.track(context_field=pghistory.ContextJSONField())
class Person(Keyed):
    """Somebody of the firm or of a client: what others may see of them. Credentials live in `User`."""

    name = models.CharField(_("name"), max_length=80)
    staff_role = models.CharField(_("role"), max_length=12, blank=True, choices=[(r.value, r.value) for r in StaffRole])
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    weekly_minutes = models.PositiveIntegerField(_("minutes a week"), default=2400)
    import_key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    rights = Rights(
        door="select",
        portal="select",
        staff="select, insert, update",
        system=ALL,
        portal_sees=(
            "staff_role <> '' OR EXISTS (SELECT FROM accounts_membership m"
            f" WHERE m.person_id = accounts_person.id AND m.client_id = {THE_CLIENT})"
        ),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="a_person_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(staff_role__in=["", *StaffRole]), name="a_person_of_the_firm_is_admin_lead_or_consultant"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_role)

    @property
    def first_name(self) -> str:
        """What colleagues call them; the whole name of those known by a number, such as "Developer 58"."""
        return self.name if any(sign.isdigit() for sign in self.name) else self.name.split(" ", 1)[0]

    @property
    def initial(self) -> str:
        return self.name[:1].upper()


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=email.lower(), **extra)
        user.set_password(password)
        user.save()
        return user


@firm_wide("credentials; the portal's database role is never granted this table")
class User(Keyed, AbstractBaseUser):
    """How a person signs in: an e-mail address, and a password if they want one."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="user")
    email = models.EmailField(_("e-mail"), unique=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    rights = Rights(door="select, update", staff="select, insert, update", system=ALL)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="an_address_signs_in_one_person")]

    def __str__(self) -> str:
        return self.email

    @cached_property
    def client_ids(self) -> list[UUID]:
        """The clients this user speaks for, oldest membership first: read once, at the door."""
        return list(self.person.memberships.active().order_by("created_at").values_list("client_id", flat=True))
