"""What past periods would have come to under other terms, for the talk about a renewal. Nothing is written."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from billing import policies
from billing.models import Lot, Period, Posting, TimeEntry
from billing.models.ledger import as_entry
from billing.models.ledger_rows import in_order_of_work, versions_of
from billing.rules import movements
from billing.rules.replay import Before, Lived, Outcomes, left_by, replay, under
from engagements.actions.promising import hold_to_places
from engagements.models import Engagement, Pause
from engagements.rules import Span, Terms
from figures.currencies import places_of

MOST_VARIANTS = 3
MOST_PERIODS = 24


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same periods as they were agreed, and under each variant, in the order asked."""

    in_force: Outcomes
    variants: list[Outcomes]

    @property
    def spans(self) -> list[Span]:
        return [each.span for each in self.in_force.periods]


def replay_periods(*, actor: Actor, engagement: Engagement, variants: Sequence[Terms], periods: int = 6) -> Comparison:
    """The last periods of a retainer that have ended, as they were agreed and under other terms; nine queries.

    Periods stay as long as they were, and minutes stay as they were rounded and weighted; hours, fee, expiry, borrowing and what
    happens to hours over are those of the variant. Where none has ended, the open ones are replayed as if they closed now. What the
    periods before left is taken over alike. Raises NotAllowed, TooManyPlaces, and Conflict for too many variants or periods.
    """
    if not policies.may_replay(actor, engagement):
        raise NotAllowed(_("Only the people of this engagement compare its terms."))
    if not 1 <= len(variants) <= MOST_VARIANTS:
        raise Conflict(_("Compare with one to three variants."), field="variants")
    if not 1 <= periods <= MOST_PERIODS:
        raise Conflict(_("Replay 1 to 24 periods."), field="periods")
    versions, replayed = versions_of(engagement), _replayed(engagement, periods)
    lived = _lived(engagement, replayed)
    shown = lived[-periods:]
    for terms in variants:
        hold_to_places(terms, engagement.currency)
    places = places_of(engagement.currency)
    if replayed and replayed[0].closed_at is not None:
        before = _as_closed_before(engagement, replayed[0])
    else:
        before = left_by(versions, lived, len(lived) - len(shown), _consents(engagement))
    agreed = replay(versions, shown, before=before, places=places)
    return Comparison(agreed, [replay(*under(terms, shown), before=before, places=places) for terms in variants])


def _replayed(engagement: Engagement, periods: int) -> list[Period]:
    """The last of the periods that have ended, in order, or all open ones where none has."""
    promised = engagement.periods.of_the_promise()
    ended = list(promised.closed().order_by("-starts_on")[:periods])
    return ended[::-1] or list(promised.order_by("starts_on"))


def _lived(engagement: Engagement, periods: Sequence[Period]) -> list[Lived]:
    entries = defaultdict(list)
    for entry in in_order_of_work(TimeEntry.objects.burning().filter(period__in=periods)):
        entries[entry.period_id].append(as_entry(entry))
    lots = _given(engagement, periods)
    pauses = tuple(pause.span for pause in Pause.objects.of(engagement))
    return [
        Lived(
            Span(period.starts_on, period.ends_on),
            tuple(lots[period.pk]),
            tuple(entries[period.pk]),
            pauses,
            is_last=engagement.ends_on is not None and engagement.ends_on <= period.ends_on,
        )
        for period in periods
    ]


def _as_closed_before(engagement: Engagement, first: Period) -> Before:
    """What the closes before a closed period left to it, as it took it over: their own history is not read."""
    opening = Posting.objects.standing().filter(period=first, kind=Posting.Kind.OPENING).exclude(lot=None).select_related("lot")
    carried = [replace(_as_given(posting.lot), minutes=posting.minutes, is_carried=True) for posting in opening if posting.lot]
    last = engagement.periods.of_the_promise().filter(ends_on=first.starts_on).first()
    owed = last.borrowed_minutes + last.owed_minutes if last else 0
    return Before(tuple(carried), owed, tuple(_consents(engagement, before=first.starts_on)))


def _consents(engagement: Engagement, *, before: dt.date | None = None) -> list[movements.Authorisation]:
    """What the client said yes to, with what the closes of the periods before a day used of it."""
    return [each.as_rules() for each in engagement.authorisations.with_use(before=before)]


def _given(engagement: Engagement, periods: Sequence[Period]) -> dict[UUID, list[movements.Lot]]:
    """What was given besides the grants, whole: beside the closed period in which it was new, or the first that its life reaches."""
    found: dict[UUID, list[movements.Lot]] = defaultdict(list)
    besides = engagement.lots.exclude(kind=Lot.Kind.GRANT).order_by("usable_from", "pk")
    if periods and periods[0].closed_at is not None:
        for lot in besides.filter(period__in=periods):
            found[lot.period_id].append(_as_given(lot))  # type: ignore[index]  # it is one of these
        return found
    for lot in besides:
        home = next((period.pk for period in periods if lot.usable_from < period.ends_on), None)
        if home is not None and lot.usable_until > periods[0].starts_on:
            found[home].append(_as_given(lot))
    return found


def _as_given(lot: Lot) -> movements.Lot:
    return movements.Lot(
        id=str(lot.pk),
        minutes=lot.minutes,
        usable_from=lot.usable_from,
        usable_until=lot.usable_until,
        kind=lot.kind,  # type: ignore[arg-type]
        priority=lot.priority,
        scope=frozenset(lot.service_areas),
    )
