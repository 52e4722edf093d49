from accounts.actors import Actor
from events.actions import on
from events.actions.hearing import write_messages
from events.actions.recording import EVERY
from events.models import Event


@on(EVERY)
def tell_programs_outside(event: Event, actor: Actor) -> None:
    """Endpoints hear of whatever is published, whichever room wrote it."""
    write_messages(event, actor)
