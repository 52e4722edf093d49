"""The one order in which whoever writes time takes the locks: people by id, then the retainers whose hours the work takes, by id."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models.functions import Coalesce

from accounts.models import Person
from engagements.models import Engagement


def take_turns(*, people: Iterable[UUID | None], engagements: Iterable[UUID]) -> None:
    """Lock people, then retainers, before several writes: whoever waits for some of them holds none that the others wait for.

    A project stands for the pool it draws on, as for every single write. Call it in the transaction of the writes.
    """
    claimed = Person.objects.filter(pk__in={person for person in people if person is not None})
    whole = Engagement.objects.filter(pk__in=Engagement.objects.filter(pk__in=set(engagements)).values(of=Coalesce("draws_on", "pk")))
    for rows in (claimed, whole):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))
