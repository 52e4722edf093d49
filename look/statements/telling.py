"""The document of a statement in words: lines that add up, lots by name, and for each entry what covered it and why."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from billing.models import TimeEntry
from billing.rules.statement import Document
from look.statements.charged import charged_of
from look.statements.names import Names
from look.statements.shapes import LOTS, Cover, Line, NamedLot, Part, Row, Sum, Told, opens
from look.templatetags.tend import day, exactly, hours, long_day, money, period_name
from tickets.models.ticket import ServiceArea

AREAS: Mapping[str, Any] = dict(ServiceArea.choices)


def tell(document: Document, names: Names, *, is_open: bool, is_history: bool = False, left_on: dt.date | None = None) -> Told:
    """A document in the reader's language. `left_on` is the day an open period is told on; its last day where it is left out.

    Of imported history nothing adds up to a promise, so it has neither lines nor covers.
    """
    starts_on, ends_on = dt.date.fromisoformat(document["starts_on"]), dt.date.fromisoformat(document["ends_on"])
    capacity = document["opening"] + document["granted"] + document["adjusted"]
    last = min(left_on or ends_on, ends_on - dt.timedelta(days=1))
    shows = bool(document["entries"])
    areas = [_sum(row, "area", lambda key: str(AREAS.get(key, key)).capitalize(), shows=shows) for row in document["by_area"]]
    people = [_sum(row, "person", lambda key: names.people.get(key, gettext("Somebody")), shows=shows) for row in document["by_person"]]
    return Told(
        starts_on=starts_on,
        ends_on=ends_on,
        name=period_name(starts_on, ends_on),
        is_open=is_open,
        capacity_minutes=capacity,
        used_minutes=document["used"],
        left_minutes=capacity - document["covered"] - (_ended(document, last) if is_open else 0),
        over_minutes=document["used"] - document["covered"],
        lines=[] if is_history else _lines(document, is_open=is_open, last=last),
        over_lines=[] if is_history else _over_lines(document),
        charged=[] if is_history else charged_of(document),
        lots=[_lot(lot, last if is_open else None, shows=shows) for lot in document["lots"]],
        rows=_rows(document, names, is_covered=not is_history),
        by_area=areas,
        by_person=people,
        by_ticket=[_sum(row, "ticket", lambda key: _ticket_name(names, key), shows=shows) for row in document["by_ticket"]],
        worked_seconds=sum(row["raw_seconds"] for row in document["by_area"]),
        covered_to=_work(document, "covered"),
        document=document,
    )


def _lines(document: Document, *, is_open: bool, last: dt.date) -> list[Line]:
    """From what came in to what is left; a line that says nothing is left out."""
    came, begins = Counter[str](), dt.date.fromisoformat(document["starts_on"])
    for lot in document["lots"]:
        came["carried" if lot["is_carried"] else lot["kind"]] += lot["minutes"]
    entries = sum(any(part["kind"] == "covered" for part in row["covered_by"]) for row in document["entries"])
    lines = [
        Line(gettext("Carried over"), came["carried"], gettext("burns first"), to=LOTS),
        Line(
            gettext("Granted on %(day)s") % {"day": long_day(begins)},
            came["grant"],
            _repaid(document, "grant"),
            to=LOTS,
        ),
        Line(gettext("Added hours"), came["top_up"], to=LOTS),
        Line(gettext("Hours given free"), came["goodwill"], to=LOTS),
        Line(gettext("Brought along"), came["migration"], to=LOTS),
        Line(
            gettext("Given back"),
            came["adjustment"],
            ", ".join(filter(None, (gettext("by corrections of earlier periods"), _repaid(document, "adjustment")))),
            to=LOTS,
        ),
    ]
    counted = ngettext("%(count)s entry", "%(count)s entries", entries) % {"count": entries} if entries else ""
    taken = Line(gettext("Covered work"), document["covered"], counted, takes=True, to=_work(document, "covered"))
    found = [line for line in lines if line.minutes] + [taken]
    if is_open:
        ended = _ended(document, last)
        if ended:
            found.append(Line(gettext("Their time was over"), ended, takes=True, to=LOTS))
        left = sum(lot["minutes"] - lot["covered"] for lot in document["lots"]) - ended
        remark = _would_expire(document, document["expired"] - ended, left)
        return [*found, Line(gettext("Left on %(day)s") % {"day": long_day(last)}, left, remark, is_sum=True, to=LOTS)]
    if document["expired"]:
        found.append(Line(gettext("Expired"), document["expired"], why_expired(document), takes=True, to=LOTS))
    return [*found, Line(gettext("Carried on"), document["closing"], is_sum=True, to=LOTS)]


def _work(document: Document, kind: str) -> str:
    """The entries whose minutes went one way; where the reader sees sums only, the requests they were for."""
    if document["entries"]:
        return opens("by", kind) if any(part["kind"] == kind for row in document["entries"] for part in row["covered_by"]) else ""
    return "#tickets" if document["by_ticket"] else ""


def _repaid(document: Document, kind: str) -> str:
    repaid = sum(lot["repaid"] for lot in document["lots"] if lot["kind"] == kind and not lot["is_carried"])
    return gettext("less %(hours)s borrowed before") % {"hours": hours(repaid)} if repaid else ""


def _ended(document: Document, on: dt.date) -> int:
    """What nobody can use any more on a day of an open period: lots whose time is over."""
    return sum(lot["minutes"] - lot["covered"] for lot in document["lots"] if _has_ended(lot, on))


def _has_ended(lot: Mapping[str, Any], on: dt.date) -> bool:
    return dt.date.fromisoformat(lot["usable_until"]) <= on


def _would_expire(document: Document, minutes: int, left: int) -> str:
    """What the close would take, what it would hand on, and why not all of it."""
    if minutes <= 0:
        return ""
    told = {"on": hours(left - minutes), "hours": hours(minutes), "why": why_expired(document)}
    if left > minutes:
        return gettext("%(on)s go on, %(hours)s would expire with the close: %(why)s") % told
    return gettext("%(hours)s would expire with the close") % told


def why_expired(document: Document, lot: str = "") -> str:
    """Why minutes expired, or would with the close: of all lots, or of one."""
    reasons = {
        "ended": gettext("their time was over"),
        "above_the_cap": gettext("above what is carried on"),
        "engagement_ended": gettext("the retainer ended"),
    }
    return ", ".join(reasons[why] for why in dict.fromkeys(expiry["why"] for expiry in document["expiries"] if lot in {"", expiry["lot"]}))


def _over_lines(document: Document) -> list[Line]:
    """The minutes no lot covered, by what becomes of them."""
    told = {
        "borrowed": (gettext("Borrowed from the next period"), gettext("its grant is lower by as much")),
        "overage": (gettext("Over, billed"), _priced(document["overage_lines"], document["currency"])),
        "unauthorised": (gettext("Over, not authorised"), gettext("not billed unless the client agrees")),
        "absorbed": (gettext("Over, at the firm's cost"), ""),
    }
    lines = [Line(label, document[kind], remark, to=_work(document, kind)) for kind, (label, remark) in told.items()]
    unrepaid = Line(gettext("Borrowed before, not repaid"), document.get("unrepaid", 0), ", ".join(called_in(document)), to=LOTS)
    return [line for line in (*lines, unrepaid) if line.minutes]


def called_in(document: Document) -> list[str]:
    """What becomes of the minutes that an earlier period borrowed and no grant repays, a part for each way."""
    words = {
        "overage": gettext("%(hours)s billed"),
        "unauthorised": gettext("%(hours)s not billed unless the client agrees"),
        "absorbed": gettext("%(hours)s at the firm's cost"),
    }
    lines = document.get("unrepaid_lines", [])
    return [
        _priced([line], document["currency"]) if _is_priced(line) else words[line["kind"]] % {"hours": hours(line["minutes"])}
        for line in lines
    ]


def _is_priced(line: Mapping[str, Any]) -> bool:
    return line["kind"] == "overage" and line["rate"] is not None


def _priced(lines: Iterable[Mapping[str, Any]], currency: str) -> str:
    """How overage comes to its amount: "3.3 h at USD 185.00 = USD 601.25"."""
    told = [
        gettext("%(hours)s at %(rate)s = %(amount)s")
        % {
            "hours": hours(line["minutes"]),
            "rate": money(Decimal(line["rate"]), currency),
            "amount": money(Decimal(line["amount"]), currency),
        }
        for line in lines
        if line["rate"] is not None
    ]
    return ", ".join(told)


def _lot(lot: Mapping[str, Any], open_on: dt.date | None, *, shows: bool) -> NamedLot:
    """A lot as it stands on a day of an open period, or as a closed one left it."""
    unused = lot["minutes"] - lot["covered"]
    ended = open_on is not None and _has_ended(lot, open_on)
    expired, left = (unused, 0) if ended else (0, unused)
    return NamedLot(
        id=lot["lot"],
        name=lot_name(lot),
        usable_from=dt.date.fromisoformat(lot["usable_from"]),
        usable_until=dt.date.fromisoformat(lot["usable_until"]),
        areas=", ".join(str(AREAS.get(area, area)) for area in lot["areas"]),
        here_minutes=lot["minutes"],
        used_minutes=lot["covered"],
        expired_minutes=lot["expired"] if open_on is None else expired,
        left_minutes=lot["closing"] if open_on is None else left,
        is_carried=lot["is_carried"],
        to=opens("lot", lot["lot"]) if shows and lot["covered"] else "",
    )


def lot_name(lot: Mapping[str, Any]) -> str:
    """What a lot is called: by the month it was granted for, or by why it was given."""
    names = {
        "top_up": gettext("added hours"),
        "goodwill": gettext("free hours"),
        "migration": gettext("hours brought along"),
        "adjustment": gettext("hours given back"),
    }
    if lot["kind"] in names:
        return names[lot["kind"]]
    begins = dt.date.fromisoformat(lot["usable_from"])
    month = date_format(begins, "F") if begins.day == 1 else day(begins)
    said = gettext("%(month)s hours carried over") if lot["is_carried"] else gettext("%(month)s hours")
    return said % {"month": month}


def _rows(document: Document, names: Names, *, is_covered: bool) -> list[Row]:
    lots = {lot["lot"]: lot_name(lot) for lot in document["lots"]}
    return [_row(entry, names, _taken(entry, lots) if is_covered else []) for entry in document["entries"]]


def _taken(entry: Mapping[str, Any], lots: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """Kind, minutes and name of each place that an entry drew on."""
    beyond = {
        "next_grant": gettext("borrowed from the next period"),
        "billed": gettext("over, billed"),
        "authorised": gettext("over, authorised"),
        "not_authorised": gettext("over, not authorised"),
        "by_the_firm": gettext("over, at the firm's cost"),
    }
    return [(part["kind"], part["minutes"], lots.get(part["lot"] or "") or beyond[part["why"]]) for part in entry["covered_by"]]


def _row(entry: Mapping[str, Any], names: Names, taken: list[tuple[str, int, str]]) -> Row:
    reference, subject = names.tickets.get(entry["ticket"] or "", (entry["reference"], ""))
    area = str(AREAS.get(entry["area"], entry["area"])).capitalize()
    return Row(
        id=entry["entry"],
        on=dt.date.fromisoformat(entry["date"]),
        what=names.notes.get(entry["entry"]) or subject or area,
        area=area,
        person=names.people.get(entry["person"] or "", ""),
        ticket=entry["ticket"] if reference else None,
        reference=reference,
        worked_seconds=entry["raw_seconds"],
        billed_minutes=entry["billed_minutes"],
        burn_minutes=entry["burn_minutes"],
        is_late=entry["is_late"],
        cover=_cover(entry, taken),
        area_key=entry["area"],
        person_key=entry["person"] or "",
        ticket_key=entry["ticket"] or "",
        is_correction=entry["corrects"] is not None,
        parts=tuple(Part(part["kind"], part["lot"] or "", part["minutes"]) for part in entry["covered_by"]),
    )


def _cover(entry: Mapping[str, Any], taken: list[tuple[str, int, str]]) -> Cover:
    if entry["kind"] == TimeEntry.Kind.GOODWILL:
        return Cover(gettext("Free"), (gettext("Done at the firm's cost, so it burns nothing."),))
    if entry["kind"] == TimeEntry.Kind.PROJECT:
        return Cover(gettext("Project"), (gettext("Part of a fixed price, so it burns nothing."),))
    if not taken:
        return Cover("")
    first = taken[0][2]
    summary = first[:1].upper() + first[1:]
    if len(taken) > 1:
        summary = ", ".join(f"{hours(minutes)} {name}" for _kind, minutes, name in taken)
    reasons = (*_counted(entry), *(_reason(*part) for part in taken))
    return Cover(summary, reasons, is_over=any(kind != "covered" for kind, _minutes, _name in taken))


def _counted(entry: Mapping[str, Any]) -> list[str]:
    reasons = []
    if entry["raw_seconds"] != entry["billed_minutes"] * 60:
        worked = {"worked": exactly(entry["raw_seconds"]), "hours": hours(entry["billed_minutes"])}
        reasons.append(gettext("%(worked)s worked, rounded to %(hours)s.") % worked)
    if entry["burn_minutes"] != entry["billed_minutes"]:
        reasons.append(gettext("Weighed as %(hours)s for this kind of work.") % {"hours": hours(entry["burn_minutes"])})
    if entry["is_late"]:
        reasons.append(gettext("Logged after its own period was closed, so it counts here."))
    return reasons


def _reason(kind: str, minutes: int, name: str) -> str:
    facts = {"hours": hours(minutes), "name": name}
    if kind == "covered":
        return gettext("%(hours)s from %(name)s.") % facts
    return gettext("%(hours)s %(name)s: no lot held hours for that day any more.") % facts


def _sum(row: Mapping[str, Any], key: str, name: Any, *, shows: bool) -> Sum:
    whose = row[key]
    label = gettext("Without a ticket") if whose is None else name(whose)
    to = opens(key, whose) if shows else ""
    return Sum(whose, label, row["raw_seconds"], row["billed_minutes"], row["burn_minutes"], to)


def _ticket_name(names: Names, key: str) -> str:
    reference, subject = names.tickets.get(key, ("", gettext("A ticket")))
    return f"{reference} {subject}".strip()
