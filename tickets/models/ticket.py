import datetime as dt
from typing import Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import Client, ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from engagements.models import AISystem, Component, Engagement, ServiceArea
from tickets.rules import TRANSITIONS, Reason, State, Turn, turn

__all__ = ["ServiceArea", "Ticket", "TicketCounter", "TicketQuerySet"]

ON_CLIENT = (State.WAITING_ON_CLIENT, State.AWAITING_APPROVAL)


class TicketQuerySet(ClientOwnedQuerySet["Ticket"]):
    def unsettled(self) -> Self:
        """Neither solved nor closed. Asked by the moment rather than the state, which the constraint keeps equal: its index is small."""
        return self.filter(resolved_at=None)

    def waiting_on_client(self) -> Self:
        return self.filter(state__in=ON_CLIENT)

    def untriaged(self) -> Self:
        return self.filter(state=State.NEW)

    def solved_before(self, moment: dt.datetime) -> Self:
        """Tickets still called solved that were resolved before a moment."""
        return self.filter(state=State.RESOLVED, resolved_at__lt=moment)

    def planned_until(self, day: dt.date) -> Self:
        return self.filter(state=State.SCHEDULED, planned_for__lte=day)

    def unanswered(self) -> Self:
        """Tickets whose client said something that nobody of the firm has answered; the longest first."""
        return self.filter(unanswered_since__isnull=False).order_by("unanswered_since")

    def counted_for(self, **whose: models.OuterRef) -> Coalesce:
        """How many of them each row of another query has (`client=OuterRef("pk")`): counted by index, for the rows it shows alone."""
        found = self.filter(**whose).order_by().values(*whose).annotate(found=models.Count("pk"))
        return Coalesce(models.Subquery(found.values("found")), models.Value(0))


class TicketCounter(ClientOwned):
    """The last number given to a ticket of a client; locked while the next one is given, so that none is skipped."""

    last_number = models.PositiveIntegerField(default=0)

    objects = ClientOwnedQuerySet["TicketCounter"].as_manager()

    rights = Rights(system=ALL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client"], name="a_client_counts_its_tickets_once")]


ALLOWED_MOVES = ", ".join(f"'{before}>{after}'" for before, afters in TRANSITIONS.items() for after in sorted(afters))


@pghistory.track(context_field=pghistory.ContextJSONField())
class Ticket(ClientOwned):
    """A piece of work for one client. The row stores the state; whose turn it is follows from it."""

    class Kind(models.TextChoices):
        REQUEST = "request", _("request")
        OPTIMISATION = "optimisation", _("optimisation")
        INCIDENT = "incident", _("incident")
        QUESTION = "question", _("question")
        TASK = "task", _("task")

    class Source(models.TextChoices):
        PORTAL = "portal", _("portal")
        MAIL = "mail", _("mail")
        API = "api", _("API")
        WORKSPACE = "workspace", _("the firm")
        DRIFT_SIGNAL = "drift_signal", _("drift signal")
        INCIDENT = "incident", _("incident")
        PROPOSAL = "proposal", _("proposal")
        IMPORT = "import", _("import")
        PLAN = "plan", _("service plan")

    client = models.ForeignKey(Client, models.PROTECT, related_name="tickets")
    engagement = models.ForeignKey(Engagement, models.PROTECT, null=True, blank=True, related_name="tickets", db_constraint=False)
    system = models.ForeignKey(AISystem, models.PROTECT, null=True, blank=True, related_name="tickets", db_constraint=False)
    component = models.ForeignKey(Component, models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False)
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=20)
    subject = models.CharField(_("subject"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.REQUEST)
    service_area = models.CharField(_("service area"), max_length=24, choices=ServiceArea.choices, default=ServiceArea.TEAM_SUPPORT)
    source = models.CharField(max_length=12, choices=Source.choices)
    priority = models.PositiveSmallIntegerField(_("priority"), default=3)
    is_urgent_to_client = models.BooleanField(_("the client calls it urgent"), default=False)
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in State], default=State.NEW)
    assignee = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    requester = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    opened_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    follow_up_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="follow_ups", db_constraint=False)
    estimate_minutes = models.PositiveIntegerField(_("estimate in minutes"), null=True, blank=True)
    planned_for = models.DateField(_("planned for"), null=True, blank=True)
    reason = models.CharField(max_length=12, blank=True, choices=[(r.value, r.value) for r in Reason])
    state_since = models.DateTimeField(db_default=Now())
    unanswered_since = models.DateTimeField(null=True, blank=True)
    first_answered_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    import_key = models.CharField(max_length=160, null=True, blank=True)  # noqa: DJ001 (NULL is "not imported" in the unique index)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = TicketQuerySet.as_manager()

    rights = Rights(portal="select, insert, update", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_ticket_belongs_to_its_engagements_client"),
            SameClient("system", name="a_ticket_names_a_system_of_its_client"),
            SameClient("component", name="a_ticket_names_a_component_of_its_client"),
            SameClient("follow_up_of", name="a_follow_up_belongs_to_the_same_client"),
            models.UniqueConstraint(fields=["client", "number"], name="a_client_numbers_its_tickets_once"),
            models.UniqueConstraint(fields=["client", "import_key"], name="a_ticket_is_imported_once"),
            models.CheckConstraint(condition=models.Q(priority__gte=1, priority__lte=4), name="a_priority_is_one_to_four"),
            models.CheckConstraint(condition=~models.Q(subject=""), name="a_ticket_has_a_subject"),
            models.CheckConstraint(
                condition=models.Q(state__in=[State.RESOLVED, State.CLOSED], resolved_at__isnull=False)
                | (~models.Q(state__in=[State.RESOLVED, State.CLOSED]) & models.Q(resolved_at=None, reason="")),
                name="a_settled_ticket_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.SCHEDULED) | models.Q(planned_for__isnull=False), name="a_scheduled_ticket_has_a_date"
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.CLOSED, closed_at__isnull=False)
                | (~models.Q(state=State.CLOSED) & models.Q(closed_at=None)),
                name="a_closed_ticket_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="tickets_of_a_client"),
            models.Index(fields=["client", "state", "-updated_at"], name="tickets_of_a_client_by_state"),
            models.Index(fields=["assignee", "state"], name="tickets_of_an_assignee"),
            models.Index(fields=["client", "state"], condition=models.Q(resolved_at=None), name="unsettled_tickets"),
            models.Index(fields=["unanswered_since"], condition=models.Q(unanswered_since__isnull=False), name="unanswered_tickets"),
            models.Index(fields=["-updated_at", "-id"], name="tickets_by_change"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="a_ticket_moves_only_as_agreed",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(old__state__df=pgtrigger.F("new__state")),
                func=(
                    f"IF OLD.state || '>' || NEW.state NOT IN ({ALLOWED_MOVES}) THEN"
                    " RAISE EXCEPTION 'a ticket does not go from % to %', OLD.state, NEW.state"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'a_ticket_moves_only_as_agreed'; END IF; RETURN NEW;"
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.subject}"

    @property
    def turn(self) -> Turn:
        return turn(State(self.state))

    @property
    def is_settled(self) -> bool:
        return self.state in {State.RESOLVED, State.CLOSED}
