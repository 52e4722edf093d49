"""Names that are almost the same, as somebody writes one and the same company in two programs."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

ALIKE = 0.8  # of 1: one letter of five may differ, or two may stand the other way round
# fmt: off
LEGAL_FORMS = frozenset({
    "ab", "ag", "aps", "as", "asa", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kft",
    "kg", "limited", "llc", "llp", "ltd", "nv", "oy", "oyj", "plc", "pty", "sa", "sarl", "sas", "se", "sl", "spa",
    "srl", "ug",
})
# fmt: on
_WORDS = re.compile(r"\w+")


def nearest(name: str, there: Iterable[str]) -> str:
    """The one of the names that is there which a name was probably meant to be; empty where none is close.

    Capitals, punctuation and legal forms say nothing; a name whose words begin another, as Acorn does Acorn Mills, is close to it.
    """
    named: dict[str, str] = {}
    for each in there:
        named.setdefault(_plain(each), each)
    plain = _plain(name)
    if plain in named:
        return named[plain]
    longer = sorted(each for each in named if plain and each and (f"{each} ".startswith(f"{plain} ") or f"{plain} ".startswith(f"{each} ")))
    close = longer[:1] or get_close_matches(plain, named, n=1, cutoff=ALIKE)
    return named[close[0]] if close else ""


def _plain(name: str) -> str:
    words = _WORDS.findall(name.casefold().replace(".", ""))
    return " ".join(word for word in words if word not in LEGAL_FORMS) or " ".join(words)
