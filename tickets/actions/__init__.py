"""Everything that is done to a ticket. Keyword-only, the actor first; each is one transaction under the ticket's lock."""

from tickets.actions.approving import ask_approval, decide_estimate, expire_estimate
from tickets.actions.attachments import FileRefused
from tickets.actions.conversing import reply, write_note
from tickets.actions.holding import Incomplete, MoveRefused, Unusable
from tickets.actions.moving import (
    accept_ticket,
    assign_ticket,
    close_ticket,
    edit_ticket,
    reopen_ticket,
    resolve_ticket,
    schedule_ticket,
    wake_ticket,
)
from tickets.actions.opening import open_ticket
from tickets.actions.planning import due_openings, open_planned_ticket

__all__ = [
    "FileRefused",
    "Incomplete",
    "MoveRefused",
    "Unusable",
    "accept_ticket",
    "ask_approval",
    "assign_ticket",
    "close_ticket",
    "decide_estimate",
    "due_openings",
    "edit_ticket",
    "expire_estimate",
    "open_planned_ticket",
    "open_ticket",
    "reopen_ticket",
    "reply",
    "resolve_ticket",
    "schedule_ticket",
    "wake_ticket",
    "write_note",
]
