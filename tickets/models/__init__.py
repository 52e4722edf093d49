"""The work: requests and what is said about them."""

from tickets.models.approval import EstimateApproval
from tickets.models.attachment import MessageAttachment, NoteAttachment
from tickets.models.message import Message, Note
from tickets.models.planned import PlannedTicket
from tickets.models.ticket import Ticket, TicketCounter

__all__ = [
    "EstimateApproval",
    "Message",
    "MessageAttachment",
    "Note",
    "NoteAttachment",
    "PlannedTicket",
    "Ticket",
    "TicketCounter",
]
