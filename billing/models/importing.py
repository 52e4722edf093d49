import datetime as dt
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Keyed, Person, firm_wide
from accounts.wall import ALL, Rights

LONGEST_MAPPING = 64 * 1024


class ForAdmins[M: models.Model](models.QuerySet[M]):
    """An import spans clients, so only those who see and may do everything see it."""

    def visible_to(self, actor: Actor) -> Self:
        return self if actor.administers and actor.client_id is None else self.none()


@firm_wide("a way to read other people's files belongs to the firm; no client has one")
class SavedMapping(Keyed):
    """A mapping that the firm wrote, by the name that stands in its text."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    text = models.TextField(_("text"), max_length=LONGEST_MAPPING, help_text="TOML that parse_mapping takes.")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    objects = ForAdmins["SavedMapping"].as_manager()

    rights = Rights(staff="select, insert, update", system=ALL)

    def __str__(self) -> str:
        return self.name


class ImportRunQuerySet(ForAdmins["ImportRun"]):
    def due(self, now: dt.datetime) -> Self:
        """Runs that nobody works on: those that wait, and those whose lease ran out."""
        return self.filter(state__in=["waiting", "running"]).exclude(leased_until__gt=now)


@firm_wide("one file holds the time of many clients; what it becomes belongs to each of them")
class ImportRun(Keyed):
    """Files that somebody handed over to be imported, or to be tried, and how far that is.

    The text of the mapping is kept as it was then, so that a run that goes on after a crash reads the rest as it read the
    beginning. Whoever works on it holds the lease, which every batch renews; `attempts` counts those who took it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    mapping_name = models.CharField(max_length=80)
    mapping_text = models.TextField()
    zone = models.CharField(max_length=64, help_text="Of the firm, where the mapping names none.")
    undated = models.CharField(max_length=120, blank=True, help_text="The column that dates rows without a day.")
    is_dry = models.BooleanField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True, blank=True, help_text="Not known until the files were counted.")
    counts = models.JSONField(default=dict, help_text="billing.actions.importing.Imported, of the rows that are done.")
    first_rows = models.JSONField(default=list, help_text="The first rows as they were read.")
    new_clients = models.JSONField(
        default=list, help_text="The first clients it makes: their name, their code, and for a trial whose name it may have meant."
    )
    failure = models.JSONField(default=list, help_text="Why it failed: a sentence, then each fact as [name, value].")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = ImportRunQuerySet.as_manager()

    rights = Rights(staff="select, insert", system=ALL)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running"], ended_at=None)
                | models.Q(state__in=["done", "failed"], ended_at__isnull=False),
                name="an_import_has_an_end_when_it_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(state__in=["waiting", "running"]), name="imports_to_be_carried_out"),
        ]

    def __str__(self) -> str:
        return self.mapping_name

    @property
    def has_ended(self) -> bool:
        return self.ended_at is not None


@firm_wide("belongs to an import")
class ImportFile(Keyed):
    """One of the files of an import, as it was handed over."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    place = models.CharField(max_length=200, help_text="Where the bytes lie in the storage.")

    objects = ForAdmins["ImportFile"].as_manager()

    rights = Rights(staff="select, insert", system=ALL)

    def __str__(self) -> str:
        return self.name


@firm_wide("belongs to an import, and a row that cannot be read belongs to no client")
class ImportFinding(Keyed):
    """A row of an import that a person should look at."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="findings")
    outcome = models.CharField(max_length=8)
    file = models.CharField(max_length=200)
    line = models.PositiveIntegerField()
    column = models.TextField(blank=True)
    value = models.TextField(blank=True)
    sentence = models.TextField()

    objects = ForAdmins["ImportFinding"].as_manager()

    rights = Rights(staff="select", system=ALL)

    class Meta:
        indexes = [models.Index(fields=["run", "id"], name="findings_of_an_import")]

    def __str__(self) -> str:
        return self.sentence
