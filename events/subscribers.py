from accounts.actors import Actor
from accounts.models import Visibility
from events.actions import on
from events.actions.blanking import blank_entries
from events.actions.hearing import READS_ENTRIES, write_messages
from events.actions.recording import EVERY
from events.models import Event


@on("client.described")
def take_out_what_is_hidden_now(event: Event, _actor: Actor) -> None:
    """Where a client reads entries no more, the log of its endpoints does not tell of them either."""
    levels = event.payload["visibility"]
    if event.client_id is not None and Visibility.hides_more(levels) and levels[-1] not in READS_ENTRIES:
        blank_entries(event.client_id)


@on(EVERY)
def tell_programs_outside(event: Event, actor: Actor) -> None:
    """Endpoints hear of whatever is published, whichever room wrote it."""
    write_messages(event, actor)
