import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.ownership import firm_wide
from accounts.wall import ALL, Rights


class FirmQuerySet(models.QuerySet["Firm"]):
    def the(self) -> "Firm":
        """The one firm that runs this installation; a nameless one before its first run."""
        return self.first() or Firm()


@firm_wide("the one firm that runs this installation; everybody may read its name and colour")
@pghistory.track(context_field=pghistory.ContextJSONField())
class Firm(models.Model):
    """The firm itself: its name, accent colour, time zone and currency."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=80, default="Tend")
    hue = models.PositiveSmallIntegerField(
        _("accent colour"), default=152, validators=[MinValueValidator(0), MaxValueValidator(360)], help_text=_("A hue from 0 to 360.")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="USD")

    objects = FirmQuerySet.as_manager()

    rights = Rights(door="select", portal="select", staff="select, update", system=ALL)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_firm"),
            models.CheckConstraint(condition=models.Q(hue__lte=360), name="a_hue_is_at_most_360_degrees"),
        ]

    def __str__(self) -> str:
        return self.name
