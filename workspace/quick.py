"""The one line that logs time, read back before it is saved."""

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.models import Client
from billing.actions import Work
from billing.actions.placing import retainer_of_ticket, youngest_running
from billing.errors import NoRetainer
from billing.models.ledger import Balance, balance_in, period_taking
from billing.rules.capture import billed_minutes, burn_minutes
from engagements.models import Engagement
from figures.durations import Duration, QuickLine, Unreadable, parse_duration, read_line
from look.templatetags.tend import period as period_days
from tickets.models import Ticket
from tickets.models.ticket import ServiceArea

LONGEST_NOTE = 500
MONTHS = frozenset({"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"})
_SUBJECT = re.compile(r"(?P<reference>[A-Za-z][A-Za-z0-9]{0,9}-\d{1,9})(?=\s|$)|(?P<code>[A-Z][A-Z0-9]{1,7})(?=\s|$)", re.ASCII)


class Unclear(DomainError):
    """The line does not say on what the time was spent."""

    code = "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line means: how much, when, on what, and what it does to the client's hours."""

    line: QuickLine
    engagement: Engagement
    ticket: Ticket | None
    note: str
    minutes: int
    balance: Balance | None
    zone: str
    is_late: bool = False

    @property
    def service_area(self) -> str:
        return self.ticket.service_area if self.ticket else ServiceArea.TEAM_SUPPORT

    @property
    def area_name(self) -> str:
        return str(ServiceArea(self.service_area).label)

    @property
    def left_before(self) -> int:
        """Minutes left before this work; below zero is over."""
        return self.balance.left_minutes - self.balance.over_minutes if self.balance else 0

    @property
    def left_after(self) -> int:
        return self.left_before - self.minutes

    @property
    def elsewhere(self) -> str:
        """The period it would count in, where that is not the running one."""
        if self.balance is None or self.balance.period.covers(timezone.localdate()):
            return ""
        return period_days(self.balance.period.starts_on, self.balance.period.ends_on)

    @property
    def is_today(self) -> bool:
        return self.line.work_date == timezone.localdate()

    def work(self) -> Work:
        """The work to be logged, with its times where the line names them."""
        line = self.line
        if line.started is None or line.ended is None:
            return Work(
                service_area=self.service_area, raw_seconds=line.seconds, work_date=line.work_date, note=self.note, ticket=self.ticket
            )
        zone = ZoneInfo(self.zone)
        ends_on = line.work_date + dt.timedelta(days=line.ended <= line.started)
        return Work(
            service_area=self.service_area,
            started_at=dt.datetime.combine(line.work_date, line.started, zone),
            ended_at=dt.datetime.combine(ends_on, line.ended, zone),
            note=self.note,
            ticket=self.ticket,
        )


def read(actor: Actor, text: str, *, ticket: Ticket | None = None) -> Reading:
    """Read a line such as "1h30 ACM-42 checked the index"; `ticket` is what it is about where the page says so.

    Raises DomainError with a sentence that says what to write instead.
    """
    line = quick_line(text)
    if ticket is None or (line.reference and line.reference != ticket.reference):
        engagement, found, note = work_on(actor, line.reference, line.note, line.work_date)
    else:
        engagement, found, note = engagement_of(actor, ticket, line.work_date), ticket, line.note
    refuse_long(note)
    terms = engagement.terms.in_force(line.work_date).first() or engagement.terms.order_by("starts_on").first()
    minutes = burn_minutes(billed_minutes(line.seconds, terms.as_rules()), "included") if terms else line.seconds // 60
    takes = period_taking(engagement, line.work_date)
    balance = balance_in(takes, today=timezone.localdate()) if takes else None
    is_late = takes is not None and not takes.covers(line.work_date)
    return Reading(line, engagement, found, note, minutes, balance, actor.time_zone, is_late)


def quick_line(text: str) -> QuickLine:
    """The parsed line; what cannot be read is refused in the reader's language."""
    try:
        return read_line(text, today=timezone.localdate())
    except Unreadable as error:
        raise Unclear(gettext(error.sentence) % error.params, field="line") from error


def duration_of(text: str) -> Duration:
    """A duration by itself. Raises Unclear."""
    try:
        return parse_duration(text)
    except Unreadable as error:
        raise Unclear(gettext(error.sentence) % error.params) from error


def read_subject(actor: Actor, text: str) -> tuple[Engagement, Ticket | None, str]:
    """What a timer is started on: a reference or a client's code, and a note; a duration before it is left aside."""
    words = text.strip()
    if words and not _SUBJECT.match(words):
        words = _after_duration(words)
    found = _SUBJECT.match(words)
    reference = found["reference"] if found else None
    engagement, ticket, note = work_on(actor, reference.upper() if reference else None, words[len(reference) :] if reference else words)
    refuse_long(note)
    return engagement, ticket, note


def refuse_long(note: str) -> None:
    """A note is a line of a statement. Raises Unclear for a longer one."""
    if len(note) > LONGEST_NOTE:
        raise Unclear(
            gettext("The note is longer than %(most)d characters. Say the rest on the ticket.") % {"most": LONGEST_NOTE}, field="line"
        )


def _after_duration(words: str) -> str:
    line = quick_line(words)
    return f"{line.reference} {line.note}" if line.reference else line.note


def work_on(actor: Actor, reference: str | None, note: str, day: dt.date | None = None) -> tuple[Engagement, Ticket | None, str]:
    """The retainer of a day, today's where none is given, and the ticket that a reference names; without one, the client whose code
    begins the note. Raises Unclear.
    """
    if reference:
        ticket = Ticket.objects.visible_to(actor).filter(reference=reference).select_related("client").first()
        if ticket is None:
            raise Unclear(gettext("No ticket is called %(reference)s. Look it up under Tickets.") % {"reference": reference}, field="line")
        return engagement_of(actor, ticket, day), ticket, note.strip()
    code, _, rest = note.strip().partition(" ")
    engagement = youngest_running(Engagement.objects.visible_to(actor).filter(client__code=code), day) if code.isupper() else None
    if engagement is None:
        raise Unclear(_say_on_what(actor, code), field="line")
    return engagement, None, rest.strip()


def example_code(actor: Actor) -> str:
    """The code of a client that there is, for examples."""
    return Client.objects.visible_to(actor).in_care().order_by("name").values_list("code", flat=True).first() or "ACM"


def _say_on_what(actor: Actor, word: str) -> str:
    """What to write instead of a word that names no client with a retainer: its day, its code, or an example."""
    if word[:3].casefold() in MONTHS:
        return gettext("Write the day first, as %(day)s, yesterday or a weekday; then how long, and on what.") % {
            "day": timezone.localdate()
        }
    meant = Client.objects.visible_to(actor).in_care().filter(Q(code__iexact=word) | Q(name__istartswith=word)).order_by("name").first()
    if len(word) > 1 and meant:
        if word == meant.code:
            return gettext("%(client)s has no retainer that runs today.") % {"client": meant.name}
        return gettext("%(client)s is written %(code)s: 1h30 %(code)s, then what was done.") % {"client": meant.name, "code": meant.code}
    return gettext("Say on what: a ticket like %(code)s-1, or the client's code like %(code)s.") % {"code": example_code(actor)}


def engagement_of(actor: Actor, ticket: Ticket, day: dt.date | None = None) -> Engagement:
    """The retainer that pays for work of a day on a ticket, today's where none is given. Raises Unclear."""
    try:
        return retainer_of_ticket(actor, ticket, day)
    except NoRetainer as error:
        raise Unclear(error.sentence, field="line") from error
