"""A statement goes to the client: from here on its period is never opened again."""

from django.db import transaction
from django.utils import timezone
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

    Raises NotAllowed, and Conflict where a reopening superseded it.
    """
    if not policies.may_close_periods(actor):
        raise NotAllowed(_("Only admins and leads send a statement."))
    Engagement.objects.select_for_update(no_key=True).get(pk=statement.engagement_id)
    held = Statement.objects.select_related("period", "engagement__client").get(pk=statement.pk)
    if held.superseded_at is not None:
        raise Conflict(_("The period was opened again, so this statement no longer stands. Send the one of its next close."))
    if held.sent_at is not None:
        return held
    held.sent_at = timezone.now()
    held.save(update_fields=["sent_at"])
    sent = record("statement.sent", actor=actor, about=held.period, statement=str(held.pk))
    tell(sent, _readers(held), about=held.period, compose=lambda _reader: _telling(held))
    return held


def _readers(statement: Statement) -> list[Person]:
    members = Membership.objects.active().holding(MemberRole.BILLING).filter(client_id=statement.client_id, person__left_at=None)
    return [member.person for member in members.select_related("person").order_by("created_at")]


def _telling(statement: Statement) -> Telling:
    said = statement.document
    facts = [
        (_("Hours of the period"), hours(said["opening"] + said["granted"] + said["adjusted"])),
        (_("Used"), hours(said["used"])),
        (_("Carried on"), hours(said["closing"])),
    ]
    return Telling(
        subject=_("Statement of hours, %(starts)s to %(last)s") % {"starts": said["starts_on"], "last": statement.period.last_day},
        sentences=(_("The period is closed. Its statement says where every minute went."),),
        facts=tuple(facts),
    )
