"""A period as both sides read it: how it adds up, its lots, what covered each entry and why. For pages, print and files."""

from look.statements.burn import Burn, burn_of
from look.statements.names import Names, names_of
from look.statements.narrowing import Narrowed, narrowed
from look.statements.print import as_pdf, pdf_of
from look.statements.sheet import STATEMENT, sheet_of
from look.statements.telling import Cover, Row, Told, tell
from look.templatetags.tend import period_name

__all__ = [
    "STATEMENT",
    "Burn",
    "Cover",
    "Names",
    "Narrowed",
    "Row",
    "Told",
    "as_pdf",
    "burn_of",
    "names_of",
    "narrowed",
    "pdf_of",
    "period_name",
    "sheet_of",
    "tell",
]
