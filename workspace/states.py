"""How the firm names the states of a ticket and of a retainer, and in which tone they are shown."""

from django.utils.translation import gettext_lazy as _

from tickets.rules import State

STATE_NAMES = {
    State.NEW: _("New"),
    State.OPEN: _("Open"),
    State.WAITING_ON_CLIENT: _("Waiting on client"),
    State.AWAITING_APPROVAL: _("Awaiting a yes"),
    State.SCHEDULED: _("Planned"),
    State.RESOLVED: _("Solved"),
    State.CLOSED: _("Closed"),
}
STATE_TONES = {
    State.NEW: "watch",
    State.OPEN: "",
    State.WAITING_ON_CLIENT: "wait",
    State.AWAITING_APPROVAL: "wait",
    State.SCHEDULED: "off",
    State.RESOLVED: "ok",
    State.CLOSED: "off",
}
BALANCE_NAMES = {
    "over": _("Over"),
    "ends_early": _("Ends early"),
    "short": _("Short of hours"),
    "under_served": _("Under-served"),
    "too_early": _("Too early to say"),
    "on_course": _("On course"),
}
BALANCE_TONES = {"over": "over", "ends_early": "watch", "short": "watch", "under_served": "wait", "too_early": "off", "on_course": "ok"}
