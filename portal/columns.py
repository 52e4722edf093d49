"""What stands in the files of the portal's lists: what their pages show, in the words of their pages."""

from django.utils.translation import gettext_lazy as _

from look.sheets import Column
from portal.wording import standing

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
