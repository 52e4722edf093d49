"""Papers behind a promise: the signed contract, looked at by its content and kept by its digest."""

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import NotAllowed
from billing.models import SignedContract
from engagements.models import Engagement
from engagements.policies import may_promise
from events.actions import record
from tickets.actions.attachments import receive


@transaction.atomic
def file_contract(*, actor: Actor, engagement: Engagement, file: "File[bytes]") -> SignedContract:
    """Keep the signed contract of an engagement. Raises NotAllowed, FileRefused."""
    if not may_promise(actor):
        raise NotAllowed(_("Only admins and leads file contracts."))
    (received,) = receive([file], client_id=engagement.client_id)
    filed = SignedContract.objects.create(client_id=engagement.client_id, engagement=engagement, **received.as_fields())
    record("contract.filed", actor=actor, about=filed, is_public=False, engagement=str(engagement.pk))
    return filed
