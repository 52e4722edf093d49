"""What stands in the files of the portal's lists: what their pages show, in the words of their pages."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from look.sheets import Column
from portal.wording import decided, passed, standing


def _of_estimate(name: str) -> Any:
    """A figure of the estimate as it is kept, to two places; nothing where there is none."""

    def read(proposal: Any) -> Decimal | None:
        figure = (proposal.estimate or {}).get(name)
        return None if figure is None else Decimal(figure).quantize(Decimal("0.01"))

    return read


TICKETS = (
    Column(_("Reference"), lambda ticket: ticket.reference),
    Column(_("Subject"), lambda ticket: ticket.subject),
    Column(_("State"), lambda ticket: standing(ticket).word),
    Column(_("Kind"), lambda ticket: str(ticket.get_kind_display())),
    Column(_("Service area"), lambda ticket: str(ticket.get_service_area_display())),
    Column(_("System"), lambda ticket: ticket.system.name if ticket.system else ""),
    Column(_("With"), lambda ticket: ticket.assignee.first_name if ticket.assignee else ""),
    Column(_("Planned for"), lambda ticket: ticket.planned_for),
    Column(_("Asked"), lambda ticket: ticket.created_at),
    Column(_("Solved"), lambda ticket: ticket.resolved_at),
)

PROPOSALS = (
    Column(_("Reference"), lambda proposal: proposal.reference),
    Column(_("Title"), lambda proposal: proposal.title),
    Column(_("State"), decided),
    Column(_("System"), lambda proposal: proposal.system.name if proposal.system else ""),
    Column(_("Net a month"), _of_estimate("net")),
    Column(_("Hours saved a month"), _of_estimate("hours")),
    Column(_("Cap"), lambda proposal: proposal.cap_amount),
    Column(_("Currency"), lambda proposal: proposal.currency),
    Column(_("Sent"), lambda proposal: proposal.sent_at),
    Column(_("To be decided by"), lambda proposal: proposal.expires_at),
    Column(_("Decided"), lambda proposal: proposal.decided_at),
)

SYSTEMS = (
    Column(_("System"), lambda system: system.name),
    Column(_("Kind"), lambda system: str(system.get_kind_display())),
    Column(_("Purpose"), lambda system: system.purpose),
    Column(_("In care since"), lambda system: system.in_care_since),
    Column(_("In care no more since"), lambda system: system.retired_on),
    Column(_("Open requests"), lambda system: system.open_tickets),
)

NOTICES = (
    Column(_("Told"), lambda notice: notice.created_at),
    Column(_("Subject"), lambda notice: notice.subject),
    Column(_("Text"), lambda notice: " ".join(notice.sentences)),
    Column(_("Read"), lambda notice: notice.read_at),
)

PERIODS = (
    Column(_("Starts on"), lambda row: row.period.starts_on),
    Column(_("Last day"), lambda row: row.period.last_day),
    Column(_("Retainer"), lambda row: row.period.engagement.name),
    Column(_("State"), lambda row: passed(row.period)),
    Column(_("Its opening is provisional"), lambda row: row.period.waits_for is not None),
    Column(_("Capacity in minutes"), lambda row: row.period.capacity_minutes),
    Column(_("Used minutes"), lambda row: row.period.used_minutes),
    Column(_("Over minutes"), lambda row: row.over_minutes),
    Column(_("Not authorised minutes"), lambda row: row.period.waiting_minutes),
    Column(_("Statement"), lambda row: row.statement.number if row.statement else None),
)
