import structlog
from celery import shared_task
from django.utils import timezone

from accounts import scope
from accounts.actors import system
from accounts.errors import DomainError
from proposals.actions import expire_proposal
from proposals.models import Proposal

log = structlog.get_logger(__name__)


@shared_task(ignore_result=True)
def expire_proposals() -> None:
    """Let proposals run out that nobody decided on. Safe to run at any time, twice, and beside the people it concerns."""
    with scope.system("expire proposals"):
        for proposal in Proposal.objects.run_out(timezone.now()):
            try:
                expire_proposal(actor=system("expire proposals"), proposal=proposal)
            except DomainError:  # somebody decided in the meantime
                continue
            except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; the next run finds it again)
                log.warning("a proposal was left as it is", proposal=str(proposal.pk), error=type(error).__name__)
