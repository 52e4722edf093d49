"""What a password must not be, besides short, like the address it belongs to, or on the list of common ones."""

from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
)
LONGEST = 200


class GuessableValidator:
    """Refuses what is long only by repeating itself, by running along a row of keys, or by digits around a common password.

    Capitals, spaces and signs between count for nothing. What repeats counts once: it is long enough if that once is.
    """

    def __init__(self, min_length: int = 12) -> None:
        self.min_length = min_length
        self.common: set[str] = CommonPasswordValidator().passwords

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 (Django's signature)
        plain = plain_of(password)
        once = once_of(plain)
        if once != plain and len(once) < self.min_length:
            raise ValidationError(_("This says the same again and again. Take a few words that do not belong together."), code="repeats")
        if any(plain in row for row in runs(len(plain))):
            raise ValidationError(_("This runs along the keys. Take a few words that do not belong together."), code="runs")
        if once_of(plain.strip("0123456789")) in self.common:
            raise ValidationError(
                _("This is a common password with little around it. Take a few words that do not belong together."), code="common"
            )

    def get_help_text(self) -> str:
        return _("A few words that do not belong together are good; one word again and again is not.")


def plain_of(password: str) -> str:
    """Its letters and digits, all small; or all of it, where most of it is signs."""
    small = password.casefold()[:LONGEST]
    plain = "".join(each for each in small if each.isalnum())
    return plain if len(plain) * 2 >= len(small) else small


def once_of(text: str) -> str:
    """The shortest beginning that, said at least twice, makes the whole, the last time perhaps in part; else the whole."""
    return next((text[:size] for size in range(1, len(text) // 2 + 1) if (text[:size] * len(text))[: len(text)] == text), text)


def runs(length: int) -> list[str]:
    """Rows of keys in both directions, each said over and over for at least so many characters and a row more."""
    rows = [row * (length // len(row) + 2) for row in ROWS]
    return [*rows, *(row[::-1] for row in rows)]
