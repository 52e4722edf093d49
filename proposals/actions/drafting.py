"""How a proposal comes into being and is estimated, before anybody of the client sees it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor
from accounts.errors import WrongClient, permit
from engagements.actions.promising import hold_amount
from engagements.models import AISystem, Engagement
from events.actions import record
from proposals import policies
from proposals.actions.holding import hold_unsent
from proposals.errors import InputUnusable, ProposalIncomplete
from proposals.models import Proposal, ProposalCounter, ProposalState, ProposalTask
from proposals.rules import as_plain, kept, read
from tickets.models.ticket import ServiceArea

EDITABLE = ("title", "summary", "system", "inputs", "cap_amount", "expires_at", "pieces")
LONGEST_TITLE = 120
LONGEST_SUBJECT = 200
MOST_PIECES = 40
MOST_MINUTES = 100_000
HIGHEST_CAP = Decimal(9_999_999_999)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the work a yes begins; its minutes are held for it."""

    subject: str
    minutes: int
    service_area: str = ServiceArea.WORKFLOW_EXPANSION


@transaction.atomic
def draft_proposal(
    *,
    actor: Actor,
    engagement: Engagement,
    title: str,
    summary: str = "",
    system: AISystem | None = None,
    inputs: Mapping[str, Any] | None = None,
    pieces: Sequence[Piece] = (),
    cap_amount: Decimal | None = None,
    expires_at: dt.datetime | None = None,
) -> Proposal:
    """Write an idea down for a client, estimated at once where its inputs are known. Its number follows the client's last one.

    Raises NotAllowed, WrongClient, ProposalIncomplete, InputUnusable, TooManyPlaces.
    """
    permit(policies.may_propose(actor, engagement), _("Only those who work for a client propose to it."))
    proposal = Proposal(client_id=engagement.client_id, engagement=engagement, currency=engagement.currency, created_by_id=actor.person_id)
    changes = {
        "title": title,
        "summary": summary,
        "system": system,
        "inputs": inputs,
        "cap_amount": cap_amount,
        "expires_at": expires_at,
    }
    _describe(proposal, changes)
    checked = _pieces(pieces)
    _number(proposal)
    proposal.save(force_insert=True)
    _lay_out(proposal, checked)
    record("proposal.drafted", actor=actor, about=proposal, is_public=False, number=proposal.number, state=proposal.state)
    return proposal


@transaction.atomic
def change_proposal(*, actor: Actor, proposal: Proposal, **changes: Any) -> Proposal:
    """Say anew what a proposal is about, what it is made of or what it would take; new inputs are estimated at once.

    Raises NotAllowed, WrongClient, ProposalMoved once it is sent, ProposalIncomplete, InputUnusable, TooManyPlaces; TypeError for
    anything else.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"A proposal's {', '.join(sorted(unknown))} cannot be changed.")
    permit(policies.may_propose(actor, proposal.engagement), _("Only those who work for a client propose to it."))
    held = hold_unsent(proposal)
    pieces = changes.pop("pieces", None)
    _describe(held, changes)
    if pieces is not None:
        held.tasks.all().delete()
        _lay_out(held, _pieces(pieces))
    _keep(held)
    fields = sorted([*changes, *(["pieces"] if pieces is not None else [])])
    record("proposal.changed", actor=actor, about=held, is_public=False, fields=fields, state=held.state)
    return held


@transaction.atomic
def score_proposal(*, actor: Actor, proposal: Proposal) -> Proposal:
    """Estimate a proposal anew from its inputs, with the formula as it is now. The same inputs give the same numbers.

    Raises NotAllowed, WrongClient, ProposalMoved once it is sent, ProposalIncomplete where it has no inputs.
    """
    permit(policies.may_propose(actor, proposal.engagement), _("Only those who work for a client propose to it."))
    held = hold_unsent(proposal)
    score(held)
    _keep(held)
    record("proposal.scored", actor=actor, about=held, is_public=False, formula=str((held.estimate or {})["formula"]))
    return held


def score(proposal: Proposal) -> None:
    """Set the estimate of a proposal from its inputs. Raises ProposalIncomplete where it has none."""
    if proposal.inputs is None:
        raise ProposalIncomplete(_("Say first how often, how long and at what rate."), field="inputs")
    try:
        inputs = read(proposal.inputs)
    except InputUnusable as error:
        raise InputUnusable(_(error.sentence), field=f"inputs/{error.field}") from None
    proposal.inputs, proposal.estimate = as_plain(inputs), kept(inputs)
    proposal.worth_per_hour = Decimal(proposal.estimate["weighted_per_hour"])
    proposal.state = ProposalState.SCORED


def hold_cap(proposal: Proposal) -> None:
    """Raise TooManyPlaces for a cap that is finer than the smallest coin of the proposal's currency."""
    sentence = _("A cap in %(currency)s has fewer decimals. Write one like %(amount)s.")
    hold_amount(proposal.cap_amount, proposal.currency, sentence, field="cap_amount")


def _describe(proposal: Proposal, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(proposal, name, value)
    proposal.title = " ".join(_clean(proposal.title).split())
    proposal.summary = _clean(proposal.summary)
    if not 0 < len(proposal.title) <= LONGEST_TITLE:
        raise ProposalIncomplete(_("Give it a title of at most %(most)d characters.") % {"most": LONGEST_TITLE}, field="title")
    if proposal.system is not None and proposal.system.client_id != proposal.client_id:
        raise WrongClient(_("This belongs to another client."), field="system")
    if proposal.cap_amount is not None and not 0 < proposal.cap_amount <= HIGHEST_CAP:
        raise ProposalIncomplete(_("A cap is above zero; leave it empty for the cost of building."), field="cap_amount")
    if "cap_amount" in changes:
        hold_cap(proposal)
    if proposal.inputs is None:
        proposal.estimate, proposal.worth_per_hour, proposal.state = None, None, ProposalState.IDEA
    elif "inputs" in changes:
        score(proposal)


def _pieces(pieces: Sequence[Piece]) -> list[Piece]:
    if len(pieces) > MOST_PIECES:
        raise ProposalIncomplete(_("A proposal opens at most %(most)d tickets.") % {"most": MOST_PIECES}, field="tasks")
    found = [Piece(" ".join(_clean(piece.subject).split()), piece.minutes, piece.service_area) for piece in pieces]
    for place, piece in enumerate(found):
        if not 0 < len(piece.subject) <= LONGEST_SUBJECT:
            raise ProposalIncomplete(_("Say in a few words what this piece of work is."), field=f"tasks/{place}/subject")
        if not 0 < piece.minutes <= MOST_MINUTES:
            raise ProposalIncomplete(_("A piece of work takes some minutes."), field=f"tasks/{place}/minutes")
        if piece.service_area not in ServiceArea.values:
            raise ProposalIncomplete(_("Choose one of the service areas."), field=f"tasks/{place}/service_area")
    return found


def _lay_out(proposal: Proposal, pieces: Sequence[Piece]) -> None:
    ProposalTask.objects.bulk_create(
        ProposalTask(
            client_id=proposal.client_id,
            proposal=proposal,
            position=place,
            subject=piece.subject,
            minutes=piece.minutes,
            service_area=piece.service_area,
        )
        for place, piece in enumerate(pieces, start=1)
    )


def _number(proposal: Proposal) -> None:
    """Give the next number of the client. Its counter stays locked until the commit, so that an abort leaves no gap."""
    with scope.system("number a proposal"):
        counter, _made = ProposalCounter.objects.select_for_update(no_key=True).get_or_create(client_id=proposal.client_id)
        counter.last_number += 1
        counter.save(update_fields=["last_number"])
    proposal.number, proposal.reference = counter.last_number, f"P-{counter.last_number}"


def _keep(proposal: Proposal) -> None:
    proposal.updated_at = timezone.now()
    proposal.save()


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()
