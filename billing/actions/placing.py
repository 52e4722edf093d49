"""Which retainer carries a piece of work, where only its ticket or its client is named."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Client
from billing.errors import NoRetainer
from engagements.models import Engagement
from engagements.models.engagement import EngagementQuerySet
from tickets.models import Ticket


def retainer_of_ticket(actor: Actor, ticket: Ticket) -> Engagement:
    """The retainer that pays for work on a ticket: its own, or the client's running one. Raises NoRetainer."""
    if ticket.engagement is not None and not _is_history(ticket.engagement):
        return ticket.engagement
    retainer = running_retainer(actor, ticket.client)
    if retainer is None:
        raise NoRetainer(_("%(client)s has no retainer that could carry this time.") % {"client": ticket.client.name}, field="engagement")
    return retainer


def running_retainer(actor: Actor, client: Client) -> Engagement | None:
    """The retainer a client has today, the youngest where there are several."""
    return youngest_running(Engagement.objects.visible_to(actor).filter(client=client))


def youngest_running(engagements: EngagementQuerySet) -> Engagement | None:
    return engagements.running(timezone.localdate()).promised().select_related("client").order_by("-starts_on").first()


def _is_history(engagement: Engagement) -> bool:
    return engagement.is_imported and not engagement.terms.exists()
