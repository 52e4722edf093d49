"""What stands in the files of the workspace's lists. Durations are whole minutes, and hours to two places beside them."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import TimeEntry
from billing.models.ledger import Balance
from figures.sheets import Cell
from look.limits import one_of
from look.sheets import Column
from tickets.rules import State
from workspace.people_form import roles_of
from workspace.states import BALANCE_NAMES, STATE_NAMES


def name_of(thing: Any) -> str:
    """The name of a person or a system; nothing where there is none."""
    return thing.name if thing else ""


def worked_hours(entry: TimeEntry) -> Decimal:
    return (Decimal(entry.raw_seconds) / 3600).quantize(Decimal("0.01"))


TICKETS = (
    Column(_("Reference"), lambda ticket: ticket.reference),
    Column(_("Client"), lambda ticket: ticket.client.name),
    Column(_("Subject"), lambda ticket: ticket.subject),
    Column(_("State"), lambda ticket: str(STATE_NAMES[State(ticket.state)])),
    Column(_("Kind"), lambda ticket: str(ticket.get_kind_display())),
    Column(_("Service area"), lambda ticket: str(ticket.get_service_area_display())),
    Column(_("Priority"), lambda ticket: ticket.priority),
    Column(_("Who"), lambda ticket: name_of(ticket.assignee)),
    Column(_("Asked by"), lambda ticket: name_of(ticket.requester)),
    Column(_("System"), lambda ticket: name_of(ticket.system)),
    Column(_("Planned for"), lambda ticket: ticket.planned_for),
    Column(_("Estimate in minutes"), lambda ticket: ticket.estimate_minutes),
    Column(_("Opened"), lambda ticket: ticket.created_at),
    Column(_("Changed"), lambda ticket: ticket.updated_at),
    Column(_("Solved"), lambda ticket: ticket.resolved_at),
)

ENTRIES = (
    Column(_("Day"), lambda entry: entry.work_date),
    Column(_("Client"), lambda entry: entry.client.name),
    Column(_("Ticket"), lambda entry: entry.ticket.reference if entry.ticket else ""),
    Column(_("Subject"), lambda entry: entry.ticket.subject if entry.ticket else ""),
    Column(_("Note for the client"), lambda entry: entry.note),
    Column(_("Who"), lambda entry: entry.person.name),
    Column(_("Service area"), lambda entry: str(entry.get_service_area_display())),
    Column(_("Counts as"), lambda entry: str(entry.get_kind_display())),
    Column(_("State"), lambda entry: str(entry.get_state_display())),
    Column(_("Started"), lambda entry: entry.started_at),
    Column(_("Ended"), lambda entry: entry.ended_at),
    Column(_("Worked in hours"), worked_hours),
    Column(_("Worked in seconds"), lambda entry: entry.raw_seconds),
    Column(_("Billed minutes"), lambda entry: entry.billed_minutes),
    Column(_("Counted minutes"), lambda entry: entry.burn_minutes),
)


def _standing(balance: Balance | None) -> str:
    return str(BALANCE_NAMES[balance.state]) if balance else ""


def _of_balance(name: str) -> Any:
    def read(row: Any) -> Cell:
        found: Cell = getattr(row.balance, name) if row.balance else None
        return found

    return read


RETAINERS = (
    Column(_("Client"), lambda row: row.engagement.client.name),
    Column(_("Retainer"), lambda row: row.engagement.name),
    Column(_("Lead"), lambda row: name_of(row.engagement.lead)),
    Column(_("Included minutes"), lambda row: row.terms.included_minutes if row.terms else None),
    Column(_("Fee"), lambda row: row.terms.fee if row.terms else None),
    Column(_("Currency"), lambda row: row.engagement.currency),
    Column(_("Period starts on"), lambda row: row.balance.period.starts_on),
    Column(_("Resets on"), _of_balance("resets_on")),
    Column(_("Capacity in minutes"), _of_balance("capacity_minutes")),
    Column(_("Used minutes"), _of_balance("used_minutes")),
    Column(_("Left minutes"), _of_balance("left_minutes")),
    Column(_("Over minutes"), _of_balance("over_minutes")),
    Column(_("Spoken for in minutes"), _of_balance("reserved_minutes")),
    Column(_("By period end in minutes"), _of_balance("by_end_minutes")),
    Column(_("Lasts to"), _of_balance("lasts_to")),
    Column(_("Standing"), lambda row: _standing(row.balance)),
)

PERIODS = (
    Column(_("Client"), lambda period: period.engagement.client.name),
    Column(_("Retainer"), lambda period: period.engagement.name),
    Column(_("Starts on"), lambda period: period.starts_on),
    Column(_("Last day"), lambda period: period.last_day),
    Column(_("Opening minutes"), lambda period: period.opening_minutes),
    Column(_("Granted minutes"), lambda period: period.granted_minutes),
    Column(_("Adjusted minutes"), lambda period: period.adjusted_minutes),
    Column(_("Used minutes"), lambda period: period.used_minutes),
    Column(_("Covered minutes"), lambda period: period.covered_minutes),
    Column(_("Borrowed minutes"), lambda period: period.borrowed_minutes),
    Column(_("Overage minutes"), lambda period: period.overage_minutes),
    Column(_("Not authorised minutes"), lambda period: period.unauthorised_minutes),
    Column(_("Absorbed minutes"), lambda period: period.absorbed_minutes),
    Column(_("Borrowed before, not repaid, in minutes"), lambda period: period.unrepaid_minutes),
    Column(_("Expired minutes"), lambda period: period.expired_minutes),
    Column(_("Closing minutes"), lambda period: period.closing_minutes),
    Column(_("Closed"), lambda period: period.closed_at),
)

CLIENTS = (
    Column(_("Client"), lambda row: row.client.name),
    Column(_("Code"), lambda row: row.client.code),
    Column(_("Time zone"), lambda row: row.client.time_zone),
    Column(_("Lead"), lambda row: name_of(row.retainer.lead) if row.retainer else ""),
    Column(_("Capacity in minutes"), _of_balance("capacity_minutes")),
    Column(_("Used minutes"), _of_balance("used_minutes")),
    Column(_("Left minutes"), _of_balance("left_minutes")),
    Column(_("Over minutes"), _of_balance("over_minutes")),
    Column(_("Open tickets"), lambda row: row.client.open_tickets),
    Column(_("Standing"), lambda row: _standing(row.balance)),
)

CONTACTS = (
    Column(_("Name"), lambda membership: membership.person.name),
    Column(_("Client"), lambda membership: membership.client.name),
    Column(_("Roles"), roles_of),
    Column(_("Approves money up to"), lambda membership: membership.approval_limit),
    Column(_("Currency"), lambda membership: one_of(membership.currencies)),
    Column(_("Since"), lambda membership: membership.created_at),
)

PROPOSALS = (
    Column(_("Reference"), lambda proposal: proposal.reference),
    Column(_("Client"), lambda proposal: proposal.client.name),
    Column(_("Title"), lambda proposal: proposal.title),
    Column(_("State"), lambda proposal: str(proposal.get_state_display())),
    Column(_("A building hour returns"), lambda proposal: proposal.worth_per_hour),
    Column(_("Cap"), lambda proposal: proposal.cap_amount),
    Column(_("Currency"), lambda proposal: proposal.currency),
    Column(_("To be decided by"), lambda proposal: proposal.expires_at),
    Column(_("Sent"), lambda proposal: proposal.sent_at),
    Column(_("Decided"), lambda proposal: proposal.decided_at),
)

SYSTEMS = (
    Column(_("System"), lambda system: system.name),
    Column(_("Client"), lambda system: system.client.name),
    Column(_("Kind"), lambda system: str(system.get_kind_display())),
    Column(_("Purpose"), lambda system: system.purpose),
    Column(_("Parts"), lambda system: system.parts),
    Column(_("Open tickets"), lambda system: system.open_tickets),
    Column(_("In care since"), lambda system: system.in_care_since),
    Column(_("In care no more since"), lambda system: system.retired_on),
)
