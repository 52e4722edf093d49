"""The end of a retainer, held against what it calls in: nobody ends one without having read what becomes of borrowed hours."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from billing.actions.wording import sentences_of
from billing.errors import DebtCalledIn
from billing.models.debt import Debt, debt_at_the_end
from engagements.actions import end_engagement
from engagements.models import Engagement


def preview_end(*, actor: Actor, engagement: Engagement, ends_on: dt.date, reason: str, by_agreement: bool = False) -> Debt | None:
    """What such an end would call in; nothing is kept. Raises as `end_engagement`."""
    with transaction.atomic():
        ended = end_engagement(actor=actor, engagement=engagement, ends_on=ends_on, reason=reason, by_agreement=by_agreement)
        debt = debt_at_the_end(ended)
        transaction.set_rollback(True)
    return debt


@transaction.atomic
def end_as_read(
    *, actor: Actor, engagement: Engagement, ends_on: dt.date, reason: str, by_agreement: bool = False, called_in: int | None = None
) -> Engagement:
    """End an engagement that calls in as many borrowed minutes as whoever ends it has read (`called_in`; None: however many).

    Raises as `end_engagement`, and DebtCalledIn with the minutes where those that were read are others.
    """
    ended = end_engagement(actor=actor, engagement=engagement, ends_on=ends_on, reason=reason, by_agreement=by_agreement)
    debt = debt_at_the_end(ended)
    if debt is not None and called_in is not None and debt.minutes != called_in:
        told = [*sentences_of(debt), _("End it once more if that is meant, or choose a later day.")]
        raise DebtCalledIn(" ".join(told), field="ends_on", minutes=debt.minutes)
    return ended
