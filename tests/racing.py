"""Acts that race: each in its own thread, on its own connection, in the scope of whoever acts."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread

from django.db import connection

from accounts import scope
from accounts.actors import Actor

Outcome = object


def race(acts: Sequence[tuple[Actor, Callable[[], Outcome]]]) -> list[Outcome]:
    """What each act gave, or the error it raised, all begun at the same moment."""
    start = Barrier(len(acts))
    outcomes: list[Outcome] = [None] * len(acts)

    def run(place: int, actor: Actor, act: Callable[[], Outcome]) -> None:
        try:
            with scope.of(actor):
                connection.ensure_connection()
                start.wait(timeout=30)
                outcomes[place] = act()
        except Exception as error:  # noqa: BLE001 (the test looks at what was raised)
            outcomes[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, actor, act)) for place, (actor, act) in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes
