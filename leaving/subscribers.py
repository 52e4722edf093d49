"""What leaving does when a client comes to read less of its hours."""

from accounts.actors import Actor
from accounts.models import Visibility
from events.actions import on
from events.models import Event
from leaving.actions import expire_exit_kits


@on("client.described")
def forget_what_tells_more(event: Event, _actor: Actor) -> None:
    """A kit holds what its client read when it was made; at a lower level it is made anew, when somebody asks."""
    if event.client_id is not None and Visibility.hides_more(event.payload["visibility"]):
        expire_exit_kits(event.client_id)
