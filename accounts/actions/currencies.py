from django.utils.translation import gettext as _

from accounts.errors import UnknownCurrency
from figures.currencies import is_currency


def hold_to_currency(currency: str) -> None:
    """Raise UnknownCurrency for three letters that nobody pays in, before an amount is written with them."""
    if not is_currency(currency):
        raise UnknownCurrency(_("ISO 4217 knows no currency %(code)s. Write one like USD.") % {"code": currency}, field="currency")
