from typing import Self

from django.db import models

from accounts.actors import Actor
from accounts.models import Keyed, Person, firm_wide
from accounts.wall import ALL, ROWS_OF_THE_PERSON, Rights
from events.rules.topics import Level, Topic


class NoticeChoiceQuerySet(models.QuerySet["NoticeChoice"]):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody sees what they chose themselves."""
        return self.filter(person_id=actor.person_id)


@firm_wide("a person's own choice, kept for every client they speak or work for, and read by nobody else")
class NoticeChoice(Keyed):
    """How far one topic of notices goes to one person. Without a row the standard holds."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notice_choices")
    topic = models.CharField(max_length=12, choices=[(topic.value, topic.value) for topic in Topic])
    level = models.CharField(max_length=8, choices=[(level.value, level.value) for level in Level])

    objects = NoticeChoiceQuerySet.as_manager()

    rights = Rights(portal="select, insert, update", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_PERSON)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "topic"], name="a_person_chooses_once_for_a_topic"),
            models.CheckConstraint(condition=models.Q(topic__in=list(Topic)), name="a_choice_is_about_a_known_topic"),
            models.CheckConstraint(condition=models.Q(level__in=list(Level)), name="a_notice_goes_by_mail_stays_here_or_goes_nowhere"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.level}"
