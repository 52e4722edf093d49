"""Texts and days of other programs, as our tables keep them."""

import datetime as dt
import re
import unicodedata
from collections.abc import Collection
from hashlib import blake2b
from zoneinfo import ZoneInfo

LONGEST_KEY = 160
LONGEST_CODE = 8
NOON = dt.time(12)
_NOT_IN_A_CODE = re.compile(r"[^A-Z0-9]")


def key_of(mapping_name: str, external_id: str) -> str:
    """The name by which an imported row is known again: the mapping's and the row's own, at most 160 characters."""
    key = f"{mapping_name}:{external_id}".replace("\x00", "")
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:120]}~{blake2b(key.encode(), digest_size=16).hexdigest()}"


def line_of(text: str, most: int) -> str:
    """One line without what no table keeps, at most `most` characters."""
    return " ".join(text.replace("\x00", "").split())[:most].rstrip()


def code_for(text: str, taken: Collection[str]) -> str:
    """A client's code made of what the file calls it: capitals and digits, two to eight, numbered where it is taken."""
    plain = _NOT_IN_A_CODE.sub("", unicodedata.normalize("NFKD", text).upper())[:LONGEST_CODE]
    if len(plain) < 2 or not plain[0].isalpha():
        plain = f"C{plain}"[:LONGEST_CODE] if plain else "CLIENT"
    code, number = plain, 1
    while code in taken:
        number += 1
        code = f"{plain[: LONGEST_CODE - len(str(number))]}{number}"
    return code


def moment_of(day: dt.date, zone: str) -> dt.datetime:
    """Noon of a day there: only the day is known."""
    return dt.datetime.combine(day, NOON, ZoneInfo(zone))


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """The calendar month around a day, half-open."""
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=31)).replace(day=1)
