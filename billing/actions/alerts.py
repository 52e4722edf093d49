"""Burn alerts: found by the write that crosses a threshold, repaired by the sweep, told once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count, Max

from accounts.actors import Actor, MemberRole, StaffRole, system
from accounts.models import Membership, Person
from billing.actions.wording import telling_of
from billing.models import BurnAlert, Period
from billing.models.ledger import Balance
from billing.models.ledger_rows import versions_of
from billing.rules.alerts import Episode, firings, is_worth_telling, reached, tells_again
from engagements.models import Engagement
from engagements.rules import Terms
from events.actions import News, Telling, happened, record_all, tell_all
from events.models import Event

ALERTING = system("burn alerts")
CHUNK = 200  # retainers whose locks are held at once
log = structlog.get_logger(__name__)

type Known = defaultdict[tuple[UUID, str], list[Episode]]


@dataclass(frozen=True, slots=True)
class Burning:
    """A retainer under its lock, periods of it whose use may have reached something, and its terms in order."""

    retainer: Engagement
    periods: list[Period]
    versions: Sequence[Terms]

    def worth_asking(self) -> list[Period]:
        """The periods whose use reached anything at all; what was told before need not be asked of the others."""
        return [period for period in self.periods if _may_owe(period, self.versions)]


def raise_burn_alerts(*, actor: Actor, burning: Sequence[Burning]) -> list[BurnAlert]:
    """Write down what these periods newly reached (thresholds, the first minute over, hours that an end calls in) and tell people.

    Of several thresholds they are told of the highest. Call it under the lock on each retainer. Twice is the same as once: the
    unique constraint of an episode says so.
    """
    asked = [(each, period) for each in burning for period in each.worth_asking()]
    known = known_of([period for _, period in asked])
    raised = []
    for each, period in asked:
        terms = _terms_of(period, each.versions)
        if terms is not None:
            fired = _fired(period, terms.thresholds, known[period.pk, BurnAlert.Kind.BURN])
            raised += [(alert, each.retainer) for alert in (*fired, *_of_overage(period, known, is_superseded=bool(fired)))]
    raised += _of_debts([(each, period) for each in burning for period in each.periods if period.unrepaid_minutes])
    announce(raised, actor=actor)
    return [alert for alert, _ in raised]


def known_of(periods: Sequence[Period]) -> Known:
    """What people were told of these periods before."""
    known: Known = defaultdict(list)
    for before in BurnAlert.objects.filter(period__in=periods) if periods else ():
        known[before.period_id, before.kind].append(Episode(before.percent, before.episode, before.used_minutes, before.capacity_minutes))
    return known


def _terms_of(period: Period, versions: Sequence[Terms]) -> Terms | None:
    return next((terms for terms in reversed(versions) if terms.starts_on < period.ends_on), None)


def _may_owe(period: Period, versions: Sequence[Terms]) -> bool:
    terms = _terms_of(period, versions)
    if terms is None or period.is_history or not period.used_minutes:
        return False
    used, capacity = period.used_minutes, period.capacity_minutes
    return not capacity or period.over_minutes > 0 or bool(reached(terms.thresholds, used_minutes=used, capacity_minutes=capacity))


def _fired(period: Period, thresholds: Sequence[int], known: Sequence[Episode]) -> list[BurnAlert]:
    fired = firings(thresholds, used_minutes=period.used_minutes, capacity_minutes=period.capacity_minutes, episodes=known)
    return [
        BurnAlert(
            client_id=period.client_id,
            period=period,
            percent=firing.threshold,
            episode=firing.number,
            used_minutes=period.used_minutes,
            capacity_minutes=period.capacity_minutes,
            is_superseded=firing.is_superseded,
        )
        for firing in fired
    ]


def _of_overage(period: Period, known: Known, *, is_superseded: bool) -> list[BurnAlert]:
    """The first minute that no lot covers and that is not borrowed; a threshold reached in the same moment speaks for it."""
    beyond = period.overage_minutes + period.unauthorised_minutes + period.absorbed_minutes
    if not beyond or not period.capacity_minutes:
        return []
    return once(period, BurnAlert.Kind.OVERAGE, known, minutes=beyond, is_superseded=is_superseded)


def _of_debts(asked: Sequence[tuple[Burning, Period]]) -> list[tuple[BurnAlert, Engagement]]:
    """What was borrowed before and an end calls in: told once a period, and anew where it became more. One query."""
    before = BurnAlert.objects.filter(period__in=[period for _, period in asked], kind=BurnAlert.Kind.CALLED_IN).order_by()
    counted = before.values("period").annotate(most=Max("minutes"), times=Count("pk")) if asked else ()
    told = {each["period"]: (each["most"], each["times"]) for each in counted}
    raised = []
    for each, period in asked:
        most, times = told.get(period.pk, (0, 0))
        if period.unrepaid_minutes > most:
            alert = _alert(period, BurnAlert.Kind.CALLED_IN, episode=times + 1, minutes=period.unrepaid_minutes)
            raised.append((alert, each.retainer))
    return raised


def ends_over(balance: Balance) -> bool:
    """Whether people are told that a period will end over at this pace."""
    return is_worth_telling(
        balance.pace, used_minutes=balance.used_minutes, capacity_minutes=balance.capacity_minutes, day=balance.days_gone
    )


def _may_tell(period: Period, kind: str, known: Known) -> bool:
    return tells_again(max(known[period.pk, kind], default=None, key=lambda each: each.number), period.capacity_minutes)


def once(period: Period, kind: BurnAlert.Kind, known: Known, **values: Any) -> list[BurnAlert]:
    """The next episode of what has no threshold, unless it was told of already."""
    if not _may_tell(period, kind, known):
        return []
    return [_alert(period, kind, episode=len(known[period.pk, kind]) + 1, **values)]


def _alert(period: Period, kind: BurnAlert.Kind, **values: Any) -> BurnAlert:
    return BurnAlert(
        client_id=period.client_id,
        period=period,
        kind=kind,
        used_minutes=period.used_minutes,
        capacity_minutes=period.capacity_minutes,
        **values,
    )


def announce(raised: Sequence[tuple[BurnAlert, Engagement]], *, actor: Actor) -> None:
    """Write alerts with their events, and a notice for everybody who is told; a superseded one is told by the higher.

    `actor` is who caused them. The statements are as many for a thousand alerts as for one.
    """
    if not raised:
        return
    BurnAlert.objects.bulk_create([alert for alert, _ in raised])
    events = [_event(alert, actor) for alert, _ in raised]
    record_all(events, actor=ALERTING)
    told = [(event, alert, retainer) for event, (alert, retainer) in zip(events, raised, strict=True) if not alert.is_superseded]
    admins = _admins() if told else []
    owners = _owners_of({alert.client_id for _, alert, _ in told if alert.kind != BurnAlert.Kind.LOW})
    tell_all(
        News(event, [*_with_lead(retainer, admins), *_owners_told(alert, owners)], alert.period, _composer(alert, retainer))
        for event, alert, retainer in told
    )


def _event(alert: BurnAlert, actor: Actor) -> Event:
    return happened(
        "alert.raised",
        actor=ALERTING,
        about=alert,
        is_public=alert.kind != BurnAlert.Kind.LOW,
        kind=alert.kind,
        percent=alert.percent,
        episode=alert.episode,
        superseded=alert.is_superseded,
        caused_by=str(actor.person_id or ""),
    )


def _composer(alert: BurnAlert, retainer: Engagement) -> Callable[[Person], Telling]:
    return lambda _person: telling_of(alert, retainer, alert.period)


def who_is_told(retainer: Engagement) -> list[Person]:
    """The engagement's lead and the firm's admins, each once."""
    return _with_lead(retainer, _admins())


def _admins() -> list[Person]:
    return list(Person.objects.of_the_firm().filter(staff_role=StaffRole.ADMIN))


def _with_lead(retainer: Engagement, admins: Sequence[Person]) -> list[Person]:
    lead = [retainer.lead] if retainer.lead is not None and retainer.lead.left_at is None else []
    return list({person.pk: person for person in [*lead, *admins]}.values())


def _owners_of(client_ids: Collection[UUID]) -> dict[UUID, list[Person]]:
    """The owners of clients, who are told of hours that run out if they chose to be."""
    owners: dict[UUID, list[Person]] = defaultdict(list)
    members = Membership.objects.active().filter(client__in=client_ids, person__left_at=None, roles__contains=[MemberRole.OWNER])
    for member in members.select_related("person") if client_ids else ():
        owners[member.client_id].append(member.person)
    return owners


def _owners_told(alert: BurnAlert, owners: Mapping[UUID, list[Person]]) -> list[Person]:
    """That they get too little is ours to mend."""
    return [] if alert.kind == BurnAlert.Kind.LOW else owners.get(alert.client_id, [])


def sweep_burn_alerts() -> int:
    """Raise what a crash or a threshold agreed later left out; how many periods were found."""
    owing = sorted(Period.objects.without_alert_for_reached_threshold().values_list("engagement_id", "pk"))
    for some in batched(owing, CHUNK):
        try:
            _raise_what_is_owed(some)
        except Exception:  # noqa: BLE001 (then each by itself: one bad row never blocks the next)
            _raise_one_by_one(some)
    return len(owing)


def _raise_one_by_one(owing: Sequence[tuple[UUID, UUID]]) -> None:
    for each in owing:
        try:
            _raise_what_is_owed([each])
        except Exception as error:  # noqa: BLE001 (the next run finds it again)
            log.warning("an alert was not raised", period=str(each[1]), error=type(error).__name__)


@transaction.atomic
def _raise_what_is_owed(owing: Sequence[tuple[UUID, UUID]]) -> None:
    """Of retainers and their periods. What somebody holds is left to the next run.

    It waits for nobody while it holds many: whoever logs time for one of them would wait as long.
    """
    asked = Engagement.objects.filter(pk__in={engagement_id for engagement_id, _ in owing}).order_by("pk")
    retainers = (
        asked.select_related("client", "lead").prefetch_related("terms").select_for_update(no_key=True, skip_locked=True, of=("self",))
    )
    burning = {retainer.pk: Burning(retainer, [], versions_of(retainer)) for retainer in retainers}
    for period in Period.objects.filter(pk__in=[period_id for engagement_id, period_id in owing if engagement_id in burning]):
        burning[period.engagement_id].periods.append(period)
    raise_burn_alerts(actor=ALERTING, burning=list(burning.values()))
