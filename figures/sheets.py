"""Cells of tables that other programs open."""

_FORMULA = ("=", "+", "-", "@", *"\uff1d\uff0b\uff0d\uff20")  # the last four are their full-width forms
_CONTROL = ("\t", "\r", "\n")


def neutral(text: str) -> str:
    """The text of a cell so that no spreadsheet takes it for a formula: what would begin one begins with an apostrophe."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_CONTROL) else text
