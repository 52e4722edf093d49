"""The log of a client's endpoints, where the client comes to read less: what was told stays listed, its words are taken out."""

from uuid import UUID

from django.utils import timezone

from accounts import scope
from events.models import WebhookMessage
from events.published import published_kinds


def blank_entries(client_id: UUID) -> None:
    """Take out of the log what endpoints of a client were told of single entries; what waits is given up."""
    of_entries = [kind for kind, published in published_kinds().items() if published.resource == "time-entries"]
    with scope.system("blank a log"):
        told = WebhookMessage.objects.filter(client_id=client_id, kind__in=of_entries).exclude(body="")
        waiting, now = told.filter(is_waiting=True), timezone.now()
        waiting.update(is_waiting=False, given_up_at=now, leased_until=None, last_error="The client reads single entries no more.")
        told.update(body="")
