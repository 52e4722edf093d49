import datetime as dt
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models.keyed import Keyed
from accounts.models.ownership import firm_wide
from accounts.models.person import Person
from accounts.wall import ALL, Rights


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def visible_to(self, actor: Actor) -> Self:
        """When colleagues are away is for everybody of the firm to know, and for nobody else."""
        return self if actor.is_staff or actor.is_system else self.none()

    def within(self, since: dt.date, until: dt.date) -> Self:
        """Those that touch a day of [since, until)."""
        return self.filter(starts_on__lt=until, ends_on__gt=since)


@firm_wide("when somebody of the firm is away concerns all their clients alike")
class Absence(Keyed):
    """Days on which somebody of the firm does not work: [starts_on, ends_on)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="absences", verbose_name=_("who"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("back on"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AbsenceQuerySet.as_manager()

    rights = Rights(staff=ALL, system=ALL)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(ends_on__gt=models.F("starts_on")), name="an_absence_lasts_a_day")]
        indexes = [models.Index(fields=["person", "starts_on"], name="absences_of_a_person")]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.ends_on}"
