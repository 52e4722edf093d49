"""How much of a period a client reads: what its level hides opens as a sum."""

from billing.rules.statement import Document

LEVELS = ("balance", "tickets", "entries", "people")


def as_seen(document: Document, level: str) -> Document:
    """The document of a statement without what the level hides; every total stays, so that it still foots.

    `people` reads everything, `entries` each entry without who worked, `tickets` sums of tickets and service areas, `balance`
    the totals and the lots alone. Raises ValueError for any other level.
    """
    if level not in LEVELS:
        raise ValueError(f"{level} is no level; there are {', '.join(LEVELS)}.")
    seen = dict(document)
    if level == "people":
        return seen
    seen["by_person"] = []
    seen["entries"] = [entry | {"person": None} for entry in document["entries"]] if level == "entries" else []
    if level == "balance":
        seen |= {"by_ticket": [], "by_area": []}
    return seen
