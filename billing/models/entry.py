import datetime as dt
from typing import Self

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.amounts import Amount
from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person, Visibility
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from billing.models import refusals
from billing.models.period import Period
from engagements.models import AISystem, Engagement
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea


class MomentRange(models.Func):
    """The half-open range of two moments: touching entries do not overlap."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class TimeEntryQuerySet(ClientOwnedQuerySet["TimeEntry"]):
    def visible_to(self, actor: Actor) -> Self:
        """Internal time and what was sent back are never a client's to see; other entries where its level shows entries."""
        seen = super().visible_to(actor)
        if actor.is_staff or actor.is_system:
            return seen
        return seen.shown_to_clients().filter(client__visibility__in=[Visibility.ENTRIES, Visibility.PEOPLE])

    def summed_for(self, actor: Actor) -> Self:
        """The entries whose sums an actor may read: those of a client that sees its balance only are none."""
        seen = super().visible_to(actor)
        return seen if actor.is_staff or actor.is_system else seen.shown_to_clients().exclude(client__visibility=Visibility.BALANCE)

    def shown_to_clients(self) -> Self:
        return self.burning().exclude(kind=TimeEntry.Kind.INTERNAL)

    def burning(self) -> Self:
        """Entries that count against the hours, drafts too: all but rejected ones."""
        return self.exclude(state=TimeEntry.State.REJECTED)

    def sent_back(self) -> Self:
        return self.filter(state=TimeEntry.State.REJECTED)

    def awaiting_decision(self) -> Self:
        """Entries that were handed in and not decided on; drafts are still their person's."""
        return self.filter(state=TimeEntry.State.SUBMITTED)

    def awaiting_approval(self) -> Self:
        return self.filter(state__in=[TimeEntry.State.DRAFT, TimeEntry.State.SUBMITTED])

    def worked(self) -> Self:
        """Time as it was logged, without what corrections take back of it."""
        return self.filter(corrects=None)

    def by(self, person: Person) -> Self:
        return self.filter(person=person)

    def on(self, day: dt.date) -> Self:
        return self.filter(work_date=day)

    def overlapping(self, started_at: dt.datetime, ended_at: dt.datetime) -> Self:
        return self.filter(started_at__lt=ended_at, ended_at__gt=started_at).exclude(state=TimeEntry.State.REJECTED)

    def burned_minutes(self) -> int:
        return int(self.burning().aggregate(burned=Coalesce(Sum("burn_minutes"), 0))["burned"])


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old), pghistory.DeleteEvent("deleted"), context_field=pghistory.ContextJSONField()
)
class TimeEntry(ClientOwned):
    """Work that somebody did on one day. Raw seconds are kept beside what they are billed and burned as."""

    class Kind(models.TextChoices):
        INCLUDED = "included", _("included")
        GOODWILL = "goodwill", _("free")
        PROJECT = "project", _("project")
        INTERNAL = "internal", _("internal")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="entries", db_constraint=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="entries", db_constraint=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="entries")
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="entries", db_constraint=False)
    system = models.ForeignKey(AISystem, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False)
    service_area = models.CharField(_("service area"), max_length=24, choices=ServiceArea.choices)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.INCLUDED)
    work_kind = models.CharField(max_length=24, blank=True, help_text="The kind of work that the terms' weights name.")
    work_date = models.DateField(_("day"))
    zone = models.CharField(max_length=64)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    raw_seconds = models.BigIntegerField()
    billed_minutes = models.IntegerField()
    burn_minutes = models.IntegerField()
    rate = Amount(max_digits=11, decimal_places=3, null=True, blank=True)
    note = models.CharField(_("note for the client"), max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.APPROVED)
    is_late = models.BooleanField(default=False, help_text="Worked in a closed period, posted to an open one.")
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        db_constraint=False,
        help_text="The entry of a closed period that it takes time back from.",
    )
    adds_to = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="additions",
        db_constraint=False,
        help_text="The entry of a closed period that was said anew: this late time is what it lacked.",
    )
    import_key = models.CharField(max_length=160, null=True, blank=True)  # noqa: DJ001 (NULL is "not imported" in the unique index)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    objects = TimeEntryQuerySet.as_manager()

    rights = Rights(
        portal="select",
        staff="select, insert, update, delete",
        system=ALL,
        portal_sees=f"{ROWS_OF_THE_CLIENT} AND kind <> 'internal' AND state <> 'rejected'",
    )

    class Meta:
        constraints = [
            SameClient("engagement", name="an_entry_belongs_to_its_engagements_client"),
            SameClient("period", name="an_entry_belongs_to_its_periods_client"),
            SameClient("ticket", name="an_entry_belongs_to_its_tickets_client"),
            SameClient("system", name="an_entry_belongs_to_its_systems_client"),
            SameClient("corrects", name="a_correction_belongs_to_its_entrys_client"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=False) | Q(raw_seconds__gt=0, billed_minutes__gte=0, burn_minutes__gte=0),
                name="an_entry_lasts_longer_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None)
                | Q(raw_seconds__lt=0, billed_minutes__lte=0, burn_minutes__lte=0, started_at=None, is_late=True),
                name="a_correction_takes_time_back",
            ),
            SameClient("adds_to", name="late_time_belongs_to_the_client_of_what_it_adds_to"),
            models.CheckConstraint(condition=Q(corrects=None) | ~Q(state="rejected"), name="a_correction_always_counts"),
            models.CheckConstraint(
                condition=Q(started_at=None, ended_at=None) | Q(ended_at__gt=F("started_at")), name="an_entry_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=Q(kind="included") | Q(burn_minutes=0), name="only_included_time_burns_hours"),
            models.UniqueConstraint(fields=["client", "import_key"], name="an_entry_is_imported_once"),
            ExclusionConstraint(
                name="entries_of_a_person_never_overlap",
                expressions=[(MomentRange("started_at", "ended_at"), RangeOperators.OVERLAPS), ("person", RangeOperators.EQUAL)],
                condition=Q(started_at__isnull=False) & ~Q(state="rejected"),
            ),
        ]
        indexes = [
            models.Index(fields=["period", "work_date"], name="entries_of_a_period"),
            models.Index(fields=["client", "-id"], name="entries_of_a_client"),
            models.Index(fields=["client", "-work_date", "-id"], name="entries_of_a_client_by_day"),
            models.Index(fields=["-work_date", "-id"], name="entries_by_day"),
            # Asked by every page of the workspace; few wait among millions.
            models.Index(fields=["engagement"], condition=Q(state="submitted"), name="entries_that_wait"),
            models.Index(fields=["person", "work_date"], name="entries_of_a_person"),
            models.Index(fields=["ticket"], name="entries_of_a_ticket"),
            models.Index(fields=["adds_to"], condition=Q(adds_to__isnull=False), name="additions_to_an_entry"),
            models.Index(fields=["corrects"], condition=Q(corrects__isnull=False), name="corrections_of_an_entry"),
        ]
        triggers = [
            refusals.never_moves("an_entry_never_moves_to_another_client", "client_id", "engagement_id"),
            refusals.CLOSED_TIME_STAYS,
            refusals.NO_TIME_IN_CLOSED,
            refusals.CORRECTED_AT_MOST,
        ]

    @property
    def is_shown_to_clients(self) -> bool:
        """Whether a client whose level shows entries sees this one."""
        return self.state != self.State.REJECTED and self.kind != self.Kind.INTERNAL


class TimeEntryInternal(ClientOwned):
    """What only the firm knows of an entry. The portal's database role is never granted this table."""

    entry = models.OneToOneField(TimeEntry, models.CASCADE, related_name="internal", db_constraint=False)
    note = models.TextField(blank=True)
    cost_rate = Amount(max_digits=11, decimal_places=3, null=True, blank=True)

    objects = ClientOwnedQuerySet["TimeEntryInternal"].as_manager()

    rights = Rights(staff=ALL, system=ALL)

    class Meta:
        constraints = [SameClient("entry", name="internal_words_belong_to_their_entrys_client")]


class TimerQuerySet(ClientOwnedQuerySet["Timer"]):
    def running(self) -> Self:
        return self.filter(stopped_at=None)

    def of(self, actor: Actor) -> Self:
        return self.filter(person_id=actor.person_id)


class Timer(ClientOwned):
    """A clock that somebody started on a piece of work; stopped, it is a time entry."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="+", db_constraint=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="timers")
    service_area = models.CharField(_("service area"), max_length=24, choices=ServiceArea.choices)
    note = models.CharField(_("note for the client"), max_length=500, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True, blank=True)
    questioned_at = models.DateTimeField(null=True, blank=True, help_text="When its owner was asked whether they still work.")
    entry = models.OneToOneField(TimeEntry, models.SET_NULL, null=True, blank=True, related_name="timer", db_constraint=False)

    objects = TimerQuerySet.as_manager()

    rights = Rights(staff=ALL, system=ALL)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_timer_belongs_to_its_engagements_client"),
            SameClient("ticket", name="a_timer_belongs_to_its_tickets_client"),
            SameClient("entry", name="a_timer_belongs_to_its_entrys_client"),
            models.UniqueConstraint(fields=["person"], condition=Q(stopped_at=None), name="a_person_runs_one_timer"),
            models.CheckConstraint(condition=Q(stopped_at=None) | Q(stopped_at__gte=F("started_at")), name="a_timer_stops_after_it_starts"),
        ]
