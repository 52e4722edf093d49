"""What a period costs, in the places of its currency."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from billing.rules.statement import Document

CHARGES = "#charges"


@dataclass(frozen=True, slots=True)
class Charged:
    """One line of money; a sum stands between rules."""

    label: str
    amount: Decimal
    currency: str
    is_sum: bool = False


def charged_of(document: Document) -> list[Charged]:
    """Fee, hours over, those borrowed and not repaid, and their sum; nothing for who reads no money, and of statements that told none."""
    if document.get("fee") is None:
        return []
    currency = document["currency"]
    unrepaid = [line for line in document.get("unrepaid_lines", []) if line["kind"] == "overage"]
    over = [(gettext("Hours over"), document["overage_lines"]), (gettext("Borrowed before, not repaid"), unrepaid)]
    lines = [Charged(gettext("Fee"), Decimal(document["fee"]), currency)]
    for label, priced in over:
        amounts = [Decimal(line["amount"]) for line in priced if line["amount"] is not None]
        lines += [Charged(label, sum(amounts, Decimal(0)), currency)] if amounts else []
    if len(lines) == 1:
        return lines
    return [*lines, Charged(gettext("Together"), sum((line.amount for line in lines), Decimal(0)), currency, is_sum=True)]
