"""States as the firm reads them. For the templates of this door only."""

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from billing.models import Period, TimeEntry
from billing.models.ledger import Balance
from look.templatetags.tend import day
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea
from tickets.rules import State
from workspace.states import BALANCE_NAMES, BALANCE_TONES, STATE_NAMES, STATE_TONES

register = template.Library()


def _status(word: object, tone: str) -> SafeString:
    return format_html('<span class="status{}">{}</span>', f" is-{tone}" if tone else "", word)


@register.filter
def state(ticket: Ticket) -> SafeString:
    """The state of a ticket as shape and word."""
    at = State(ticket.state)
    return _status(STATE_NAMES[at], STATE_TONES[at])


@register.filter
def standing(balance: Balance) -> SafeString:
    """How a retainer stands, as shape and word."""
    return _status(BALANCE_NAMES[balance.state], BALANCE_TONES[balance.state])


@register.filter
def period_state(period: Period) -> SafeString:
    """Whether a period runs, has ended and waits for its close, or was closed, and when."""
    if period.closed_at:
        return _status(gettext("closed %(day)s") % {"day": day(period.closed_at)}, "off")
    if period.ends_on <= timezone.localdate() and not period.is_history:
        return _status(gettext("ended, to be closed"), "watch")
    return _status(pgettext("period", "open"), "")


@register.filter
def signed_left(balance: Balance) -> int:
    """Minutes left; below zero is over."""
    return balance.left_minutes - balance.over_minutes


@register.filter
def consent(entry: TimeEntry) -> SafeString | str:
    """What an entry waits for, as shape and word; nothing where it was approved."""
    if entry.state == TimeEntry.State.SUBMITTED:
        return _status(gettext("waits for a yes"), "wait")
    if entry.state == TimeEntry.State.REJECTED:
        return _status(gettext("sent back"), "over")
    return _status(gettext("draft"), "off") if entry.state == TimeEntry.State.DRAFT else ""


@register.filter
def worked(entry: TimeEntry) -> int:
    """The minutes an entry took on the clock, before any rounding."""
    return entry.raw_seconds // 60


@register.filter
def counted(entry: TimeEntry) -> int:
    """The minutes an entry burns; what was sent back burns none until it is said anew."""
    return 0 if entry.state == TimeEntry.State.REJECTED else entry.burn_minutes


@register.filter
def what(entry: TimeEntry) -> str:
    """What an entry is called in a list: its note, else its ticket, else its service area."""
    return entry.note or (entry.ticket.subject if entry.ticket else str(ServiceArea(entry.service_area).label).capitalize())
