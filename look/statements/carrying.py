"""What of a period goes on when it closes: how much at most, to which day, and how much it is as it stands."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext

from billing.rules.statement import Document
from engagements.rules import Terms
from look.templatetags.tend import hours, long_day


def carry_of(document: Document, versions: Sequence[Terms], *, is_open: bool, retainer_ends_on: dt.date | None = None) -> str:
    """Under the terms in force when the period ends, as the close reads them; nothing to say of a period without a grant."""
    ends_on = dt.date.fromisoformat(document["ends_on"])
    terms = next((each for each in reversed(versions) if each.starts_on < ends_on), None)
    lives = [dt.date.fromisoformat(lot["usable_until"]) for lot in document["lots"] if lot["kind"] == "grant" and not lot["is_carried"]]
    if terms is None or not lives:
        return ""
    if retainer_ends_on is not None and retainer_ends_on <= ends_on:
        return gettext("The retainer ends with this period: what is left then expires.")
    cap, until = terms.carry_cap(), max(lives)
    if until <= ends_on or cap == 0:
        return gettext("Nothing of the hours granted is carried on: what is left when the period ends expires.")
    told = {"hours": hours(cap or 0), "day": long_day(until - dt.timedelta(days=1))}
    if cap is None:
        rule = gettext("What is left of the hours granted is carried on, to be used by %(day)s.") % told
    else:
        rule = gettext("At most %(hours)s of the hours granted are carried on, to be used by %(day)s; what is above expires.") % told
    now = gettext("As it stands, %(hours)s go on.") % {"hours": hours(document["closing"])} if is_open else ""
    return f"{rule} {now}".strip()
