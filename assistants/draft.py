"""The draft of a report in Markdown, from facts that were gathered. Pure; it says where each figure comes from and what is missing."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from figures.text import hours, money_text

Facts = dict[str, Any]

OVER = {
    "borrowed": "borrowed from the next period",
    "overage": "over the hours, billed",
    "unauthorised": "over the hours, not authorised",
    "absorbed": "over the hours, at the firm's cost",
}
ALERTS = {
    "burn": "{percent} % of the hours were used",
    "overage": "the hours were used up and work went on",
    "pace": "at this pace the hours will not last",
    "expiring": "hours are about to expire",
    "low": "the client gets less than was promised",
    "consent": "{percent} % of the hours authorised were used",
    "called_in": "borrowed hours were called in, as no later period repays them",
}


def as_markdown(facts: Facts, left_out: Iterable[str]) -> str:
    """Headings, sentences and lists that a person finishes. Nothing in it was not among the facts."""
    return "\n".join(_lines(facts, left_out)) + "\n"


def _lines(facts: Facts, left_out: Iterable[str]) -> Iterator[str]:
    yield f"# Draft: {_plain(facts['client']['name'])}, {_span(facts['periods'][0])}"
    yield f"\nGathered from Tend on {_day(facts['as_of'])}. A draft for a person to finish; it is no statement.\n"
    for period in facts["periods"]:
        yield from _hours(period)
    yield from _tickets("Resolved in this time", facts["tickets_resolved"])
    yield from _tickets("Open now", facts["tickets_open_now"])
    yield "## What is not in here\n"
    yield from (f"- {each}" for each in left_out)


def _hours(period: Facts) -> Iterator[str]:
    minutes = period["minutes"]
    yield f"## Hours: {_plain(period['engagement']['name'])}, {_span(period)}\n"
    yield f"- {hours(minutes['used'])} used of {hours(period['capacity_minutes'])}, {hours(period['left_minutes'])} left."
    yield from (f"- {hours(minutes[name])} {words}." for name, words in OVER.items() if minutes[name])
    yield from _overage(period)
    if period["called_in_minutes"]:
        yield f"- {hours(period['called_in_minutes'])} borrowed before and called in, as no later period repays it."
    if minutes["expired"]:
        yield f"- {hours(minutes['expired'])} expired."
    if period["closed_at"]:
        yield f"- {hours(minutes['closing'])} carried on."
    yield f"- Figures from: {period['figures_from']}."
    if period["by_service_area"]:
        yield "\n| Kind of care | Hours |\n|---|---:|"
        yield from (f"| {_words(row['service_area'])} | {hours(row['used_minutes'])} |" for row in period["by_service_area"])
    if period["alerts"]:
        yield "\nTold during the period:\n"
        yield from (f"- {_day(alert['raised_on'])}: {_told(alert)}." for alert in period["alerts"])
    yield ""


def _told(alert: Facts) -> str:
    return ALERTS.get(alert["kind"], _words(alert["kind"])).format(**alert)


def _overage(period: Facts) -> Iterator[str]:
    for line in period["overage_lines"]:
        if line["amount"] is not None:
            amount, rate = (money_text(Decimal(line[name]), period["currency"]) for name in ("amount", "rate"))
            yield f"- {hours(line['minutes'])} over at {rate} an hour: {amount}."


def _tickets(heading: str, tickets: list[Facts]) -> Iterator[str]:
    yield f"## {heading}\n"
    yield from (f"- {ticket['reference']} {_plain(ticket['subject'])} ({_words(ticket['service_area'])})" for ticket in tickets)
    if not tickets:
        yield "- None."
    yield ""


def _span(period: Facts) -> str:
    """The days of a period, the last one included, as people name them."""
    last = dt.date.fromisoformat(period["ends_on"]) - dt.timedelta(days=1)
    return f"{_day(period['starts_on'])} to {_day(last.isoformat())}"


def _day(written: str) -> str:
    day = dt.date.fromisoformat(written)
    return f"{day.day} {day:%B %Y}"


def _plain(typed: str) -> str:
    """What somebody typed, shown as it is: it makes no link and no element of its own."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", typed)


def _words(name: str) -> str:
    return name.replace("_", " ")
