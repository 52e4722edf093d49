"""What billing does when the promise changes: it opens and grants periods in the same transaction."""

from django.utils import timezone

from accounts.actors import Actor
from billing.actions.periods import AHEAD, grant_anew, open_periods_of
from engagements.models import Engagement, RetainerTerms
from events.actions import on
from events.models import Event


@on("engagement.begun")
def open_first_periods(event: Event, actor: Actor) -> None:
    engagement = Engagement.objects.get(pk=event.about_id)
    open_periods_of(actor=actor, engagement=engagement, until=timezone.localdate() + AHEAD)


@on("terms.agreed")
def grant_what_was_agreed(event: Event, actor: Actor) -> None:
    agreed = RetainerTerms.objects.select_related("engagement").get(pk=event.about_id)
    open_periods_of(actor=actor, engagement=agreed.engagement, until=timezone.localdate() + AHEAD)
    grant_anew(actor=actor, engagement=agreed.engagement)
