"""Burn alerts: found by the write that crosses a threshold, repaired by the sweep, told once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from accounts.actors import Actor, MemberRole, StaffRole, system
from accounts.models import Membership, Person
from billing.actions.wording import telling_of
from billing.models import BurnAlert, Period
from billing.models.ledger import Balance
from billing.models.ledger_rows import versions_of
from billing.rules.alerts import Episode, firings, is_worth_telling, reached, tells_again
from engagements.models import Engagement
from engagements.rules import Terms
from events.actions import record, tell

ALERTING = system("burn alerts")
log = structlog.get_logger(__name__)

type Known = defaultdict[tuple[UUID, str], list[Episode]]


def raise_burn_alerts(*, actor: Actor, retainer: Engagement, periods: Sequence[Period], versions: Sequence[Terms]) -> list[BurnAlert]:
    """Write down what the use of these periods newly reached, thresholds and the first minute over, and tell people.

    Of several thresholds they are told of the highest. Call it under the lock on the retainer. Twice is the same as once: the
    unique constraint of an episode says so.
    """
    known: Known = defaultdict(list)
    worth_asking = [period for period in periods if _may_owe(period, versions)]
    for before in BurnAlert.objects.filter(period__in=worth_asking) if worth_asking else ():
        known[before.period_id, before.kind].append(Episode(before.percent, before.episode, before.used_minutes, before.capacity_minutes))
    alerts = []
    for period in worth_asking:
        terms = _terms_of(period, versions)
        if terms is not None:
            fired = _write(period, terms.thresholds, known[period.pk, BurnAlert.Kind.BURN])
            alerts += [*fired, *_of_overage(period, known, is_superseded=bool(fired))]
    for alert in alerts:
        announce(alert, retainer, alert.period, actor)
    return alerts


def _terms_of(period: Period, versions: Sequence[Terms]) -> Terms | None:
    return next((terms for terms in reversed(versions) if terms.starts_on < period.ends_on), None)


def _may_owe(period: Period, versions: Sequence[Terms]) -> bool:
    """Whether the use of a period has reached anything at all; what was told before need not be asked where it has not."""
    terms = _terms_of(period, versions)
    if terms is None or period.is_history or not period.used_minutes:
        return False
    used, capacity = period.used_minutes, period.capacity_minutes
    return not capacity or period.over_minutes > 0 or bool(reached(terms.thresholds, used_minutes=used, capacity_minutes=capacity))


def _write(period: Period, thresholds: Sequence[int], known: Sequence[Episode]) -> list[BurnAlert]:
    fired = firings(thresholds, used_minutes=period.used_minutes, capacity_minutes=period.capacity_minutes, episodes=known)
    return [
        BurnAlert.objects.create(
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
    return write_once(period, BurnAlert.Kind.OVERAGE, known, minutes=beyond, is_superseded=is_superseded)


def ends_over(balance: Balance) -> bool:
    """Whether people are told that a period will end over at this pace."""
    return is_worth_telling(
        balance.pace, used_minutes=balance.used_minutes, capacity_minutes=balance.capacity_minutes, day=balance.days_gone
    )


def _may_tell(period: Period, kind: str, known: Known) -> bool:
    return tells_again(max(known[period.pk, kind], default=None, key=lambda each: each.number), period.capacity_minutes)


def write_once(period: Period, kind: BurnAlert.Kind, known: Known, **values: Any) -> list[BurnAlert]:
    """The next episode of what has no threshold, unless it was told of already."""
    if not _may_tell(period, kind, known):
        return []
    return [
        BurnAlert.objects.create(
            client_id=period.client_id,
            period=period,
            kind=kind,
            episode=len(known[period.pk, kind]) + 1,
            used_minutes=period.used_minutes,
            capacity_minutes=period.capacity_minutes,
            **values,
        )
    ]


def announce(alert: BurnAlert, retainer: Engagement, period: Period, actor: Actor) -> None:
    """The event of an alert, and a notice for everybody who is told of it; a superseded one is told by the higher."""
    event = record(
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
    if not alert.is_superseded:
        owners = [] if alert.kind == BurnAlert.Kind.LOW else owners_of(retainer)  # that they get too little is ours to mend
        tell(event, [*who_is_told(retainer), *owners], about=period, compose=lambda _person: telling_of(alert, retainer, period))


def who_is_told(retainer: Engagement) -> list[Person]:
    """The engagement's lead and the firm's admins, each once."""
    admins = Person.objects.of_the_firm().filter(staff_role=StaffRole.ADMIN)
    lead = [retainer.lead] if retainer.lead is not None and retainer.lead.left_at is None else []
    return list({person.pk: person for person in [*lead, *admins]}.values())


def owners_of(retainer: Engagement) -> list[Person]:
    """The client's owners, who are told of hours that run out if they chose to be."""
    members = Membership.objects.active().filter(client_id=retainer.client_id, person__left_at=None, roles__contains=[MemberRole.OWNER])
    return [member.person for member in members.select_related("person")]


def sweep_burn_alerts() -> int:
    """Raise what a crash or a threshold agreed later left out; how many periods were looked after."""
    owing = list(Period.objects.without_alert_for_reached_threshold().values_list("pk", "engagement_id"))
    for period_id, engagement_id in owing:
        try:
            _raise_what_is_owed(period_id, engagement_id)
        except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; the next run finds it again)
            log.warning("an alert was not raised", period=str(period_id), error=type(error).__name__)
    return len(owing)


@transaction.atomic
def _raise_what_is_owed(period_id: UUID, engagement_id: UUID) -> None:
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement_id)
    periods = list(Period.objects.filter(pk=period_id))
    raise_burn_alerts(actor=ALERTING, retainer=retainer, periods=periods, versions=versions_of(retainer))
