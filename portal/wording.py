"""How a request stands, in the words a client reads."""

import html
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext

from accounts.models import Visibility
from billing.models import Period
from look.templatetags.tend import day, hours, markdown
from proposals.models import Proposal, ProposalState
from tickets.models import Ticket
from tickets.rules import CLIENT_WORDING, REOPEN_WITHIN, State

TONES = {
    State.OPEN: "ok",
    State.AWAITING_APPROVAL: "wait",
    State.WAITING_ON_CLIENT: "wait",
    State.SCHEDULED: "off",
    State.RESOLVED: "wait",
    State.CLOSED: "off",
}
COUNTED = ~Q(entries__state="rejected") & ~Q(client__visibility=Visibility.BALANCE)
WORKED_MINUTES = Sum("entries__burn_minutes", filter=COUNTED, default=0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket with its status word and tone, and what comes next."""

    ticket: Ticket
    word: str
    tone: str
    next_step: str


def standing(ticket: Ticket) -> Standing:
    state = State(ticket.state)
    word = gettext(CLIENT_WORDING[state])
    if state == State.SCHEDULED and ticket.planned_for:
        word = gettext("Planned for %(day)s") % {"day": day(ticket.planned_for)}
    return Standing(ticket, word, TONES.get(state, ""), _next_step(ticket, state))


def _next_step(ticket: Ticket, state: State) -> str:
    if state == State.AWAITING_APPROVAL and ticket.estimate_minutes:
        return gettext("Next: the decision on %(hours)s") % {"hours": hours(ticket.estimate_minutes)}
    if state == State.RESOLVED and ticket.resolved_at:
        return gettext("Can be reopened until %(day)s") % {"day": day(ticket.resolved_at + REOPEN_WITHIN)}
    if state == State.OPEN:
        return gettext("Next: our answer") if ticket.unanswered_since else gettext("Next: our work on it")
    steps = {
        State.NEW: gettext("Next: we read it and answer"),
        State.WAITING_ON_CLIENT: gettext("Next: your answer"),
        State.AWAITING_APPROVAL: gettext("Next: the decision"),
        State.SCHEDULED: gettext("Next: our work on that day"),
    }
    return steps.get(state, "")


def decided(proposal: Proposal) -> str:
    """How a proposal stands, as its page says it."""
    words = {
        ProposalState.APPROVED: gettext("Approved"),
        ProposalState.DECLINED: gettext("Declined"),
        ProposalState.WITHDRAWN: gettext("Withdrawn"),
    }
    waits_or_not = gettext("Your decision") if proposal.is_waiting else gettext("Ran out")
    return words.get(ProposalState(proposal.state), waits_or_not)


def passed(period: Period) -> str:
    """How a period stands, as its page says it."""
    if period.is_history:
        return gettext("from before the retainer")
    if period.closed_at:
        return gettext("closed")
    return gettext("still to come") if period.starts_on > timezone.localdate() else gettext("open")


def gist(body: str, *, length: int = 220) -> str:
    """The first words of a message, without its markup."""
    words = " ".join(html.unescape(strip_tags(markdown(body))).split())
    return Truncator(words).chars(length)
