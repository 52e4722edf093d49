"""What is said in the story: what waits on each side, what is solved, what is offered, and one long silence."""

import datetime as dt

from django.utils import timezone

from config.story.parts import QUOTE_FOLLOW_UPS, Cast
from proposals.actions import Piece, draft_proposal, send_proposal
from tickets.actions import (
    accept_ticket,
    ask_approval,
    assign_ticket,
    open_ticket,
    reply,
    resolve_ticket,
    schedule_ticket,
    write_note,
)
from tickets.models import Message, Ticket


def tell_conversations(cast: Cast, today: dt.date) -> None:
    _wrong_lead_times(cast)
    _double_orders(cast)
    _settled_and_planned(cast, today)
    _route_field(cast)
    _silence(cast)


def _open(
    cast: Cast, by: str, code: str, subject: str, body: str, *, kind: str = "request", area: str = "performance_monitoring"
) -> Ticket:
    retainer = cast.retainers[code]
    actor = cast.actor(by)
    return open_ticket(
        actor=actor,
        client=retainer.client,
        engagement=retainer,
        subject=subject,
        body=body,
        kind=kind,
        service_area=area,
        source="portal" if actor.is_member else "workspace",
    )


def _wrong_lead_times(cast: Cast) -> None:
    """A question waits for the client."""
    ticket = _open(
        cast,
        "Priya",
        "ACM",
        "Quote assistant gives wrong lead times",
        "Since last week the assistant promises 3 days for rye flour when the mill needs 8. Two customers have called already.\n\n"
        "Can you look before Friday's batch of quotes?",
        kind="optimisation",
    )
    accept_ticket(actor=cast.actor("Mara"), ticket=ticket, assignee=cast.staff["Mara"])
    reply(
        actor=cast.actor("Mara"),
        ticket=ticket,
        body="Found when it began: quotes were right until the 3rd, and the model behind the assistant was updated that night. "
        "Accuracy fell from **95.0 %** to **91.2 %**. I have held back automatic quotes above USD 5,000 until this is mended.",
    )
    write_note(
        actor=cast.actor("Ines"),
        ticket=ticket,
        body="The lead-time table is fine. Retrieval ranks last year's price list above it since the update. Rebuilt the index with the "
        "table pinned: 38 of 40 cases pass. The two failures are mixed pallets, and their own rule book contradicts itself.",
    )
    reply(
        actor=cast.actor("Mara"),
        ticket=ticket,
        body="Rye is right again, 38 of 40 test quotes pass. One question before I close this: for mixed pallets, should the quote use "
        "the slowest item or the order date?",
        ask=True,
    )
    _move(ticket, days=4)


def _double_orders(cast: Cast) -> None:
    """A new request waits for the firm, and an estimate waits for the client's yes."""
    _move(
        _open(
            cast,
            "Rob",
            "ACM",
            "Order inbox files two orders twice",
            "Orders from the cooperative arrive twice in the ERP since this morning.",
            kind="incident",
            area="integration_maintenance",
        ),
        hours=3,
    )
    ticket = _open(
        cast,
        "Leonie",
        "DVJ",
        "Read the wood species from drawings too",
        "We type the species by hand from every drawing. Could the reader do that?",
        area="workflow_expansion",
    )
    accept_ticket(actor=cast.actor("Tomas"), ticket=ticket, assignee=cast.staff["Tomas"])
    ask_approval(
        actor=cast.actor("Tomas"),
        ticket=ticket,
        minutes=240,
        body="The species stands in the title block of nine out of ten drawings. I would add it to the reader, with twenty as a test.",
    )
    _move(ticket, days=2)


def _settled_and_planned(cast: Cast, today: dt.date) -> None:
    solved = _open(cast, "Rob", "ACM", "Invoice PDFs misread", "The totals of two suppliers are read wrong.", area="prompt_optimisation")
    accept_ticket(actor=cast.actor("Ines"), ticket=solved, assignee=cast.staff["Ines"])
    resolve_ticket(
        actor=cast.actor("Ines"),
        ticket=solved,
        reason="done",
        summary="Both suppliers moved the total to page two. The prompt now looks there; 30 of 30 pass.",
    )
    _move(solved, days=3)
    planned = _open(cast, "Ines", "ACM", "Monthly regression run", "Forty cases, all three systems.", kind="task")
    schedule_ticket(
        actor=cast.actor("Ines"),
        ticket=planned,
        planned_for=today + dt.timedelta(days=5),
        body="Planned before the month ends, so that its report has the numbers.",
    )


def offer_quote_follow_ups(cast: Cast) -> None:
    """A proposal waits for the client's yes; another one is still an idea of the firm."""
    retainer, mara = cast.retainers["ACM"], cast.actor("Mara")
    inputs: dict[str, object] = {
        name: {"likely": likely, "grade": grade} for name, likely, grade in map(str.split, QUOTE_FOLLOW_UPS.split(","))
    }
    proposal = draft_proposal(
        actor=mara,
        engagement=retainer,
        system=retainer.systems.get(name="Quote assistant"),
        title="Draft the quote follow-ups",
        summary="Three days after a quote the assistant drafts the follow-up, with the customer's last question in mind. Somebody of your "
        "sales team reads each draft, which takes a minute instead of six, and sends it.",
        inputs=inputs | {"maintenance_rate": "150", "build_rate": "150"},
        pieces=[
            Piece("Read the open quotes every morning", 360, "integration_maintenance"),
            Piece("Draft the follow-ups, with forty quotes as a test", 600),
        ],
    )
    send_proposal(actor=mara, proposal=proposal)
    draft_proposal(actor=mara, engagement=retainer, title="Answer recipe questions from the mill's own notes")


def _route_field(cast: Cast) -> None:
    """The client has answered; it is the firm's turn."""
    ticket = _open(
        cast,
        "Nadia",
        "CBF",
        "Tracking mails name the wrong depot",
        "Customers in the north get the southern depot's number.",
        kind="incident",
    )
    accept_ticket(actor=cast.actor("Ines"), ticket=ticket, assignee=cast.staff["Ines"])
    reply(actor=cast.actor("Ines"), ticket=ticket, body="Which depot should a shipment that changes trucks in Lyon name?", ask=True)
    reply(actor=cast.actor("Nadia"), ticket=ticket, body="The one that delivers, so the last on the route.")
    _move(ticket, days=1)


def _silence(cast: Cast) -> None:
    """A ticket that nobody has answered for far too long."""
    ticket = _open(
        cast,
        "Nadia",
        "CBF",
        "Rates for dangerous goods look too low",
        "Three quotes this week were below cost. Can somebody check the classifier?",
    )
    assign_ticket(actor=cast.actor("Ada"), ticket=ticket, assignee=cast.staff["Ines"])
    _move(ticket, days=6)


def _move(ticket: Ticket, *, days: int = 0, hours: int = 0) -> None:
    """Move what was said on a ticket into the past, half an hour apart, the last message `days` and `hours` ago or nearer."""
    now = timezone.now()
    began = now - dt.timedelta(days=days, hours=hours)
    said = list(Message.objects.filter(ticket=ticket).order_by("pk"))
    step = (now - began) / max(len(said) + 1, 2)
    for index, message in enumerate(said):
        Message.objects.filter(pk=message.pk).update(created_at=began + step * index)
    ticket.refresh_from_db()
    first = next((m for m in said if not m.by_client), None)
    Ticket.objects.filter(pk=ticket.pk).update(
        created_at=began,
        state_since=began + step * max(len(said) - 1, 0),
        last_message_at=began + step * max(len(said) - 1, 0),
        unanswered_since=ticket.unanswered_since and began + step * max(len(said) - 1, 0),
        first_answered_at=first and began + step * said.index(first),
    )
