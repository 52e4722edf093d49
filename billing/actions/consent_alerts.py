"""People are told as an authorisation is used up, by the write that does it."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from billing.actions.alerts import ALERTING, who_is_told
from billing.models import Authorisation, AuthorisationAlert, Period
from billing.models.ledger import ProjectedPeriod
from billing.rules.alerts import reached
from billing.rules.projection import AuthorisationState
from events.actions import Telling, record, tell
from figures.text import hours

THRESHOLDS = (50, 80, 100)


def raise_authorisation_alerts(*, actor: Actor, projected: Sequence[ProjectedPeriod]) -> list[AuthorisationAlert]:
    """Write down each threshold that the use of an authorisation has newly reached, and tell of the highest. Once each, for ever."""
    states = projected[-1].projection.authorisations if projected else ()
    used = {state.authorisation.id: state for state in states if state.used_minutes}
    if not used:
        return []
    given = Authorisation.objects.filter(pk__in=list(used), revoked_at=None).select_related("given_by")
    known: dict[UUID, set[int]] = defaultdict(set)
    for alert in AuthorisationAlert.objects.filter(authorisation__in=given):
        known[alert.authorisation_id].add(alert.percent)
    alerts = []
    for each in given:
        marks = [mark for mark in reached_of(used[each.pk]) if mark not in known[each.pk]]
        alerts += [_write(each, mark, is_superseded=mark != marks[-1]) for mark in marks]
        if marks:
            _announce(alerts[-1], projected[0].period, used[each.pk], actor)
    return alerts


def reached_of(state: AuthorisationState) -> list[int]:
    """The thresholds that minutes or money have reached, whichever is further."""
    given, marks = state.authorisation, set[int]()
    if given.minutes_cap:
        marks.update(reached(THRESHOLDS, used_minutes=state.used_minutes, capacity_minutes=given.minutes_cap))
    if given.money_cap:
        marks.update(mark for mark in THRESHOLDS if state.used_money * 100 >= mark * Fraction(given.money_cap))
    return sorted(marks)


def _write(given: Authorisation, percent: int, *, is_superseded: bool) -> AuthorisationAlert:
    return AuthorisationAlert.objects.create(client_id=given.client_id, authorisation=given, percent=percent, is_superseded=is_superseded)


def _announce(alert: AuthorisationAlert, period: Period, state: AuthorisationState, actor: Actor) -> None:
    given, retainer = alert.authorisation, period.engagement
    event = record("alert.authorisation", actor=ALERTING, about=given, percent=alert.percent, caused_by=str(actor.person_id or ""))
    people = {person.pk: person for person in [*who_is_told(retainer), given.given_by]}
    names = {"client": retainer.client.name, "percent": alert.percent}
    telling = lambda _person: Telling(  # noqa: E731 (composed anew for each reader's language)
        subject=_("%(client)s: %(percent)s %% of the hours authorised are used") % names,
        sentences=(_("What comes beyond the authorisation is not billed until it is authorised too."),),
        facts=((_("Used"), hours(state.used_minutes)),),
    )
    tell(event, people.values(), about=period, compose=telling)
