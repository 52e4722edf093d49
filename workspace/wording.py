"""What happened to a ticket, in a line, as the firm reads it."""

from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext, gettext_noop

from look.templatetags.tend import hours, long_day
from tickets.models.conversation import Happened, Noted, Said
from tickets.rules import State

MOVES = {
    (State.NEW, State.OPEN): gettext_noop("%(who)s took this on"),
    (State.RESOLVED, State.OPEN): gettext_noop("%(who)s reopened this"),
    (State.WAITING_ON_CLIENT, State.OPEN): gettext_noop("%(who)s made it our turn again"),
    (State.SCHEDULED, State.OPEN): gettext_noop("%(who)s took up what was planned"),
}
ARRIVALS = {
    State.SCHEDULED: gettext_noop("%(who)s planned this for %(day)s"),
    State.RESOLVED: gettext_noop("%(who)s solved this"),
    State.CLOSED: gettext_noop("%(who)s closed this"),
}
STEPS = {
    "ticket.edited": gettext_noop("%(who)s changed the description"),
    "estimate.asked": gettext_noop("%(who)s asked for a yes to %(hours)s"),
    "estimate.approved": gettext_noop("%(who)s approved the estimate"),
    "estimate.declined": gettext_noop("%(who)s said no to the estimate"),
    "estimate.withdrawn": gettext_noop("%(who)s withdrew the estimate"),
    "estimate.expired": gettext_noop("Nobody decided in time; the estimate has expired"),
}
CHANGED = gettext_noop("%(who)s changed this")
ICONS = {"ticket.assigned": "people", "ticket.edited": "sliders", "estimate.asked": "clock", "estimate.declined": "cross"}


def is_news(part: Said | Noted | Happened) -> bool:
    """Whether a line says more than the message or the step beside it: a question already says that its answer is awaited."""
    if not isinstance(part, Happened):
        return True
    payload = part.event.payload
    if part.event.kind == "ticket.assigned":
        return part.named is None or part.by is None or part.named.pk != part.by.pk
    if part.event.kind != "ticket.moved":
        return True
    source, target = State(payload["from"]), State(payload["to"])
    by_client = part.by is not None and not part.by.is_staff
    came_back = target == State.OPEN and (source == State.AWAITING_APPROVAL or (source == State.WAITING_ON_CLIENT and by_client))
    return not came_back and target not in {State.WAITING_ON_CLIENT, State.AWAITING_APPROVAL}


def in_words(happened: Happened) -> dict[str, Any]:
    """The parts of the line: its icon, its sentence, its moment."""
    payload = happened.event.payload
    planned = parse_date(payload.get("planned_for") or "")
    words = {
        "who": happened.by.name if happened.by else gettext("Tend"),
        "name": happened.named.name if happened.named else "",
        "hours": hours(payload.get("minutes") or 0),
        "day": long_day(planned) if planned else "",
    }
    sign = ICONS.get(happened.event.kind, "check")
    return {"kind": "happened", "at": happened.at, "sign": sign, "text": gettext(_sentence(happened, payload)) % words}


def _sentence(happened: Happened, payload: dict[str, Any]) -> str:
    if happened.event.kind == "ticket.assigned":
        return gettext_noop("%(who)s gave this to %(name)s") if happened.named else gettext_noop("%(who)s left this to nobody yet")
    if happened.event.kind != "ticket.moved":
        return STEPS.get(happened.event.kind, CHANGED)
    source, target = State(payload["from"]), State(payload["to"])
    return MOVES.get((source, target)) or ARRIVALS.get(target, CHANGED)
