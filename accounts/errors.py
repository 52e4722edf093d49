"""Broken rules, with a code for programs and a sentence for the person who asked."""

from typing import ClassVar


class DomainError(Exception):
    """A rule of the business was broken. The sentence says which, and what to do instead."""

    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str, *, field: str = "", **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.facts = facts


class NotAllowed(DomainError):
    """The actor sees the thing, but may not do this to it."""

    code = "not-allowed"


class WrongClient(DomainError):
    """Two things that were named together belong to different clients."""

    code = "other-client"


class UnknownZone(DomainError):
    """A time zone that the clocks of the world do not know; names are those of the IANA, such as America/Chicago."""

    code = "unknown-zone"


class UnknownCurrency(DomainError):
    """Three letters that are no currency people pay in; codes are those of ISO 4217, such as USD."""

    code = "unknown-currency"


class Conflict(DomainError):
    """The request is sound by itself but clashes with what is there."""

    code = "conflict"


def permit(allowed: bool, sentence: str) -> None:
    """Raise NotAllowed with this sentence unless a policy said yes."""
    if not allowed:
        raise NotAllowed(sentence)
