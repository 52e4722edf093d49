"""The firm asks a client for its yes to hours over, and the client may say no."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor, MemberRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Membership, Person
from billing import policies
from billing.actions.alerts import who_is_told
from billing.models import Period
from billing.models.over import ASKED, DECLINED, Waiting, noes_to, waiting_of
from engagements.models import Engagement
from events.actions import Telling, record, tell
from events.models import Event
from figures.text import hours, money_short

ASKS_AGAIN_AFTER = dt.timedelta(hours=24)


@transaction.atomic
def ask_overage(*, actor: Actor, period: Period) -> Waiting:
    """Ask those of the client who may say yes to what a period used without one, at most once a day.

    Raises NotAllowed, and Conflict where nothing waits, nobody may say yes to so much, or it was asked or declined within a day.
    """
    if not policies.may_ask_overage(actor, period.engagement):
        raise NotAllowed(_("Only those who work for a client ask it for its yes."))
    with scope.system("ask for a yes"):
        retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("client").get(pk=period.engagement_id)
        if too_soon := why_not_yet(period):
            raise Conflict(too_soon)
        waiting = waiting_of(retainer.periods.get(pk=period.pk))
        if not waiting.minutes:
            raise Conflict(_("Nothing of this period waits for a yes."))
        people = who_may_say_yes(waiting)
        if not people:
            raise Conflict(_("Nobody at %(client)s may say yes to so much. Give somebody the role and a limit first.") % _names(retainer))
        event = record(ASKED, actor=actor, about=period, minutes=waiting.minutes)
        tell(event, people, about=period, compose=lambda _person: _telling(actor, retainer, waiting))
    return waiting


@transaction.atomic
def decline_overage(*, actor: Actor, period: Period, minutes: int | None = None) -> Waiting:
    """Say no for the client to what a period used without a yes: not billed, and not asked about until the firm asks anew or more waits.

    `minutes` are those that whoever says it has read: a no holds for what was shown, so it is refused where others wait by now.
    Raises NotAllowed, and Conflict where nothing waits, the no was said already or was said to other minutes.
    """
    if not policies.may_authorise_overage(actor, period.client_id):
        raise NotAllowed(_("Only an approver or owner of the client answers for hours over."))
    with scope.system("decline hours over"):
        retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("client").get(pk=period.engagement_id)
        waiting = waiting_of(retainer.periods.get(pk=period.pk))
        if not waiting.minutes:
            raise Conflict(_("Nothing of this period waits for a yes."))
        if noes_to(actor, [waiting]):
            raise Conflict(_("It was declined already."))
        _refuse_unread(waiting, minutes)
        event = record(DECLINED, actor=actor, about=period, minutes=waiting.minutes)
        tell(event, who_is_told(retainer), about=period, compose=lambda _person: _no(actor, retainer, waiting))
    return waiting


def _refuse_unread(waiting: Waiting, minutes: int | None) -> None:
    if minutes is not None and minutes != waiting.minutes:
        told = {"now": hours(waiting.minutes), "shown": hours(minutes)}
        sentence = _("%(now)s wait for a yes now, not the %(shown)s that you read. Nothing was declined: say yes or no to what waits now.")
        raise Conflict(sentence % told, field="minutes")


def why_not_yet(period: Period) -> str:
    """What was asked or answered within a day, for which nobody is asked anew; empty where they may be."""
    lately = Event.objects.about(period).filter(kind__in=(ASKED, DECLINED), at__gt=timezone.now() - ASKS_AGAIN_AFTER)
    last = lately.order_by("-pk").first()
    if last is None:
        return ""
    if last.kind == DECLINED:
        return _("They said no within a day. Write to them if it cannot wait.")
    return _("It was asked within a day. Write to them if it cannot wait.")


def who_may_say_yes(waiting: Waiting) -> list[Person]:
    """Those who approve for the client, up to what waits at least."""
    members = Membership.objects.active().holding(MemberRole.APPROVER).filter(client_id=waiting.period.client_id, person__left_at=None)
    found = members.select_related("person").order_by("created_at")
    amount = waiting.amount
    return [member.person for member in found if member.approves_up_to is None or (amount is not None and member.approves_up_to >= amount)]


def _names(retainer: Engagement) -> dict[str, str]:
    return {"client": retainer.client.name}


def _no(actor: Actor, retainer: Engagement, waiting: Waiting) -> Telling:
    words = {"name": actor.name, "client": retainer.client.name, "hours": hours(waiting.minutes)}
    return Telling(
        subject=_("%(client)s declined %(hours)s over") % words,
        sentences=(
            _("%(name)s said no to %(hours)s beyond the hours agreed.") % words,
            _("They are not billed. You can ask again after a day."),
        ),
        facts=((_("Hours over"), hours(waiting.minutes)),),
    )


def _telling(actor: Actor, retainer: Engagement, waiting: Waiting) -> Telling:
    words = {"name": actor.name, "hours": hours(waiting.minutes)}
    facts = [(_("Hours over"), hours(waiting.minutes))]
    if waiting.amount is not None:
        facts.append((_("They would cost"), money_short(waiting.amount, retainer.currency)))
    return Telling(
        subject=_("%(hours)s over wait for your yes") % words,
        sentences=(
            _("%(name)s asks you to authorise %(hours)s beyond the hours agreed.") % words,
            _("Without a yes they are not billed."),
        ),
        facts=tuple(facts),
    )
