"""A period as both sides read it: how it adds up, its lots, what covered each entry and why. For pages, print and files."""

from look.statements.account import Account, account_of
from look.statements.burn import Burn, burn_of
from look.statements.carrying import carry_of
from look.statements.held import HeldRow, held_of
from look.statements.names import Names, names_of
from look.statements.narrowing import Narrowed, narrowed
from look.statements.print import as_pdf, csv_of, pdf_of
from look.statements.shapes import Cover, Row, Told
from look.statements.sheet import STATEMENT, sheet_of
from look.statements.telling import tell
from look.templatetags.tend import period_name

__all__ = [
    "STATEMENT",
    "Account",
    "Burn",
    "Cover",
    "HeldRow",
    "Names",
    "Narrowed",
    "Row",
    "Told",
    "account_of",
    "as_pdf",
    "burn_of",
    "carry_of",
    "csv_of",
    "held_of",
    "names_of",
    "narrowed",
    "pdf_of",
    "period_name",
    "sheet_of",
    "tell",
]
