"""A statement as a file: as PDF, set by typst, of which the same document gives the same bytes; and its lines as CSV."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.utils.text import slugify
from django.utils.translation import get_language, gettext

from accounts.actors import Actor
from accounts.models import Firm
from billing.models import Statement
from billing.rules.visibility import as_seen
from engagements.policies import may_see_money
from events.links import path_to
from look.downloads import HEADERS
from look.sheets import written
from look.statements.charged import CHARGES, Charged
from look.statements.names import names_of
from look.statements.shapes import ENTRIES, FOOTS, LOTS, Line, NamedLot, Row, Sum, Told
from look.statements.sheet import STATEMENT, sheet_of
from look.statements.telling import tell
from look.templatetags.tend import day, exactly, hours, money, period, period_name, taken

PDF = "application/pdf"
SHEET = Path(__file__).with_name("statement.typ")


def as_pdf(told: Told, *, firm: str, whose: str, made: str, digest: str, opens_at: str) -> bytes:
    """The pages of a statement, A4. `made` says who made it and when, `digest` with what its document can be checked.

    Every figure is a link to the rows it came from, on the page of its period at `opens_at`.
    """
    name = period_name(told.starts_on, told.ends_on, in_full=True)
    words = {
        "title": gettext("Statement of hours, %(period)s") % {"period": name},
        "firm": firm,
        "whose": whose,
        "made": made,
        "language": (get_language() or "en").partition("-")[0],
        "footer": f"{firm} · {whose} · {name}",
        "digest": digest,
        "heroes": _heroes(told, opens_at),
        "lines": [
            *(_line(line, opens_at) for line in (*told.lines, *told.over_lines)),
            *(_charged(line, opens_at) for line in told.charged),
        ],
        "lots": [_lot(lot, opens_at) for lot in told.lots],
        "entries": [_entry(row, opens_at) for row in told.rows],
        "together": _together(told, opens_at),
        "lots_together": _lots_together(told, opens_at),
        "sums": [_sums(title, rows, opens_at) for title, rows in _sums_of(told) if rows],
        "words": _words(),
    }
    typst = import_module("typst")  # 7 MB, for the few processes that print
    return bytes(typst.compile(str(SHEET), sys_inputs={"told": json.dumps(words)}, ignore_system_fonts=True))


def pdf_of(statement: Statement, actor: Actor, *, level: str) -> HttpResponse:
    """A statement as its reader sees it, to be saved under the name of its client and period."""
    retainer = statement.engagement
    document = as_seen(statement.document, level, money=may_see_money(actor))
    told = tell(document, names_of(document, actor), is_open=False)
    made = gettext("Statement %(number)d, closed %(day)s") % {"number": statement.number, "day": day(statement.made_at)}
    pdf = as_pdf(
        told,
        firm=Firm.objects.the().name,
        whose=f"{retainer.client.name}, {retainer.name}",
        made=f"{made}, {statement.made_by.name}" if statement.made_by else made,
        opens_at=settings.PUBLIC_URL + path_to("billing.period", statement.period_id, door="portal"),
        digest=gettext("SHA-256 of the whole document: %(digest)s") % {"digest": statement.digest},
    )
    name = slugify(f"{retainer.client.code} {statement.number} {told.starts_on}")
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return HttpResponse(pdf, content_type=PDF, headers=headers)


def csv_of(statement: Statement, actor: Actor, *, level: str) -> FileResponse:
    """The lines of a statement as its reader sees them, to be added up in a spreadsheet: those that the page of its period gives."""
    document = as_seen(statement.document, level, money=may_see_money(actor))
    told = tell(document, names_of(document, actor), is_open=False)
    return written("csv", f"{statement.engagement.client.code} {statement.number} {told.starts_on}", STATEMENT, sheet_of(told))


def _heroes(told: Told, opens_at: str) -> list[dict[str, Any]]:
    heroes = [
        (gettext("Hours of the period"), told.capacity_minutes, LOTS),
        (gettext("Used"), told.used_minutes, ENTRIES if told.rows else ""),
        (gettext("Left") if told.is_open else gettext("Carried on"), told.lines[-1].minutes, LOTS),
    ]
    if told.over_minutes:
        heroes.append((gettext("Over"), told.over_minutes, FOOTS))
    return [{"label": label, "figure": _linked(hours(minutes), to, opens_at)} for label, minutes, to in heroes]


def _linked(figure: str, to: str, opens_at: str) -> dict[str, str]:
    return {"text": figure, "to": opens_at + to if to else ""}


def _line(line: Line, opens_at: str) -> dict[str, Any]:
    figure = taken(line.minutes) if line.takes else hours(line.minutes)
    return {"label": line.label, "remark": line.remark, "figure": _linked(figure, line.to, opens_at), "is_sum": line.is_sum}


def _charged(line: Charged, opens_at: str) -> dict[str, Any]:
    figure = _linked(money(line.amount, line.currency), CHARGES if line.amount else "", opens_at)
    return {"label": line.label, "remark": "", "figure": figure, "is_sum": line.is_sum}


def _lot(lot: NamedLot, opens_at: str) -> list[str | dict[str, str]]:
    here, used, expired, left = map(hours, (lot.here_minutes, lot.used_minutes, lot.expired_minutes, lot.left_minutes))
    return [
        lot.name.capitalize() + (f" ({lot.areas})" if lot.areas else ""),
        period(lot.usable_from, lot.usable_until),
        _linked(here, lot.account, opens_at),
        _linked(used, lot.to or lot.account, opens_at),
        _linked(expired, lot.account, opens_at),
        _linked(left, lot.account, opens_at),
    ]


def _together(told: Told, opens_at: str) -> list[str | dict[str, str]]:
    to = ENTRIES if told.rows else ""
    return [gettext("Together"), _linked(exactly(told.worked_seconds), to, opens_at), _linked(hours(told.used_minutes), to, opens_at)]


def _lots_together(told: Told, opens_at: str) -> list[str | dict[str, str]]:
    document = told.document
    return [
        gettext("Together"),
        "",
        _linked(hours(told.capacity_minutes), FOOTS, opens_at),
        _linked(hours(document["covered"]), told.covered_to or FOOTS, opens_at),
        _linked(hours(document["expired"]), FOOTS, opens_at),
        _linked(hours(document["closing"]), FOOTS, opens_at),
    ]


def _entry(row: Row, opens_at: str) -> dict[str, Any]:
    about = (row.reference, row.area if row.what != row.area else "", row.person, gettext("late") if row.is_late else "")
    return {
        "day": day(row.on),
        "what": row.what,
        "sub": " · ".join(filter(None, about)),
        "worked": _linked(exactly(row.worked_seconds), row.to, opens_at),
        "counted": _linked(hours(row.burn_minutes), row.to, opens_at),
        "cover": row.cover.summary,
    }


def _sums_of(told: Told) -> list[tuple[str, list[Sum]]]:
    return [
        (gettext("By service area"), told.by_area),
        (gettext("By ticket"), told.by_ticket),
        (gettext("By person"), told.by_person),
    ]


def _sums(title: str, rows: list[Sum], opens_at: str) -> dict[str, Any]:
    return {
        "title": title,
        "names": ["", gettext("Worked"), gettext("Counted")],
        "rows": [
            [row.name, _linked(exactly(row.worked_seconds), row.to, opens_at), _linked(hours(row.burn_minutes), row.to, opens_at)]
            for row in rows
        ],
    }


def _words() -> dict[str, Any]:
    return {
        "foots": gettext("How it adds up"),
        "lots": gettext("Lots"),
        "lot_names": [gettext("Lot"), gettext("Usable"), gettext("Given"), gettext("Used"), gettext("Expired"), gettext("Left")],
        "entries": gettext("Entries"),
        "entry_names": [gettext("Day"), gettext("What"), gettext("Worked"), gettext("Counted"), gettext("Covered by")],
    }
