"""Nobody works on two things at once."""

import datetime as dt
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from billing.errors import Overlaps
from billing.models import TimeEntry


def refuse_overlap(
    actor: Actor, person_id: UUID, started_at: dt.datetime | None, ended_at: dt.datetime | None, *, but: UUID | None = None
) -> None:
    """Raises Overlaps where a person logged something else in the stretch; the other is named to whoever sees it."""
    if started_at is None or ended_at is None:
        return
    clashing = TimeEntry.objects.overlapping(started_at, ended_at).filter(person_id=person_id)
    if but is not None:
        clashing = clashing.exclude(pk=but)
    other = clashing.select_related("ticket", "client").order_by("started_at").first()
    if other is not None:
        raise _overlap_with(other) if TimeEntry.objects.visible_to(actor).filter(pk=other.pk).exists() else _overlap_elsewhere()


def _overlap_elsewhere() -> Overlaps:
    """For whoever does not see the other entry: a key held to another client, somebody who no longer works for that one."""
    return Overlaps(_("Something else was logged at that time already. Choose another time."))


def _overlap_with(other: TimeEntry) -> Overlaps:
    begins, ends = (timezone.localtime(moment) for moment in (other.started_at, other.ended_at) if moment is not None)
    what = other.ticket.reference if other.ticket else other.client.name
    return Overlaps(
        _("You logged %(what)s from %(begins)s to %(ends)s. Change that entry, or this one.")
        % {"what": what, "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"},
        entry=str(other.pk),
    )
