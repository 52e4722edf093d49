"""A statement goes to the client: from here on its period is never opened again."""

import datetime as dt
from calendar import monthrange

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor, MemberRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Membership, Person
from billing import policies
from billing.models import Statement
from engagements.models import Engagement
from events.actions import Telling, record, tell
from figures.text import hours


@transaction.atomic
def send_statement(*, actor: Actor, statement: Statement) -> Statement:
    """Tell those who pay and own that the statement is there. Sending it twice tells nobody again.

    Raises NotAllowed, and Conflict where a reopening superseded it, or where nobody would be told.
    """
    if not policies.may_close_periods(actor):
        raise NotAllowed(_("Only admins and leads send a statement."))
    Engagement.objects.select_for_update(no_key=True).get(pk=statement.engagement_id)
    held = Statement.objects.select_related("period", "engagement__client").get(pk=statement.pk)
    if held.superseded_at is not None:
        raise Conflict(_("The period was opened again, so this statement no longer stands. Send the one of its next close."))
    if held.sent_at is not None:
        return held
    told = readers_of(held)
    if not told:
        raise Conflict(_("Nobody there reads statements, so nobody would be told. Invite somebody, or give a contact the role billing."))
    held.sent_at = timezone.now()
    held.save(update_fields=["sent_at"])
    sent = record("statement.sent", actor=actor, about=held.period, statement=str(held.pk))
    tell(sent, told, about=held.period, compose=lambda _reader: _telling(held))
    return held


def readers_of(statement: Statement) -> list[Person]:
    """Whom a sent statement is told to: those of the client who pay and own; where there are none, those who approve there."""
    members = Membership.objects.active().filter(client_id=statement.client_id, person__left_at=None).select_related("person__user")
    paying = members.holding(MemberRole.BILLING) or members.holding(MemberRole.APPROVER)
    return [member.person for member in sorted(paying, key=lambda member: member.created_at)]


def _telling(statement: Statement) -> Telling:
    said, period = statement.document, statement.period
    facts = [
        (_("Hours of the period"), hours(said["opening"] + said["granted"] + said["adjusted"])),
        (_("Used"), hours(said["used"])),
        (_("Carried on"), hours(said["closing"])),
    ]
    return Telling(
        subject=_("Statement of hours, %(days)s") % {"days": days_of(period.starts_on, period.last_day)},
        sentences=(_("The period is closed. Its statement says where every minute went."),),
        facts=tuple(facts),
    )


def days_of(first: dt.date, last: dt.date) -> str:
    """A period as a sentence names it: "October 2026", or "15 October to 14 November 2026"."""
    if first.day == 1 and last == first.replace(day=monthrange(first.year, first.month)[1]):
        return date_format(first, "F Y")
    named = {"first": date_format(first, "j F" if first.year == last.year else "j F Y"), "last": date_format(last, "j F Y")}
    return _("%(first)s to %(last)s") % named
