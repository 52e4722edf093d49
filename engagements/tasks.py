from celery import shared_task
from django.utils import timezone

from accounts import scope
from accounts.actors import system
from engagements.actions import living


@shared_task(ignore_result=True)
def renew_engagements() -> None:
    """Renew what nobody can leave in time any more, and remind of what ends or renews. Safe to run at any time, twice."""
    with scope.system("renewals"):
        living.renew_engagements(actor=system("renewals"), today=timezone.localdate())
        living.remind_of_ends(actor=system("renewals"), today=timezone.localdate())
