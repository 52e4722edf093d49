from accounts.actors import Actor
from billing.actions.alerts import raise_burn_alerts
from billing.models import Period
from billing.models.ledger import ProjectedPeriod, ledger_of
from engagements.models import Engagement

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
)


def project_open_periods(retainer: Engagement, *, actor: Actor) -> list[ProjectedPeriod]:
    """Set the totals of the open periods from their entries and raise the alerts that follow: the one place that does.

    Call it in the transaction of every write, under the lock on the retainer.
    """
    projected = ledger_of(retainer)
    for each in projected:
        totals = {name: getattr(each.projection, name) for name in TOTALS}
        if any(getattr(each.period, name) != minutes for name, minutes in totals.items()):
            Period.objects.filter(pk=each.period.pk).update(**totals)
            for name, minutes in totals.items():
                setattr(each.period, name, minutes)
    for each in projected:
        raise_burn_alerts(actor=actor, retainer=retainer, period=each.period)
    return projected
