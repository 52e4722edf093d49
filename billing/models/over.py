"""Hours over that wait for a client's yes, and how much of every yes is used."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Sum

from accounts.actors import Actor
from billing.models.charge import Charge
from billing.models.closing import Correction, Posting
from billing.models.consent import Authorisation
from billing.models.ledger import ProjectedPeriod, ledger_of
from billing.models.period import Period
from billing.rules.charges import overage_part
from billing.rules.movements import Coverage, Id, Unrepaid
from engagements.models import Engagement
from engagements.rules import Terms
from events.models import Event
from figures.currencies import places_of
from figures.rounding import half_up

ASKED, DECLINED = "overage.asked", "overage.declined"

type Unpaid = dict[Decimal | None, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Minutes of one period that nobody authorised, by the rate an hour at which they would be billed.

    `charged` are those of a closed one that somebody said yes to since, so that yeses in parts cost what one yes costs.
    """

    period: Period
    by_rate: Unpaid
    charged: Unpaid = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        return sum(self.by_rate.values())

    @property
    def lines(self) -> list[tuple[Decimal | None, int, Decimal | None]]:
        """Each rate with its minutes and what they cost in the places of the currency; None where no rate was agreed."""
        return [(rate, minutes, None if rate is None else self.cost_of(minutes, rate)) for rate, minutes in self.by_rate.items()]

    def cost_of(self, minutes: int, rate: Decimal) -> Decimal:
        return overage_part(minutes, rate, places_of(self.period.engagement.currency), charged=self.charged.get(rate, 0))

    @property
    def amount(self) -> Decimal | None:
        """What a yes to all of them would cost; None where no rate was agreed for some."""
        if None in self.by_rate:
            return None
        return sum((amount for _rate, _minutes, amount in self.lines if amount is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class Consent:
    """A client's yes with all that was ever used of it, in open periods too."""

    given: Authorisation
    used_minutes: int
    used_money: Decimal

    @property
    def left_minutes(self) -> int | None:
        """None where only money limits it."""
        most = self.given.most_minutes
        return None if most is None else max(most - self.used_minutes, 0)

    def is_standing(self, today: dt.date) -> bool:
        """Whether work of the day may still use it."""
        given = self.given
        spent = self.left_minutes == 0 or (given.money_cap is not None and self.used_money >= given.money_cap)
        return given.revoked_at is None and not spent and (given.valid_until is None or given.valid_until > today)


@dataclass(frozen=True, slots=True)
class Overs:
    """What of a retainer's open periods waits for a yes, period by period, and every yes there was, the latest first."""

    waiting: list[Waiting]
    consents: list[Consent]

    @property
    def minutes(self) -> int:
        return sum(each.minutes for each in self.waiting)


def overs_of(retainer: Engagement, projected: Sequence[ProjectedPeriod] | None = None) -> Overs:
    """One query where the open periods were projected already; else seven, or two where there is no yes and nothing waits."""
    given = list(retainer.authorisations.with_use().select_related("given_by", "revoked_by").order_by("-pk"))
    if projected is None:
        waits = bool(given) or retainer.periods.of_the_promise().open().waiting_for_a_yes().exists()
        projected = ledger_of(retainer) if waits else ()
    waiting = [Waiting(each.period, _unauthorised(each)) for each in projected]
    states = projected[-1].projection.authorisations if projected else ()
    used = {state.authorisation.id: (state.used_minutes, state.used_money) for state in states}
    return Overs([each for each in waiting if each.minutes], [_consent(each, used) for each in given])


def _consent(given: Authorisation, used: Mapping[Id, tuple[int, Fraction]]) -> Consent:
    before = given.as_rules()
    minutes, money = used.get(given.pk, (before.used_minutes, Fraction(before.used_money)))
    return Consent(given, minutes, _to_the_coin(money, places_of(given.engagement.currency)))


def waiting_after(periods: Iterable[Period]) -> dict[UUID, Waiting]:
    """What still waits of closed periods: less what corrections took back and what was charged since. Three queries in all."""
    found = {period.pk: period for period in periods if period.closed_at is not None and period.waiting_minutes}
    if not found:
        return {}
    left: dict[UUID, Unpaid] = defaultdict(dict)
    paid: dict[UUID, Unpaid] = defaultdict(dict)
    by_entry: dict[object, Decimal | None] = {}
    for posting in Posting.objects.standing().filter(period__in=found, kind=Posting.Kind.UNAUTHORISED).order_by("pk"):
        rates = left[posting.period_id]
        rates[posting.rate] = rates.get(posting.rate, 0) + posting.minutes
        by_entry[posting.entry_id] = posting.rate
    for correction in Correction.objects.filter(concerns__in=found, unauthorised_minutes__gt=0).select_related("entry"):
        left[correction.concerns_id][by_entry[correction.entry.corrects_id]] -= correction.unauthorised_minutes
    charged = Charge.objects.filter(concerns__in=found, kind=Charge.Kind.OVERAGE).order_by().values("concerns", "rate")
    for line in charged.annotate(all=Sum("minutes")):
        rates = left[line["concerns"]]
        rates[line["rate"]] = rates.get(line["rate"], 0) - line["all"]
        paid[line["concerns"]][line["rate"]] = line["all"]
    kept = {pk: {rate: minutes for rate, minutes in rates.items() if minutes > 0} for pk, rates in left.items()}
    return {pk: Waiting(found[pk], rates, paid[pk]) for pk, rates in kept.items() if rates}


def waiting_of(period: Period, projected: Sequence[ProjectedPeriod] | None = None) -> Waiting:
    """What of one period waits for a yes, open or closed; of nothing else it is nothing."""
    if period.closed_at is not None:
        return waiting_after([period]).get(period.pk) or Waiting(period, {})
    if not period.waiting_minutes:
        return Waiting(period, {})
    found = ledger_of(period.engagement) if projected is None else projected
    return next((Waiting(period, _unauthorised(each)) for each in found if each.period.pk == period.pk), Waiting(period, {}))


def noes_to(actor: Actor, waiting: Iterable[Waiting]) -> dict[UUID, Event]:
    """By period the client's no to all that waits of it: until the firm asks anew, or more waits than was declined. One query."""
    return noes_by_period(actor, {each.period.pk: each.minutes for each in waiting})


def noes_by_period(actor: Actor, minutes: Mapping[UUID, int]) -> dict[UUID, Event]:
    """The same, where how much waits of each period is known."""
    said = Event.objects.visible_to(actor).filter(about_type=Period._meta.label_lower, about_id__in=minutes, kind__in=(ASKED, DECLINED))
    last = said.select_related("person").order_by("about_id", "-pk").distinct("about_id") if minutes else ()
    return {each.about_id: each for each in last if each.kind == DECLINED and each.payload["minutes"] >= minutes[each.about_id]}


def asks_for_a_yes(versions: Iterable[Terms]) -> bool:
    """Whether hours over of a retainer wait for a yes, under any terms it had."""
    return any(terms.overage == "authorise" for terms in versions)


def unauthorised_left(period: Period) -> Unpaid:
    """What still waits of one closed period, by rate."""
    return waiting_of(period).by_rate


def _unauthorised(projected: ProjectedPeriod) -> Unpaid:
    by_rate: Unpaid = {}
    rows: tuple[Coverage | Unrepaid, ...] = (*projected.projection.unrepaid, *projected.projection.coverages)
    for row in rows:
        if row.kind == "unauthorised":
            by_rate[row.rate] = by_rate.get(row.rate, 0) + row.minutes
    return by_rate


def _to_the_coin(money: Fraction, places: int) -> Decimal:
    exact = money * 10**places
    return Decimal(half_up(exact.numerator, exact.denominator)).scaleb(-places)
