"""What past periods would have come to under other terms, for the talk about a renewal. Nothing is written."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from billing import policies
from billing.models import Lot, Period, TimeEntry
from billing.models.ledger import as_entry
from billing.models.ledger_rows import in_order_of_work, versions_of
from billing.rules import movements
from billing.rules.replay import Lived, Outcomes, left_by, replay, under
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
    """The last periods of a retainer that have ended, as they were agreed and under other terms; six queries.

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
    versions, lived = versions_of(engagement), _lived(engagement)
    shown = lived[-periods:]
    for terms in variants:
        hold_to_places(terms, engagement.currency)
    places = places_of(engagement.currency)
    before = left_by(versions, lived, len(lived) - len(shown), _consents(engagement))
    agreed = replay(versions, shown, before=before, places=places)
    return Comparison(agreed, [replay(*under(terms, shown), before=before, places=places) for terms in variants])


def _lived(engagement: Engagement) -> list[Lived]:
    """Every period of the promise that has ended, in order, or the open ones where none has."""
    found = list(engagement.periods.of_the_promise().order_by("starts_on"))
    ended = [period for period in found if period.closed_at is not None]
    ended = ended or found
    entries = defaultdict(list)
    for entry in in_order_of_work(TimeEntry.objects.burning().filter(period__in=ended)):
        entries[entry.period_id].append(as_entry(entry))
    lots = _given(engagement, ended)
    pauses = tuple(pause.span for pause in Pause.objects.of(engagement))
    return [
        Lived(
            Span(period.starts_on, period.ends_on),
            tuple(lots[period.pk]),
            tuple(entries[period.pk]),
            pauses,
            is_last=engagement.ends_on is not None and engagement.ends_on <= period.ends_on,
        )
        for period in ended
    ]


def _consents(engagement: Engagement) -> list[movements.Authorisation]:
    """What the client said yes to, before any of it was used."""
    given = (each.as_rules() for each in engagement.authorisations.with_use())
    return [replace(each, used_minutes=0, used_money=Decimal(0)) for each in given]


def _given(engagement: Engagement, periods: Sequence[Period]) -> dict[UUID, list[movements.Lot]]:
    """What was given besides the grants, whole, beside the first period that its life reaches."""
    found: dict[UUID, list[movements.Lot]] = defaultdict(list)
    for lot in engagement.lots.exclude(kind=Lot.Kind.GRANT).order_by("usable_from", "pk"):
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
