"""People are told as an authorisation is used up, by the write that does it."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person
from billing.actions.alerts import ALERTING, who_is_told
from billing.models import Authorisation, BurnAlert, Period
from billing.models.ledger import ProjectedPeriod
from billing.rules.alerts import reached
from billing.rules.projection import AuthorisationState
from events.actions import Telling, record, tell
from figures.text import hours

THRESHOLDS = (50, 80, 100)


def raise_authorisation_alerts(*, actor: Actor, projected: Sequence[ProjectedPeriod]) -> list[BurnAlert]:
    """Write down each threshold that the use of an authorisation has newly reached, and tell of the highest. Once each, for ever."""
    states = projected[-1].projection.authorisations if projected else ()
    used = {state.authorisation.id: state for state in states if state.used_minutes}
    if not used:
        return []
    given = Authorisation.objects.filter(pk__in=list(used), revoked_at=None).select_related("given_by")
    known: dict[UUID, set[int]] = defaultdict(set)
    for authorisation_id, percent in BurnAlert.objects.filter(authorisation__in=given).values_list("authorisation_id", "percent"):
        known[authorisation_id].add(percent)
    alerts = []
    for each in given:
        marks = [mark for mark in reached_of(used[each.pk]) if mark not in known[each.pk]]
        period = _where_used(each, projected)
        alerts += [_write(each, period, mark, used[each.pk], is_superseded=mark != marks[-1]) for mark in marks]
        if marks:
            _announce(alerts[-1], each.given_by, used[each.pk], actor)
    return alerts


def reached_of(state: AuthorisationState) -> list[int]:
    """The thresholds that minutes or money have reached, whichever is further."""
    given, marks = state.authorisation, set[int]()
    if given.minutes_cap:
        marks.update(reached(THRESHOLDS, used_minutes=state.used_minutes, capacity_minutes=given.minutes_cap))
    if given.money_cap:
        marks.update(mark for mark in THRESHOLDS if state.used_money * 100 >= mark * Fraction(given.money_cap))
    return sorted(marks)


def _where_used(given: Authorisation, projected: Sequence[ProjectedPeriod]) -> Period:
    """The latest open period that uses it."""
    using = [each.period for each in projected if any(row.authorisation_id == given.pk for row in each.projection.coverages)]
    return using[-1] if using else projected[0].period


def _write(given: Authorisation, period: Period, percent: int, state: AuthorisationState, *, is_superseded: bool) -> BurnAlert:
    return BurnAlert.objects.create(
        client_id=given.client_id,
        period=period,
        authorisation=given,
        kind=BurnAlert.Kind.CONSENT,
        percent=percent,
        used_minutes=state.used_minutes,
        capacity_minutes=given.most_minutes or 0,
        is_superseded=is_superseded,
    )


def _announce(alert: BurnAlert, given_by: Person, state: AuthorisationState, actor: Actor) -> None:
    period = alert.period
    retainer = period.engagement
    event = record("alert.authorisation", actor=ALERTING, about=alert, percent=alert.percent, caused_by=str(actor.person_id or ""))
    people = {person.pk: person for person in [*who_is_told(retainer), given_by]}
    names = {"client": retainer.client.name, "percent": alert.percent}

    def compose(_reader: Person) -> Telling:
        """Anew for each reader's language."""
        return Telling(
            subject=_("%(client)s: %(percent)s %% of the hours authorised are used") % names,
            sentences=(_("What comes beyond the authorisation is not billed until it is authorised too."),),
            facts=((_("Used"), hours(state.used_minutes)),),
        )

    tell(event, people.values(), about=period, compose=compose)
