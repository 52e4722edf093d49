from celery import shared_task
from django.utils import timezone

from accounts import scope
from accounts.actors import system
from billing import actions
from billing.actions import alerts, early_alerts, forecasting, timers
from billing.actions.importing import carry_out_imports as carry_out


@shared_task(ignore_result=True)
def sweep_burn_alerts() -> None:
    """Catch what a crash or a changed threshold left unreported. Safe to run at any time, twice."""
    with scope.system("burn alerts"):
        alerts.sweep_burn_alerts()
        early_alerts.sweep_paces(today=timezone.localdate())


@shared_task(ignore_result=True)
def sweep_early_alerts() -> None:
    """Tell of hours about to expire, of paces that end over and of clients who get too little. Safe to run at any time, twice."""
    with scope.system("burn alerts"):
        early_alerts.sweep_early_alerts(today=timezone.localdate())


@shared_task(ignore_result=True)
def open_due_periods() -> None:
    """Open the periods that begin within a week. Safe to run at any time, twice."""
    with scope.system("period opening"):
        actions.open_due_periods(actor=system("period opening"), today=timezone.localdate())


@shared_task(ignore_result=True)
def close_or_propose() -> None:
    """Close the periods whose days for late logging are over, or ask people to. Safe to run at any time, twice."""
    with scope.system("period closing"):
        actions.close_or_propose(now=timezone.now())


@shared_task(ignore_result=True)
def question_long_timers() -> None:
    """Ask whoever's timer passed ten hours whether they still work. Each is asked once."""
    with scope.system("timers"):
        timers.question_long_timers(now=timezone.now())


@shared_task(ignore_result=True)
def carry_out_imports() -> None:
    """Import what was handed over, and go on with what a crash left. Safe to run at any time, twice, and in several workers."""
    with scope.system("import"):
        carry_out()


@shared_task(ignore_result=True)
def forecast_retainers() -> None:
    """Score the forecasts whose truth is known, then forecast every retainer anew. Safe to run at any time, twice."""
    with scope.system("forecasts"):
        forecasting.score_forecasts(actor=system("forecasts"), today=timezone.localdate())
        forecasting.forecast_retainers(actor=system("forecasts"), today=timezone.localdate())
