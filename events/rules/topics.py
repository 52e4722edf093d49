"""What people may choose about what reaches them: topics, how far each goes, and what nobody can silence."""

from collections.abc import Mapping
from enum import StrEnum


class Topic(StrEnum):
    """What a notice is about, as people choose it."""

    TALK = "talk"
    STEPS = "steps"
    DECISIONS = "decisions"
    HOURS = "hours"


class Level(StrEnum):
    """How far a notice goes: into the mail as well, only into the product, or nowhere."""

    MAIL = "mail"
    HERE = "here"
    NEVER = "never"


TOPICS: Mapping[str, Topic] = {
    "ticket.opened": Topic.TALK,
    "message.posted": Topic.TALK,
    "ticket.moved": Topic.STEPS,
    "ticket.assigned": Topic.STEPS,
    "plan.opened": Topic.STEPS,
    "estimate.approved": Topic.DECISIONS,
    "estimate.declined": Topic.DECISIONS,
    "estimate.withdrawn": Topic.DECISIONS,
    "estimate.expired": Topic.DECISIONS,
    "proposal.approved": Topic.DECISIONS,
    "proposal.declined": Topic.DECISIONS,
    "proposal.expired": Topic.DECISIONS,
    "proposal.reconsidered": Topic.DECISIONS,
    "proposal.withdrawn": Topic.DECISIONS,
    "overage.authorised": Topic.DECISIONS,
    "overage.declined": Topic.DECISIONS,
    "overage.authorised_late": Topic.DECISIONS,
    "alert.raised": Topic.HOURS,
}
OF_STAFF = (Topic.TALK, Topic.STEPS, Topic.DECISIONS)
OF_MEMBERS = (Topic.TALK, Topic.STEPS, Topic.DECISIONS)
OF_OWNERS = (*OF_MEMBERS, Topic.HOURS)


def standard(topic: Topic, *, is_staff: bool) -> Level:
    """How far a topic goes for whoever chose nothing: a client hears of hours that run out only by choice."""
    return Level.NEVER if topic is Topic.HOURS and not is_staff else Level.MAIL


def level_of(kind: str, chosen: Mapping[Topic, Level], *, is_staff: bool, is_urgent: bool) -> Level:
    """How far a notice of this kind of event goes to somebody.

    What is urgent, what waits for a decision, what has no topic, and hours that run out, for the firm, cannot be silenced.
    """
    topic = TOPICS.get(kind)
    if topic is None or (topic is Topic.HOURS and is_staff):
        return Level.MAIL
    wanted = chosen.get(topic, standard(topic, is_staff=is_staff))
    return Level.MAIL if is_urgent and topic is not Topic.HOURS else wanted
