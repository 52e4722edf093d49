import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from accounts import scope
from accounts.actors import Actor
from accounts.models import Person
from events.actions.choosing import choices_of
from events.models import Delivery, Event, Notice
from events.models.notice import Channel
from events.rules.topics import Level, Topic, level_of

log = structlog.get_logger(__name__)

QUIET_SECONDS = 15  # the outbox is swept that often anyway


@dataclass(frozen=True, slots=True)
class Telling:
    """What a notice says, in the reader's language and time zone: a subject line, sentences, and pairs of label and value."""

    subject: str
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    meter_percent: int | None = None


Compose = Callable[[Person], Telling]


@dataclass(frozen=True, slots=True)
class News:
    """An event, the people it may be told to, what its notices lead to, and what they say to each of them."""

    event: Event
    people: Iterable[Person]
    about: models.Model
    compose: Compose
    is_urgent: bool = False

    def concerned(self) -> list[Person]:
        """Not who caused the event; of the firm's own events, which have no client, only its own people."""
        event = self.event
        return [person for person in self.people if person.pk != event.person_id and (event.client_id is not None or person.is_staff)]


def tell(event: Event, people: Iterable[Person], *, about: models.Model, compose: Compose, is_urgent: bool = False) -> list[Notice]:
    """Tell each person once of an event: a notice in the product and a delivery by mail, as far as they let it; urgent always.

    Written in the event's transaction, so nobody is told of what did not happen and nothing that happened stays untold.
    Whoever caused the event is not told of it. Of the firm's own events, which have no client, only its own people are told.
    """
    return tell_all([News(event, people, about, compose, is_urgent)])


def tell_all(news: Iterable[News]) -> list[Notice]:
    """Tell of many events as `tell` does of one, in as few statements."""
    with scope.system("tell people"):
        concerned = [(each, person) for each in news for person in each.concerned()]
        chosen = choices_of({person.pk: person for _, person in concerned}.values()) if concerned else {}
        reaching = [(_level(each, person, chosen), each, person) for each, person in concerned]
        kept = [(level, _notice(each, person)) for level, each, person in reaching if level is not Level.NEVER]
        notices = Notice.objects.bulk_create([notice for _, notice in kept])
        Delivery.objects.bulk_create([_delivery(notice) for level, notice in kept if level is Level.MAIL])
    if notices:
        transaction.on_commit(ring)
    return notices


def _level(news: News, person: Person, chosen: Mapping[UUID, dict[Topic, Level]]) -> Level:
    return level_of(news.event.kind, chosen.get(person.pk, {}), is_staff=person.is_staff, is_urgent=news.is_urgent)


def _notice(news: News, person: Person) -> Notice:
    with translation.override(person.language), timezone.override(person.time_zone):
        telling = news.compose(person)
    return Notice(
        client_id=news.event.client_id,
        event=news.event,
        person=person,
        kind=news.event.kind,
        subject=" ".join(telling.subject.split())[:200],
        sentences=[str(sentence) for sentence in telling.sentences],
        facts=[[str(label), str(value)] for label, value in telling.facts],
        meter_percent=telling.meter_percent,
        about_type=news.about._meta.label_lower,
        about_id=news.about.pk,
    )


def _delivery(notice: Notice) -> Delivery:
    host = urlsplit(settings.PUBLIC_URL).hostname
    return Delivery(client_id=notice.client_id, notice=notice, channel=Channel.MAIL, message_id=f"<notice.{notice.pk}@{host}>")


@dataclass(slots=True)
class Bell:
    """The way to the workers. A broker that did not answer is left alone for a while, so that no request waits for it again."""

    quiet_until: float = 0.0

    def ring(self, task: str = "events.tasks.drain_outbox") -> bool:
        """Whether the broker took the message for this task: at once, or after three seconds at most when it is silent."""
        if time.monotonic() < self.quiet_until:
            return False
        try:
            current_app.send_task(task, retry=False)
        except (OperationalError, OSError):
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("the broker did not hear the bell; the sweep will find what waits", quiet_seconds=QUIET_SECONDS)
            return False
        return True


bell = Bell()


def ring() -> None:
    """Tell the workers that the outbox holds something. Only a doorbell: without a broker the next sweep finds it."""
    bell.ring()


@transaction.atomic
def read_notices(*, actor: Actor, ids: Iterable[UUID] | None = None) -> int:
    """Mark an actor's notices as read, all of them or those named; how many there were."""
    unread = Notice.objects.visible_to(actor).unread()
    if ids is not None:
        unread = unread.filter(pk__in=list(ids))
    return unread.update(read_at=timezone.now())
