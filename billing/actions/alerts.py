"""Burn alerts: found by the write that crosses a threshold, repaired by the sweep, told once."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor, MemberRole, StaffRole, system
from accounts.models import Membership, Person
from billing.models import BurnAlert, Period
from billing.models.ledger import versions_of
from billing.rules.alerts import Episode, firings
from engagements.models import Engagement
from engagements.rules import Terms
from events.actions import Telling, record, tell
from figures.text import hours

ALERTING = system("burn alerts")
log = structlog.get_logger(__name__)


def raise_burn_alerts(*, actor: Actor, retainer: Engagement, periods: Sequence[Period], versions: Sequence[Terms]) -> list[BurnAlert]:
    """Write down each threshold that the use of these periods has newly reached, and tell people of the highest of each.

    Call it under the lock on the retainer. Twice is the same as once: the unique constraint of an episode says so.
    """
    known: dict[UUID, list[Episode]] = defaultdict(list)
    for before in BurnAlert.objects.filter(period__in=periods, kind=BurnAlert.Kind.BURN):
        known[before.period_id].append(Episode(before.percent, before.episode, before.used_minutes, before.capacity_minutes))
    alerts = []
    for period in periods:
        terms = next((terms for terms in reversed(versions) if terms.starts_on < period.ends_on), None)
        if terms is not None and not period.is_history:
            alerts += _write(period, terms.thresholds, known[period.pk])
    for alert in alerts:
        _announce(alert, retainer, alert.period, actor)
    return alerts


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


def _announce(alert: BurnAlert, retainer: Engagement, period: Period, actor: Actor) -> None:
    event = record(
        "alert.raised",
        actor=ALERTING,
        about=alert,
        percent=alert.percent,
        episode=alert.episode,
        superseded=alert.is_superseded,
        caused_by=str(actor.person_id or ""),
    )
    if not alert.is_superseded:
        tell(event, [*who_is_told(retainer), *owners_of(retainer)], about=period, compose=lambda _person: _telling(alert, retainer, period))


def who_is_told(retainer: Engagement) -> list[Person]:
    """The engagement's lead and the firm's admins, each once."""
    admins = Person.objects.of_the_firm().filter(staff_role=StaffRole.ADMIN)
    lead = [retainer.lead] if retainer.lead is not None and retainer.lead.left_at is None else []
    return list({person.pk: person for person in [*lead, *admins]}.values())


def owners_of(retainer: Engagement) -> list[Person]:
    """The client's owners, who are told of hours that run out if they chose to be."""
    members = Membership.objects.active().filter(client_id=retainer.client_id, person__left_at=None, roles__contains=[MemberRole.OWNER])
    return [member.person for member in members.select_related("person")]


def _telling(alert: BurnAlert, retainer: Engagement, period: Period) -> Telling:
    client = retainer.client.name
    if alert.capacity_minutes == 0:
        subject = _("%(client)s: work without any hours") % {"client": client}
    else:
        subject = _("%(client)s has used %(percent)s %% of its hours") % {"client": client, "percent": alert.percent}
    left = alert.capacity_minutes - alert.used_minutes
    standing = _("%(hours)s left") % {"hours": hours(left)} if left >= 0 else _("%(hours)s over") % {"hours": hours(-left)}
    return Telling(
        subject=subject,
        sentences=(
            _("%(used)s of %(capacity)s are used, %(standing)s. The period ends on %(day)s.")
            % {
                "used": hours(alert.used_minutes),
                "capacity": hours(alert.capacity_minutes),
                "standing": standing,
                "day": date_format(period.last_day, "j F"),
            },
        ),
        facts=(
            (_("Used"), hours(alert.used_minutes)),
            (_("Of"), hours(alert.capacity_minutes)),
            (_("Resets"), date_format(period.ends_on, "j F")),
        ),
        meter_percent=min(100, alert.used_minutes * 100 // alert.capacity_minutes) if alert.capacity_minutes else None,
    )


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
