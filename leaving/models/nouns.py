"""What stands in an exit kit: each noun with the rows a client's owner sees of it, and the columns that are theirs to read.

A noun of a new room is one more entry of NOUNS. Columns are named one by one: what is added to a table later stays at home until it is
named here, and a test holds every table that a client may read to be named here or in LEFT_OUT with a reason.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Model, Q, QuerySet

from accounts.actors import Actor
from accounts.models import Assignment, Client, Membership, Visibility
from billing.models import (
    Authorisation,
    AuthorisationUse,
    BurnAlert,
    Charge,
    Correction,
    Lot,
    Period,
    Posting,
    Reservation,
    Statement,
    TimeEntry,
)
from billing.rules.visibility import as_seen
from engagements.models import AISystem, Component, Engagement, Pause, RetainerTerms, ServicePlan
from events.models import Event
from proposals.models import Proposal, ProposalTask
from tickets.models import EstimateApproval, Message, MessageAttachment, Ticket

ROWS_AT_ONCE = 1000
OF_TIME = TimeEntry._meta.label_lower

type Told = dict[str, Any]
SHOWN_WITH: Mapping[type[Model], tuple[str, type[Model]]] = {  # what is shown only with the thing it is a part of
    ProposalTask: ("proposal", Proposal),
    MessageAttachment: ("message", Message),
}


@dataclass(frozen=True, slots=True)
class Noun:
    """One table of the kit: `columns` maps the name in the kit to the path from the model."""

    name: str
    model: type[Model]
    columns: Mapping[str, str]

    def rows(self, actor: Actor, level: str) -> Iterator[tuple[Any, ...]]:
        """The rows as the actor sees them at the client's level, oldest first, without holding them all."""
        told = AS_SEEN.get(self.model)
        for row in self.seen_by(actor).order_by("pk").values_list(*self.columns.values()).iterator(chunk_size=ROWS_AT_ONCE):
            yield row if told is None else tuple(told(dict(zip(self.columns, row, strict=True)), level).values())

    def seen_by(self, actor: Actor) -> QuerySet[Any]:
        seen = _visible(self.model, actor)
        if self.model is Event:  # what happened to time is as hidden as the time
            return seen.filter(~Q(about_type=OF_TIME) | Q(about_id__in=TimeEntry.objects.visible_to(actor).values("pk")))
        if self.model not in SHOWN_WITH:
            return seen
        field, other = SHOWN_WITH[self.model]
        return seen.filter(**{f"{field}__in": _visible(other, actor)})


def _visible(model: type[Model], actor: Actor) -> QuerySet[Any]:
    manager: Any = model._default_manager  # noqa: SLF001 (Django names it so)
    return cast("QuerySet[Any]", manager.visible_to(actor))


def _entry_as_seen(row: Told, level: str) -> Told:
    return row if level == Visibility.PEOPLE else row | {"person": None}


def _statement_as_seen(row: Told, level: str) -> Told:
    return row | {"document": as_seen(row["document"], level)}


def _event_as_seen(row: Told, level: str) -> Told:
    """Whoever logged time, or reached a threshold by it, worked."""
    if level == Visibility.PEOPLE:
        return row
    of_time = row["about_type"] == OF_TIME
    hidden = {"caused_by", "person"} if of_time else {"caused_by"}
    shown = {name: value for name, value in row["payload"].items() if name not in hidden}
    return row | {"payload": shown} | ({"person": None} if of_time else {})


AS_SEEN: Mapping[type[Model], Callable[[Told, str], Told]] = {
    TimeEntry: _entry_as_seen,
    Statement: _statement_as_seen,
    Event: _event_as_seen,
}


def _noun(name: str, model: type[Model], columns: str, **named: str) -> Noun:
    """`columns` that are called alike in the kit and in the table, then those of another name."""
    return Noun(name, model, {"id": "id", **{column: column for column in columns.split()}, **named})


PERSON = {"person": "person__name"}
OF_TICKET = {"ticket": "ticket__reference", "ticket_id": "ticket_id"}

NOUNS = (
    _noun("client", Client, "name code time_zone created_at ended_at"),
    _noun("people", Membership, "roles approval_limit created_at ended_at", **PERSON),
    _noun("team", Assignment, "created_at", **PERSON),
    _noun("engagements", Engagement, "name currency starts_on ends_on created_at", lead="lead__name"),
    _noun(
        "terms",
        RetainerTerms,
        "engagement_id starts_on ends_on included_minutes fee period_unit anchor_day anchor_month proration carry_periods"
        " carry_cap_minutes carry_cap_percent borrow_limit_minutes overage overage_rate rounding_increment_minutes rounding_mode"
        " rounding_minimum_minutes rounding_scope weights thresholds grace_days created_at",
    ),
    _noun("pauses", Pause, "engagement_id starts_on ends_on reason created_at"),
    _noun("systems", AISystem, "engagement_id name kind purpose in_care_since retired_on created_at"),
    _noun("components", Component, "system_id name kind version created_at", system="system__name"),
    _noun(
        "service-plans",
        ServicePlan,
        "engagement_id what service_area cadence day estimate_minutes checklist starts_on ends_on created_at",
        system="system__name",
        **PERSON,
    ),
    _noun(
        "tickets",
        Ticket,
        "reference subject state kind service_area source priority engagement_id estimate_minutes planned_for reason state_since"
        " first_answered_at resolved_at closed_at created_at updated_at",
        system="system__name",
        requester="requester__name",
        assignee="assignee__name",
    ),
    _noun("messages", Message, "body by_client is_question created_at", author="author__name", **OF_TICKET),
    _noun(
        "files",
        MessageAttachment,
        "message_id name content_type size_bytes created_at",
        sha256="digest",
        ticket="message__ticket__reference",
    ),
    _noun(
        "estimates",
        EstimateApproval,
        "minutes asked_at expires_at decision decided_at",
        asked_by="asked_by__name",
        decided_by="decided_by__name",
        **OF_TICKET,
    ),
    _noun(
        "time-entries",
        TimeEntry,
        "engagement_id period_id service_area kind work_kind work_date started_at ended_at raw_seconds billed_minutes burn_minutes rate"
        " note state is_late created_at updated_at",
        system="system__name",
        **PERSON,
        **OF_TICKET,
    ),
    _noun(
        "periods",
        Period,
        "engagement_id starts_on ends_on opening_minutes granted_minutes adjusted_minutes capacity_minutes used_minutes covered_minutes"
        " borrowed_minutes overage_minutes unauthorised_minutes absorbed_minutes repaid_minutes owed_minutes unrepaid_minutes"
        " unrepaid_overage_minutes unrepaid_unauthorised_minutes unrepaid_absorbed_minutes expired_minutes closing_minutes is_history"
        " opened_at closed_at",
    ),
    _noun(
        "hours-given",
        Lot,
        "engagement_id period_id kind minutes left_minutes usable_from usable_until service_areas reason created_at",
        given_by="given_by__name",
    ),
    _noun("postings", Posting, "period_id lot_id entry_id kind minutes rate reverses_id posted_at"),
    _noun("statements", Statement, "engagement_id period_id number document made_at sent_at", sha256="digest"),
    _noun(
        "charges",
        Charge,
        "engagement_id period_id statement_id reverses_id kind incurred_on minutes rate amount currency note created_at",
    ),
    _noun(
        "corrections",
        Correction,
        "entry_id lot_id adjustment_minutes credit_minutes unauthorised_minutes absorbed_minutes made_at",
        period_id="concerns_id",
    ),
    _noun(
        "authorisations",
        Authorisation,
        "engagement_id minutes_cap money_cap valid_until note given_at revoked_at",
        given_by="given_by__name",
        revoked_by="revoked_by__name",
    ),
    _noun("authorisation-uses", AuthorisationUse, "authorisation_id statement_id minutes"),
    _noun("reservations", Reservation, "engagement_id source minutes created_at ended_at", **OF_TICKET),
    _noun("alerts", BurnAlert, "period_id authorisation_id kind percent episode used_minutes capacity_minutes raised_at"),
    _noun(
        "proposals",
        Proposal,
        "reference title summary state engagement_id inputs estimate cap_amount currency expires_at sent_at decided_at decision_note",
        system="system__name",
        sent_by="sent_by__name",
        decided_by="decided_by__name",
    ),
    _noun(
        "proposal-tasks",
        ProposalTask,
        "proposal_id position subject service_area minutes",
        ticket="ticket__reference",
    ),
    _noun("events", Event, "kind about_type about_id payload at process", **PERSON),
)
LEFT_OUT: Mapping[str, str] = {
    "events.Notice": "what single people were told; each reads their own under Notices",
    "accounts.BalanceLink": "secret addresses, which end with the client",
    "billing.Forecast": "guesses at periods to come, made anew every night",
    "accounts.ApiKey": "the way in of programs, not what they found",
    "leaving.ExitKit": "the kits themselves",
}
