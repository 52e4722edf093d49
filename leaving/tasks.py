from celery import shared_task

from accounts import scope
from leaving import actions


@shared_task(ignore_result=True)
def make_exit_kits() -> None:
    """Make the exit kits that were asked for, and what a crash left. Safe to run at any time, twice, and in several workers."""
    with scope.system("exit kit"):
        actions.make_exit_kits()


@shared_task(ignore_result=True)
def forget_exit_kits() -> None:
    """Take the files of exit kits away that were kept for seven days. Safe to run at any time, twice."""
    with scope.system("exit kit"):
        actions.forget_exit_kits()
