"""What stands in the files of the workspace's lists. Durations are whole minutes, and hours to two places beside them."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.actors import StaffRole
from accounts.models import ApiKey, Person
from billing.models import Expense, TimeEntry
from billing.models.ledger import Balance
from billing.models.margin import PeriodMargin
from figures.sheets import Cell
from look.keys import standing_of
from look.limits import one_of
from look.sheets import Column
from tickets.rules import State
from workspace.import_form import PROGRAMS
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

_DAY_OF_ENTRY = Column(_("Day"), lambda entry: entry.work_date)
_WORK = (
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
ENTRIES = (_DAY_OF_ENTRY, Column(_("Client"), lambda entry: entry.client.name), *_WORK)


def _of_first(column: Column) -> Column:
    """The column, of rows whose first part is what it reads."""
    return Column(column.name, lambda row: column.read(row[0]))


COVERED = (
    *(_of_first(column) for column in (_DAY_OF_ENTRY, *_WORK)),
    Column(_("Late"), lambda row: row[0].is_late),
    Column(_("Covered by"), lambda row: row[1].summary if row[1] else ""),
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


def _charged(expense: Expense) -> Decimal | None:
    return expense.charged_amount if expense.is_billable and expense.state == Expense.State.APPROVED else None


EXPENSES = (
    Column(_("Day"), lambda expense: expense.spent_on),
    Column(_("Client"), lambda expense: expense.client.name),
    Column(_("Retainer"), lambda expense: expense.engagement.name),
    Column(_("Ticket"), lambda expense: expense.ticket.reference if expense.ticket else ""),
    Column(_("What for"), lambda expense: expense.note),
    Column(_("Category"), lambda expense: str(expense.get_category_display())),
    Column(_("Who"), lambda expense: expense.person.name),
    Column(_("State"), lambda expense: str(expense.get_state_display())),
    Column(_("Paid"), lambda expense: expense.amount),
    Column(_("Of which tax"), lambda expense: expense.tax),
    Column(_("Paid in currency"), lambda expense: expense.currency),
    Column(_("The client pays it"), lambda expense: expense.is_billable),
    Column(_("Charged"), _charged),
    Column(_("Charged in currency"), lambda expense: expense.engagement.currency),
    Column(_("Decided"), lambda expense: expense.decided_at),
    Column(_("Why it was sent back"), lambda expense: expense.reason),
)


def _works_for(person: Person) -> str:
    """The clients somebody is assigned to; consultants see no other, the rest of the firm sees all."""
    return ", ".join(sorted(each.client.name for each in person.assignments.all()))


COLLEAGUES = (
    Column(_("Name"), lambda person: person.name),
    Column(_("Role"), lambda person: str(person.get_staff_role_display())),
    Column(_("Works for"), _works_for),
    Column(_("Sees every client"), lambda person: person.staff_role != StaffRole.CONSULTANT),
)


def _left(row: tuple[PeriodMargin, str]) -> Decimal | None:
    """What a period left; nothing where it is paid in one currency and worked in another."""
    found, own = row
    return found.margin.left if found.period.engagement.currency == own else None


MARGINS = (
    Column(_("Client"), lambda row: row[0].period.client.name),
    Column(_("Retainer"), lambda row: row[0].period.engagement.name),
    Column(_("Starts on"), lambda row: row[0].period.starts_on),
    Column(_("Last day"), lambda row: row[0].period.last_day),
    Column(_("Currency"), lambda row: row[0].period.engagement.currency),
    Column(_("Fee"), lambda row: row[0].margin.fee),
    Column(_("Charged"), lambda row: row[0].margin.charged),
    Column(_("Expenses"), lambda row: row[0].margin.expenses),
    Column(_("Margin"), _left),
    Column(_("Margin in percent"), lambda row: row[0].margin.percent if _left(row) is not None else None),
    Column(_("An hour brought"), lambda row: row[0].margin.hourly),
    Column(_("People"), lambda row: row[0].margin.labour),
    Column(_("Currency of people"), lambda row: row[1]),
    Column(_("Seconds without a cost"), lambda row: row[0].margin.uncosted_seconds),
)

USE = (
    Column(_("Who"), lambda row: row[0].person.name),
    Column(_("Had minutes"), lambda row: row[0].available_minutes),
    Column(_("Worked minutes"), lambda row: row[0].worked_minutes),
    Column(_("Minutes that clients pay"), lambda row: row[0].billable_minutes),
    Column(_("Used in percent"), lambda row: row[0].percent),
    Column(_("Cost"), lambda row: row[0].labour),
    Column(_("Currency"), lambda row: row[1]),
)

COSTS = (
    Column(_("Who"), lambda row: row[0].person.name),
    Column(_("Cost an hour"), lambda row: row[0].rate),
    Column(_("Currency"), lambda row: row[1]),
    Column(_("From"), lambda row: row[0].starts_on),
)

IMPORTS = (
    Column(_("Files"), lambda run: ", ".join(file.name for file in run.files.all())),
    Column(_("Comes from"), lambda run: str(PROGRAMS.get(run.mapping_name, run.mapping_name))),
    Column(_("Trial"), lambda run: run.is_dry),
    Column(_("State"), lambda run: str(run.get_state_display())),
    Column(_("Rows"), lambda run: run.rows_done),
    Column(_("Who"), lambda run: name_of(run.person)),
    Column(_("Handed over"), lambda run: run.created_at),
    Column(_("Ended"), lambda run: run.ended_at),
)

DELIVERIES = (
    Column(_("Mail"), lambda delivery: delivery.notice.subject),
    Column(_("To"), lambda delivery: delivery.notice.person.name),
    Column(_("Client"), lambda delivery: name_of(delivery.client)),
    Column(_("Given up"), lambda delivery: delivery.given_up_at),
    Column(_("Why"), lambda delivery: delivery.last_error),
)

NOTICES = (
    Column(_("Notice"), lambda notice: notice.subject),
    Column(_("Client"), lambda notice: name_of(notice.client)),
    Column(_("What it says"), lambda notice: " ".join(notice.sentences)),
    Column(_("Told"), lambda notice: notice.created_at),
    Column(_("Read"), lambda notice: notice.read_at),
)


def _on_weekday(weekday: int, name: object) -> Column:
    return Column(name, lambda row: row[1][weekday][1])


CALENDARS = (
    Column(_("Calendar"), lambda row: row[0].name),
    *(_on_weekday(weekday, name) for weekday, name in WEEKDAYS.items()),
    Column(_("Next open"), lambda row: row[2]),
    Column(_("Serves"), lambda row: ", ".join(client.name for client in row[3])),
)

STANDINGS_OF_KEYS = {"live": _("Live"), "expired": _("Expired"), "revoked": _("Revoked")}


def _key_stands(key: ApiKey) -> str:
    return str(STANDINGS_OF_KEYS[standing_of(key, timezone.now())])


KEYS = (
    Column(_("Name"), lambda key: key.name),
    Column(_("Begins with"), lambda key: key.prefix),
    Column(_("Who"), lambda key: key.person.name),
    Column(_("Client"), lambda key: name_of(key.client)),
    Column(_("May"), lambda key: ", ".join(key.scopes)),
    Column(_("State"), _key_stands),
    Column(_("Made"), lambda key: key.created_at),
    Column(_("Expires"), lambda key: key.expires_at),
    Column(_("Last used"), lambda key: key.last_used_at),
    Column(_("Revoked"), lambda key: key.revoked_at),
)
