from celery import shared_task

from accounts import scope
from events.actions.delivering import drain


@shared_task(ignore_result=True)
def drain_outbox() -> None:
    """Send what waits in the outbox. Safe to run at any time, twice, and in several workers at once."""
    with scope.system("outbox"):
        drain()
