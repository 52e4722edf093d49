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
    """Fee, hours over and their sum; nothing for who reads no money, and of statements from before they told it."""
    if document.get("fee") is None:
        return []
    currency, over = document["currency"], [Decimal(line["amount"]) for line in document["overage_lines"] if line["amount"] is not None]
    fee = Charged(gettext("Fee"), Decimal(document["fee"]), currency)
    if not over:
        return [fee]
    beyond = Charged(gettext("Hours over"), sum(over, Decimal(0)), currency)
    return [fee, beyond, Charged(gettext("Together"), fee.amount + beyond.amount, currency, is_sum=True)]
