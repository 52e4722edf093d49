"""Hours over as a client reads them: what waits for a yes, what it would cost, and every yes there was."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.actors import Actor
from billing import policies
from billing.models import Period
from billing.models.ledger import ProjectedPeriod
from billing.models.over import Waiting, asks_for_a_yes, noes_by_period, noes_to, overs_of, waiting_of
from engagements.models import Engagement
from engagements.policies import may_see_money
from engagements.rules import Terms
from events.models import Event
from look.consents import ShownConsent, shown_consents
from portal.turns import Turns

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class OverAsk:
    """Minutes of an open period that wait, with what a yes costs and whether the reader may give it."""

    waiting: Waiting
    engagement: Engagement
    amount: Decimal | None
    may_authorise: bool
    limit: Decimal | None
    declined: Event | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """The hours over of one period, as its page shows them."""

    ask: OverAsk | None
    consents: list[ShownConsent]
    may_authorise: bool
    reads_money: bool


def over_asks_of(actor: Actor) -> Turns[OverAsk]:
    """What an approver can say yes or no to now; nothing for those who approve nothing, and nothing that was declined."""
    if actor.client_id is None or not policies.may_authorise_overage(actor, actor.client_id):
        return Turns()
    open_ones = Period.objects.visible_to(actor).of_the_promise().open().waiting_for_a_yes().select_related("engagement")
    minutes = {
        each: each.unauthorised_minutes + each.unrepaid_unauthorised_minutes for each in open_ones.order_by("engagement", "starts_on")
    }
    declined = noes_by_period(actor, {each.pk: waits for each, waits in minutes.items()})
    asked = [each for each in minutes if each.pk not in declined]
    retainers = list({each.engagement_id: each.engagement for each in asked}.values())[:MOST_SHOWN]
    shown = [_ask(actor, each, waiting) for each in retainers for waiting in overs_of(each).waiting if waiting.period.pk not in declined]
    return Turns(shown, sum(each.engagement not in retainers for each in asked))


def over_of(
    actor: Actor, period: Period, versions: Sequence[Terms], projected: Sequence[ProjectedPeriod] | None, *, today: dt.date
) -> Over | None:
    """What the page of a period says of hours over; None where no terms ever asked for a yes."""
    retainer = period.engagement
    if period.is_history or not asks_for_a_yes(versions):
        return None
    found = overs_of(retainer, projected)
    waiting, reads = waiting_of(period, projected), may_see_money(actor)
    return Over(
        ask=_ask(actor, retainer, waiting, noes_to(actor, [waiting]).get(period.pk)) if waiting.minutes else None,
        consents=shown_consents(found.consents, currency=retainer.currency, today=today) if reads else [],
        may_authorise=policies.may_authorise_overage(actor, period.client_id),
        reads_money=reads,
    )


def _ask(actor: Actor, retainer: Engagement, waiting: Waiting, declined: Event | None = None) -> OverAsk:
    limit = policies.approves_up_to(actor, retainer.client_id)
    amount = waiting.amount
    may = policies.may_authorise_overage(actor, retainer.client_id)
    within = limit is None or (amount is not None and amount <= limit)
    return OverAsk(
        waiting, retainer, amount if may_see_money(actor) else None, may_authorise=may and within, limit=limit, declined=declined
    )
