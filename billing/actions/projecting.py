from collections.abc import Sequence

from django.db import connection

from accounts.actors import Actor
from billing.actions.alerts import Burning, raise_burn_alerts
from billing.actions.consent_alerts import raise_authorisation_alerts
from billing.models import Lot, Period
from billing.models.ledger import ProjectedPeriod, ledger_of
from billing.models.ledger_rows import versions_of
from engagements.models import Engagement
from engagements.rules import Terms

TOTALS = (
    "opening_minutes",
    "granted_minutes",
    "adjusted_minutes",
    "covered_minutes",
    "expired_minutes",
    "closing_minutes",
    "borrowed_minutes",
    "overage_minutes",
    "unauthorised_minutes",
    "absorbed_minutes",
    "used_minutes",
    "capacity_minutes",
    "repaid_minutes",
    "owed_minutes",
    "unrepaid_minutes",
    "unrepaid_overage_minutes",
    "unrepaid_unauthorised_minutes",
    "unrepaid_absorbed_minutes",
)
SET_TOTALS = f"UPDATE billing_period SET {', '.join(f'{name} = %s' for name in TOTALS)} WHERE id = %s"  # noqa: S608 (columns of our own)


def project_open_periods(
    retainer: Engagement, *, actor: Actor, versions: Sequence[Terms] = (), periods: Sequence[Period] = ()
) -> list[ProjectedPeriod]:
    """Set the totals of the open periods from their entries and raise the alerts that follow: the one place that does.

    Call it in the transaction of every write, under the lock on the retainer. `versions` are its terms and `periods` its
    `open_periods`, where they were read under that lock already.
    """
    versions = versions or versions_of(retainer)
    projected = ledger_of(retainer, versions, periods)
    for each in projected:
        totals = {name: getattr(each.projection, name) for name in TOTALS}
        if any(getattr(each.period, name) != minutes for name, minutes in totals.items()):
            with connection.cursor() as cursor:
                cursor.execute(SET_TOTALS, [*totals.values(), each.period.pk])
            for name, minutes in totals.items():
                setattr(each.period, name, minutes)
    _keep_what_is_left(projected)
    raise_burn_alerts(actor=actor, burning=[Burning(retainer, [each.period for each in projected], versions)])
    raise_authorisation_alerts(actor=actor, projected=projected)
    return projected


def _keep_what_is_left(projected: Sequence[ProjectedPeriod]) -> None:
    """Note on each dated lot what is left of it, so that a balance can leave out what is not usable on its day."""
    rows = {lot.pk: lot for each in projected for lot in each.lots if lot.kind != Lot.Kind.GRANT}
    changed = {}
    for state in (state for each in projected for state in each.projection.lots if state.lot.id in rows):
        lot = rows[state.lot.id]  # type: ignore[index]  # the ids of our rows are UUIDs
        if lot.left_minutes != state.left_minutes:
            lot.left_minutes = state.left_minutes
            changed[lot.pk] = lot
    if changed:
        Lot.objects.bulk_update(changed.values(), ["left_minutes"])
