from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models.keyed import Keyed
from accounts.models.ownership import firm_wide
from accounts.models.person import Person
from accounts.wall import ALL, Rights


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own, and those that are shared with the whole firm."""
        if actor.is_system:
            return self
        if not actor.is_staff:
            return self.none()
        return self.filter(models.Q(person_id=actor.person_id) | models.Q(is_shared=True)).select_related("person")

    def in_order(self) -> Self:
        return self.order_by("page", "is_shared", "name", "pk")


@firm_wide("somebody's way of looking at a list across clients; what it asks for is held to the wall each time it is opened")
class SavedView(Keyed):
    """The filters of one list, under a name. It keeps what is asked for, never what was found."""

    class Page(models.TextChoices):
        TICKETS = "tickets", _("tickets")
        INBOX = "inbox", _("inbox")
        ENTRIES = "entries", _("time")
        RETAINERS = "retainers", _("retainers")
        PERIODS = "periods", _("periods")
        CLIENTS = "clients", _("clients")
        PEOPLE = "people", _("people")
        PROPOSALS = "proposals", _("proposals")
        SYSTEMS = "systems", _("systems")

    person = models.ForeignKey(Person, models.CASCADE, related_name="views")
    page = models.CharField(_("list"), max_length=12, choices=Page.choices)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    is_shared = models.BooleanField(_("for everybody of the firm"), default=False)
    is_default = models.BooleanField(_("how I open this list"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SavedViewQuerySet.as_manager()

    rights = Rights(staff=ALL, system=ALL)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "page", "name"], name="a_person_names_each_view_of_a_list_differently"),
            models.UniqueConstraint(
                fields=["person", "page"], condition=models.Q(is_default=True), name="a_person_opens_a_list_with_one_view"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
