"""A statement as a table for a spreadsheet: its entries, else sums by ticket, else one line, as much as its reader sees."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from look.sheets import Column
from look.statements.shapes import Cover, Row, Sum, Told
from look.statements.telling import called_in

STATEMENT = (
    Column(_("Day"), lambda row: row.on),
    Column(_("What"), lambda row: row.what),
    Column(_("Ticket"), lambda row: row.reference),
    Column(_("Service area"), lambda row: row.area),
    Column(_("Who"), lambda row: row.person),
    Column(_("Worked minutes"), lambda row: row.worked_minutes),
    Column(_("Billed minutes"), lambda row: row.billed_minutes),
    Column(_("Counted minutes"), lambda row: row.burn_minutes),
    Column(_("Covered by"), lambda row: row.cover.summary),
    Column(_("Late"), lambda row: row.is_late),
)


def sheet_of(told: Told) -> list[Row]:
    """The lines of the table: counted minutes add up to what the period used, less what lines below zero take back of earlier ones.

    What was borrowed before and not repaid is a line that counts nothing: its minutes were used in an earlier period.
    """
    parts = called_in(told.document)
    return [*_worked(told), *([_line(told, Sum(None, gettext("Borrowed before, not repaid"), 0, 0, 0), ", ".join(parts))] if parts else [])]


def _worked(told: Told) -> list[Row]:
    if told.rows:
        return told.rows
    sums = told.by_ticket or [Sum(None, told.name, told.worked_seconds, told.used_minutes, told.used_minutes)]
    return [_line(told, each) for each in sums if each.burn_minutes or each.worked_seconds]


def _line(told: Told, summed: Sum, cover: str = "") -> Row:
    return Row(
        id=summed.id or "",
        on=told.starts_on,
        what=summed.name,
        area="",
        person="",
        ticket=summed.id,
        reference="",
        worked_seconds=summed.worked_seconds,
        billed_minutes=summed.billed_minutes,
        burn_minutes=summed.burn_minutes,
        is_late=False,
        cover=Cover(cover),
    )
