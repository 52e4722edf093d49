from collections.abc import Sequence

from accounts.actors import Actor
from accounts.models import Membership, Visibility
from events.actions import on
from events.actions.blanking import blank_entries
from events.actions.hearing import READS_ENTRIES, of_concern, write_messages
from events.actions.posting import disable_those_left
from events.actions.recording import on_every
from events.models import Event


@on("client.described")
def take_out_what_is_hidden_now(event: Event, _actor: Actor) -> None:
    """Where a client reads entries no more, the log of its endpoints does not tell of them either."""
    levels = event.payload["visibility"]
    if event.client_id is not None and Visibility.hides_more(levels) and levels[-1] not in READS_ENTRIES:
        blank_entries(event.client_id)


@on("membership.ended")
@on("membership.changed")
@on("membership.granted")
def disable_what_acts_for_no_owner(event: Event, _actor: Actor) -> None:
    """An endpoint of a client acts for an owner; whoever is none any more is told of nothing, and its page says so at once."""
    disable_those_left(Membership.objects.get(pk=event.about_id).person_id)


@on("person.left")
def disable_what_acts_for_who_left(event: Event, _actor: Actor) -> None:
    disable_those_left(event.about_id)


@on_every
def tell_programs_outside(events: Sequence[Event]) -> None:
    """Endpoints hear of whatever is published, whichever room wrote it."""
    for event in events if len(events) == 1 else of_concern(events):
        write_messages(event)
