"""What people let reach them, and how far."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, MemberRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from events.actions.recording import record
from events.models import NoticeChoice
from events.rules.topics import OF_MEMBERS, OF_OWNERS, OF_STAFF, Level, Topic, standard


def topics_of(actor: Actor) -> tuple[Topic, ...]:
    """What an actor may choose about; of hours that run out only a client's owner, as the firm is always told."""
    if actor.is_staff:
        return OF_STAFF
    return OF_OWNERS if actor.holds(MemberRole.OWNER) else OF_MEMBERS


def chosen_by(actor: Actor) -> dict[Topic, Level]:
    """How far each topic goes to an actor, chosen or by the standard."""
    kept = {row.topic: Level(row.level) for row in NoticeChoice.objects.visible_to(actor)}
    return {topic: kept.get(topic, standard(topic, is_staff=actor.is_staff)) for topic in topics_of(actor)}


@transaction.atomic
def choose_notices(*, actor: Actor, choices: Mapping[Topic, Level]) -> None:
    """Choose how far topics go to the actor; those not named stay as they were.

    Raises NotAllowed for whoever is no person, Conflict for a topic that is not theirs to choose.
    """
    if actor.person_id is None:
        raise NotAllowed(_("Only people choose what reaches them."))
    if foreign := sorted(set(choices) - set(topics_of(actor))):
        raise Conflict(_("%(topic)s is not yours to choose.") % {"topic": foreign[0]}, field=foreign[0])
    for topic, level in choices.items():
        NoticeChoice.objects.update_or_create(person_id=actor.person_id, topic=topic, defaults={"level": level})
    person = Person.objects.get(pk=str(actor.person_id))
    told = {topic.value: level.value for topic, level in choices.items()}
    record("notices.chosen", actor=actor, about=person, client_id=actor.client_id, choices=told)


def choices_of(people: Iterable[Person]) -> dict[UUID, dict[Topic, Level]]:
    """What each of them chose, by person. Needs the system's scope."""
    found: dict[UUID, dict[Topic, Level]] = {}
    for row in NoticeChoice.objects.filter(person__in=list(people)):
        found.setdefault(row.person_id, {})[Topic(row.topic)] = Level(row.level)
    return found
