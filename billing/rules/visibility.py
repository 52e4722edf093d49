"""How much of a period a client reads: what its level hides opens as a sum."""

from billing.rules.statement import Document

LEVELS = ("balance", "tickets", "entries", "people")


def as_seen(document: Document, level: str, *, money: bool = True) -> Document:
    """The document of a statement without what the level hides; every total stays, so that it still foots.

    `people` reads everything, `entries` each entry without who worked, `tickets` sums of tickets and service areas, `balance`
    the totals and the lots alone. Without `money` no rate and no amount is told. Raises ValueError for any other level.
    """
    if level not in LEVELS:
        raise ValueError(f"{level} is no level; there are {', '.join(LEVELS)}.")
    seen = dict(document) if money else _without_money(document)
    if level == "people":
        return seen
    seen["by_person"] = []
    seen["entries"] = [entry | {"person": None} for entry in seen["entries"]] if level == "entries" else []
    if level == "balance":
        seen |= {"by_ticket": [], "by_area": []}
    return seen


def _without_money(document: Document) -> Document:
    """Minutes beyond the hours stay; what they cost and who said yes to it does not."""
    priced = ("overage_lines", "unauthorised_lines", "unrepaid_lines")
    unpriced = {name: [line | {"rate": None, "amount": None} for line in document[name]] for name in priced if name in document}
    entries = [
        entry | {"covered_by": [part | {"rate": None, "authorisation": None} for part in entry["covered_by"]]}
        for entry in document["entries"]
    ]
    return document | unpriced | {"fee": None, "entries": entries, "authorisations": []}
