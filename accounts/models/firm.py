from typing import Self

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models.keyed import Keyed
from accounts.models.ownership import firm_wide
from accounts.wall import ALL, Rights


class LogoQuerySet(models.QuerySet["Logo"]):
    def visible_to(self, actor: Actor) -> Self:  # noqa: ARG002 (a logo hangs at the door)
        return self


@firm_wide("the firm's logo, which everybody sees at the door already")
class Logo(Keyed):
    """The firm's picture as it was made from an upload: a PNG of our own writing, so that nothing else rides along."""

    content = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = LogoQuerySet.as_manager()

    rights = Rights(door="select", portal="select", staff="select, insert", system=ALL)

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


class FirstStep(models.TextChoices):
    """The questions that a new firm is asked once it is founded, in this order; each may be left for later."""

    PLACE = "place", _("where you work, and in what money")
    CLIENT = "client", _("the first client")
    RETAINER = "retainer", _("the first retainer")
    COLLEAGUE = "colleague", _("the first colleague")


class FirmQuerySet(models.QuerySet["Firm"]):
    def the(self) -> "Firm":
        """The one firm that runs this installation; a nameless one before its first run."""
        return self.first() or Firm()


@firm_wide("the one firm that runs this installation; everybody may read its name and colour")
@pghistory.track(context_field=pghistory.ContextJSONField())
class Firm(models.Model):
    """The firm itself: its name and how it looks, its time zone and currency, and what it was not asked yet."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=80, default="Tend")
    hue = models.PositiveSmallIntegerField(
        _("accent colour"),
        default=152,
        validators=[MinValueValidator(0), MaxValueValidator(360)],
        help_text=_("A hue from 0 to 360."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    sender_name = models.CharField(
        _("sender of mail"), max_length=80, blank=True, help_text=_("The name that mail comes from. Empty: the name of the firm.")
    )
    logo = models.ForeignKey(Logo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("logo"))
    open_question = models.CharField(max_length=12, blank=True, choices=FirstStep, editable=False)

    objects = FirmQuerySet.as_manager()

    rights = Rights(door="select", portal="select", staff="select, update", system=ALL)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_firm"),
            models.CheckConstraint(condition=models.Q(hue__lte=360), name="a_hue_is_at_most_360_degrees"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sender(self) -> str:
        """The name that mail comes from."""
        return self.sender_name or self.name
