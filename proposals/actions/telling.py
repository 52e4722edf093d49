"""Whom a step on a proposal concerns, and how they are told."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from accounts.actors import MemberRole
from accounts.models import Membership, Person
from events.actions import Telling, tell
from events.models import Event
from figures.text import money_short
from proposals.models import Proposal


def approvers_of(proposal: Proposal) -> list[Membership]:
    """Those of the client who may approve its cap."""
    members = Membership.objects.active().holding(MemberRole.APPROVER).filter(client_id=proposal.client_id, person__left_at=None)
    found = members.select_related("person").order_by("created_at")
    return [member for member in found if member.approves_up_to is None or member.approves_up_to >= proposal.cap]


def who_leads(proposal: Proposal) -> list[Person]:
    """The retainer's lead, else whoever sent the proposal, else every lead of the firm."""
    firm = Person.objects.of_the_firm()
    for person_id in (proposal.engagement.lead_id, proposal.sent_by_id):
        found = list(firm.filter(pk=person_id)) if person_id else []
        if found:
            return found
    return list(Person.objects.who_lead())


def tell_of(proposal: Proposal, event: Event, people: Iterable[Person], sentences: Callable[[], tuple[str, ...]]) -> None:
    """Tell people of a step, in their language. `sentences` is called once a reader."""
    client = proposal.client.name

    def compose(reader: Person) -> Telling:
        facts = [(_("Costs at most"), money_short(proposal.cap, proposal.currency))]
        if reader.is_staff:
            facts.insert(0, (_("Client"), client))
        return Telling(subject=f"{proposal.reference}: {proposal.title}", sentences=sentences(), facts=tuple(facts))

    tell(event, people, about=proposal, compose=compose)
