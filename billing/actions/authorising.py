"""A client's yes to minutes beyond its hours: given, revoked, used up, and given after the close."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from billing import policies
from billing.actions.alerts import who_is_told
from billing.actions.charging import charge_overage
from billing.actions.projecting import project_open_periods
from billing.errors import NoOpenPeriod
from billing.models import Authorisation, Charge, Period
from billing.models.ledger import ProjectedPeriod
from billing.models.ledger_rows import versions_of
from billing.models.over import Unpaid, overs_of, waiting_of
from billing.rules.charges import overage_amount
from engagements.actions.promising import hold_amount
from engagements.models import Engagement
from engagements.rules import Terms
from events.actions import Telling, record, tell
from events.models import Event
from figures.currencies import places_of
from figures.text import hours, money_short

type Facts = tuple[tuple[str, str], ...]


@transaction.atomic
def authorise_overage(
    *,
    actor: Actor,
    engagement: Engagement,
    minutes_cap: int | None = None,
    money_cap: Decimal | None = None,
    valid_until: dt.date | None = None,
    note: str = "",
    waiting_in: Period | None = None,
) -> Authorisation:
    """Say yes for the client to minutes beyond its hours, within the approver's limit. Minutes not authorised so far follow at once.

    `valid_until` is the first day whose work it no longer covers. Held against the limit, minutes cost the highest rate that
    work of an open period can have. A yes to what is `waiting_in` a period answers that and nothing more: it holds for no more minutes
    than wait there by now, and said twice, the second is refused. Raises NotAllowed, and Conflict for a yes without a limit or for
    closed days only.
    """
    _refuse_boundless(minutes_cap, money_cap)
    with scope.system("authorise overage"):
        retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).whose_hours(engagement.pk).get()
        if waiting_in is not None:
            minutes_cap = _held_to(waiting_in, retainer, minutes_cap)
        _refuse_over(retainer, valid_until)
        sentence = _("An amount in %(currency)s has fewer decimals. Write one like %(amount)s.")
        hold_amount(money_cap, retainer.currency, sentence, field="money_cap")
        versions = versions_of(retainer)
        worth = _Worth(highest_rate(retainer, versions), places_of(retainer.currency))
        _refuse_beyond_limit(actor, retainer, worth.of(minutes_cap, money_cap), _still_said(actor, retainer, worth))
        given = Authorisation.objects.create(
            client_id=retainer.client_id,
            engagement=retainer,
            minutes_cap=minutes_cap,
            money_cap=money_cap,
            valid_until=valid_until,
            note=note.strip()[:200],
            given_by_id=_person(actor),
        )
        event = record("overage.authorised", actor=actor, about=given, engagement=str(retainer.pk), minutes=minutes_cap or 0)
        projected = project_open_periods(retainer, actor=actor, versions=versions)
        _tell(event, actor, retainer, projected[0].period if projected else retainer, lambda: _limits(given, retainer))
    return given


@transaction.atomic
def revoke_authorisation(*, actor: Actor, authorisation: Authorisation) -> Authorisation:
    """Take a yes back from now on: what was used of it stays authorised. Raises NotAllowed, and Conflict the second time."""
    if not policies.may_authorise_overage(actor, authorisation.client_id):
        raise NotAllowed(_("Only an approver or owner of the client takes an authorisation back."))
    with scope.system("authorise overage"):
        retainer = Engagement.objects.select_for_update(no_key=True).get(pk=authorisation.engagement_id)
        standing = Authorisation.objects.with_use().get(pk=authorisation.pk)
        if standing.revoked_at is not None:
            raise Conflict(_("It was taken back already."))
        projected = project_open_periods(retainer, actor=actor)
        standing.kept_minutes = _used(standing, projected)
        standing.revoked_at, standing.revoked_by_id = timezone.now(), actor.person_id
        standing.save(update_fields=["kept_minutes", "revoked_at", "revoked_by"])
        record("authorisation.revoked", actor=actor, about=standing, kept_minutes=standing.kept_minutes)
        project_open_periods(retainer, actor=actor)
    return standing


@transaction.atomic
def authorise_closed_overage(*, actor: Actor, period: Period, minutes: int | None = None) -> list[Charge]:
    """Say yes after the close to minutes that were not authorised, all of them or the first so many.

    They become a charge of the open period, one for each rate, that names the closed one. Said in parts they cost what one yes costs.

    Raises NotAllowed, NoOpenPeriod, and Conflict where so many are not left or no rate was agreed.
    """
    with scope.system("authorise overage"):
        retainer = Engagement.objects.select_for_update(no_key=True).get(pk=period.engagement_id)
        closed = retainer.periods.of_the_promise().closed().filter(pk=period.pk).first()
        if closed is None:
            raise Conflict(_("The period is open: authorise the hours over instead."))
        waiting = waiting_of(closed)
        wanted = _first_minutes(waiting.by_rate, minutes)
        lines = [(rate, part) for rate, part in wanted.items() if rate is not None]
        if len(lines) < len(wanted):
            raise Conflict(_("No rate was agreed for these hours. Agree terms with one first."))
        cost = sum((waiting.cost_of(part, rate) for rate, part in lines), Decimal(0))
        late = Charge.objects.filter(concerns=closed, kind=Charge.Kind.OVERAGE, made_by_id=_person(actor))
        _refuse_beyond_limit(actor, retainer, cost, late.aggregate(all=Sum("amount", default=Decimal(0)))["all"])
        open_one = retainer.periods.of_the_promise().open().order_by("starts_on").first()
        if open_one is None:
            raise NoOpenPeriod(_("No period is open any more that could carry the charge. Open the last one again."))
        charges = [
            charge_overage(
                actor=actor,
                engagement=retainer,
                minutes=part,
                rate=rate,
                charged=waiting.charged.get(rate, 0),
                incurred_on=closed.last_day,
                period=open_one,
                concerns=closed,
            )
            for rate, part in lines
        ]
        minutes_in_all = sum(part for _rate, part in lines)
        event = record("overage.authorised_late", actor=actor, about=closed, minutes=minutes_in_all)
        _tell(event, actor, retainer, closed, lambda: ((_("Hours"), hours(minutes_in_all)),))
    return charges


def highest_rate(retainer: Engagement, versions: Sequence[Terms]) -> Decimal | None:
    """The most that an hour over can cost in the open periods and those to come; None where no rate is agreed."""
    oldest = retainer.periods.of_the_promise().open().order_by("starts_on").values_list("starts_on", flat=True).first()
    since = oldest or timezone.localdate()
    rates = [terms.overage_rate for terms in versions if (terms.ends_on or dt.date.max) > since and terms.overage_rate is not None]
    return max(rates, default=None)


def _first_minutes(left: Unpaid, minutes: int | None) -> Unpaid:
    in_all = sum(left.values())
    if not in_all or (minutes is not None and not 0 < minutes <= in_all):
        raise Conflict(
            _("%(minutes)s minutes of this period are not authorised. Choose up to as many.") % {"minutes": in_all}, field="minutes"
        )
    rest, wanted = in_all if minutes is None else minutes, {}
    for rate, there in left.items():
        wanted[rate] = min(there, rest)
        rest -= wanted[rate]
    return {rate: part for rate, part in wanted.items() if part}


def _held_to(period: Period, retainer: Engagement, minutes_cap: int | None) -> int:
    """The minutes of a yes, or those that wait in the period where they are fewer; a yes is used for the earliest work first."""
    if period.engagement_id != retainer.pk:
        raise Conflict(_("Name a period of this engagement."), field="waiting_in")
    for each in overs_of(retainer).waiting:
        if each.period.pk == period.pk:
            return each.minutes if minutes_cap is None else min(minutes_cap, each.minutes)
        if each.period.starts_on < period.starts_on:
            told = {"hours": hours(each.minutes), "day": date_format(each.period.starts_on, "j F Y")}
            sentence = _("A yes goes to the earliest work first: %(hours)s of the period from %(day)s wait too. Answer those first.")
            raise Conflict(sentence % told, field="waiting_in")
    if period.closed_at is not None:
        raise Conflict(_("The period is closed: say yes on its own page, and it is charged with the open one."), field="waiting_in")
    raise Conflict(_("Nothing waits for a yes any more: it was given already."), field="waiting_in")


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise NotAllowed(_("A yes is somebody's: only a person of the client gives it."))
    return actor.person_id


def _refuse_over(retainer: Engagement, valid_until: dt.date | None) -> None:
    """A yes may look back as far as the open periods reach, and no further: it would cover nothing."""
    first = retainer.periods.of_the_promise().open().order_by("starts_on").first()
    if valid_until is not None and first is not None and valid_until <= first.starts_on:
        sentence = _("The periods before %(day)s are closed: the yes would cover nothing. Choose a later end, or none.")
        raise Conflict(sentence % {"day": date_format(first.starts_on, "j F Y")}, field="valid_until")


def _refuse_boundless(minutes_cap: int | None, money_cap: Decimal | None) -> None:
    if minutes_cap is None and money_cap is None:
        raise Conflict(_("Say how many minutes, how much money, or both."), field="minutes_cap")
    for field, cap in (("minutes_cap", minutes_cap), ("money_cap", money_cap)):
        if cap is not None and cap <= 0:
            raise Conflict(_("A limit is above zero."), field=field)


@dataclass(frozen=True, slots=True)
class _Worth:
    """What minutes may cost at most: the highest rate, in the places of the currency."""

    rate: Decimal | None
    places: int

    def of(self, minutes: int | None, money: Decimal | None) -> Decimal | None:
        """The most that a yes may cost; None where nobody can say."""
        by_time = overage_amount(minutes, self.rate, self.places) if minutes is not None and self.rate is not None else None
        return min((worth for worth in (by_time, money) if worth is not None), default=None)


def _still_said(actor: Actor, retainer: Engagement, worth: _Worth) -> Decimal:
    """What the approver said yes to since the oldest open period began, and did not take back: a limit is not passed in parts."""
    oldest = retainer.periods.of_the_promise().open().order_by("starts_on").first()
    said = retainer.authorisations.filter(given_by_id=_person(actor), revoked_at=None)
    if oldest is not None:
        said = said.filter(given_at__date__gte=oldest.starts_on)
    return sum((worth.of(given.minutes_cap, given.money_cap) or Decimal(0) for given in said), Decimal(0))


def _refuse_beyond_limit(actor: Actor, retainer: Engagement, worth: Decimal | None, already: Decimal) -> None:
    if not policies.may_authorise_overage(actor, retainer.client_id):
        raise NotAllowed(_("Only an approver or owner of the client authorises hours over."))
    limit = policies.approves_up_to(actor, retainer.client_id)
    if limit is not None and (worth is None or worth > limit):
        raise NotAllowed(_("That is more than you may approve at once. Ask an owner of the client."))
    if limit is not None and worth is not None and worth + already > limit:
        raise NotAllowed(_("With what you said yes to already, that is more than you may approve. Ask an owner of the client."))


def _limits(given: Authorisation, retainer: Engagement) -> Facts:
    caps = (
        hours(given.minutes_cap) if given.minutes_cap else "",
        money_short(given.money_cap, retainer.currency) if given.money_cap else "",
    )
    return tuple((_("At most"), cap) for cap in caps if cap)


def _tell(event: Event, actor: Actor, retainer: Engagement, about: Period | Engagement, facts: Callable[[], Facts]) -> None:
    """The lead and the admins learn that there is a yes."""
    names = {"client": retainer.client.name, "name": actor.name}

    def compose(_reader: Person) -> Telling:
        """Anew for each reader's language."""
        return Telling(
            subject=_("%(client)s authorised hours over") % names,
            sentences=(_("%(name)s said yes to hours beyond those agreed.") % names,),
            facts=facts(),
        )

    tell(event, who_is_told(retainer), about=about, compose=compose)


def _used(given: Authorisation, projected: Sequence[ProjectedPeriod]) -> int:
    states = projected[-1].projection.authorisations if projected else ()
    return next((state.used_minutes for state in states if state.authorisation.id == given.pk), given.closed_minutes)  # type: ignore[attr-defined]
