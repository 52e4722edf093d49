"""What happened to a ticket, in a line, as the firm reads it."""

from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext, gettext_noop

from look.templatetags.tend import hours, long_day
from tickets.models.conversation import Happened
from tickets.rules import State

MOVES = {
    (State.NEW, State.OPEN): gettext_noop("%(who)s took this on"),
    (State.RESOLVED, State.OPEN): gettext_noop("%(who)s reopened this"),
    (State.WAITING_ON_CLIENT, State.OPEN): gettext_noop("%(who)s made it our turn again"),
    (State.AWAITING_APPROVAL, State.OPEN): gettext_noop("%(who)s made it our turn again"),
    (State.SCHEDULED, State.OPEN): gettext_noop("%(who)s took up what was planned"),
}
ICONS = {"ticket.assigned": "people", "ticket.edited": "sliders", "estimate.asked": "clock", "estimate.declined": "cross"}


def in_words(happened: Happened) -> dict[str, Any]:
    """The parts of the line: its icon, its sentence, its moment."""
    event = happened.event
    who = happened.by.name if happened.by else gettext("Tend")
    words = {"who": who, "name": happened.named.name if happened.named else ""}
    return {"kind": "happened", "at": happened.at, "sign": ICONS.get(event.kind, "check"), "text": _sentence(happened, event.payload) % words}


def _sentence(happened: Happened, payload: dict[str, Any]) -> str:
    match happened.event.kind:
        case "ticket.moved":
            return _moved(State(payload["from"]), State(payload["to"]), payload)
        case "ticket.assigned":
            return gettext("%(who)s gave this to %(name)s") if happened.named else gettext("%(who)s left this to nobody yet")
        case "ticket.edited":
            return gettext("%(who)s changed the description")
        case "estimate.asked":
            return gettext("%(who)s asked for a yes to {hours}").format(hours=hours(payload["minutes"]))
        case "estimate.approved":
            return gettext("%(who)s approved {hours}").format(hours=hours(payload["minutes"])) if "minutes" in payload else gettext("%(who)s approved")
        case "estimate.declined":
            return gettext("%(who)s said no to the estimate")
        case "estimate.withdrawn":
            return gettext("%(who)s withdrew the estimate")
        case "estimate.expired":
            return gettext("Nobody decided in time; the estimate has expired")
    return gettext("%(who)s changed this")


def _moved(source: State, target: State, payload: dict[str, Any]) -> str:
    if (source, target) in MOVES:
        return gettext(MOVES[source, target])
    match target:
        case State.WAITING_ON_CLIENT:
            return gettext("%(who)s waits for the client's answer")
        case State.AWAITING_APPROVAL:
            return gettext("%(who)s waits for the client's yes")
        case State.SCHEDULED:
            planned = parse_date(payload.get("planned_for", ""))
            return gettext("%(who)s planned this for {day}").format(day=long_day(planned)) if planned else gettext("%(who)s planned this")
        case State.RESOLVED:
            return gettext("%(who)s solved this")
        case State.CLOSED:
            return gettext("%(who)s closed this")
    return gettext("%(who)s changed this")
