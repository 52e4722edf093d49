"""The journey as a program in Python tells it, with nothing but what openapi-python-client makes of the document."""

import json
import os
import sys
from uuid import UUID

from tend_client import AuthenticatedClient
from tend_client.api.clients import clients_balance_retrieve, clients_retrieve
from tend_client.api.tickets import tickets_create, tickets_messages_create, tickets_messages_list
from tend_client.api.time_entries import time_entries_create, time_entries_list
from tend_client.models import (
    Balance,
    MessageRequest,
    PaginatedMessageList,
    PaginatedTimeEntryList,
    Problem,
    Ticket,
    TicketRequest,
    TimeEntry,
    TimeEntryRequest,
    TimeEntryRequestServiceArea,
)


def held_by(secret: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=os.environ["TEND_ADDRESS"], token=secret, raise_on_unexpected_status=True)


def left(balance: object) -> int:
    assert isinstance(balance, Balance), balance
    return int(balance.engagements[0].left_minutes)


with held_by(os.environ["CLIENT_KEY"]) as client, held_by(os.environ["CONSULTANT_KEY"]) as consultant:
    of_client = UUID(os.environ["CLIENT_ID"])
    before = clients_balance_retrieve.sync(of_client, client=client)
    assert isinstance(before, Balance), before
    ticket = tickets_create.sync(client=client, body=TicketRequest(subject="Quotes promise three days", body="The mill needs eight."))
    assert isinstance(ticket, Ticket), ticket
    answer = MessageRequest(body="Last year's price list is ranked first.")
    tickets_messages_create.sync(ticket.id, client=consultant, body=answer)
    work = TimeEntryRequest(
        engagement=UUID(os.environ["ENGAGEMENT_ID"]),
        ticket=ticket.id,
        service_area=TimeEntryRequestServiceArea.PROMPT_OPTIMISATION,
        raw_seconds=5400,
        work_date=before.as_of,
        note="Pinned the lead-time table",
    )
    logged = time_entries_create.sync(client=consultant, body=work, idempotency_key=str(ticket.id))
    assert isinstance(logged, TimeEntry), logged
    read = time_entries_list.sync(client=client, ticket=ticket.id)
    assert isinstance(read, PaginatedTimeEntryList), read
    said = tickets_messages_list.sync(ticket.id, client=client)
    assert isinstance(said, PaginatedMessageList), said
    elsewhere = clients_retrieve.sync(UUID(os.environ["OTHER_CLIENT_ID"]), client=client)
    assert isinstance(elsewhere, Problem), elsewhere
    told = {
        "before": left(before),
        "after": left(clients_balance_retrieve.sync(of_client, client=client)),
        "burned": logged.burn_minutes,
        "notes": [entry.note for entry in read.results],
        "by_client": [message.by_client for message in said.results],
        "elsewhere": elsewhere.code,
    }
json.dump(told, sys.stdout)
