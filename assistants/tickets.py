"""Tools for clients and tickets: who asks, what is asked for, and a new request."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from assistants.naming import client_id, ticket_id, today_of
from assistants.tend import Tend, Thing, cursor_of
from assistants.times import minutes_of
from assistants.wording import Kind, Ordering, ServiceArea, State, Turn

IN_A_LIST = "id,reference,subject,state,turn,wording,kind,service_area,priority,urgent,client,assignee,created_at,updated_at"
MESSAGES_READ = 50
REPEATED = (
    "An equal request of the last 24 hours made this; nothing was written again. Where the person wants a second one, "
    "or has taken the first away, call again with repeat=2 (3 for a third)."
)

ClientNamed = Annotated[str | None, Field(description="Code, name or id. May be left out where the key sees one client only.")]
Person = Annotated[str | None, Field(description="`me`, or the id of a person.")]
Repeat = Annotated[int, Field(ge=1, le=50, description="Leave at 1. 2 only where the person wants a second one equal in everything.")]


def told(thing: Thing, *, was_there: bool) -> Thing:
    """What a write made; where an equal one had made it, that it was there already, and what to do if that is not meant."""
    return thing | ({"already_there": REPEATED} if was_there else {})


class Tickets:
    """The tools, on one Tend."""

    def __init__(self, tend: Tend) -> None:
        self.tend = tend

    def who_am_i(self) -> dict[str, Any]:
        """Who this key acts for, in which roles and scopes, within which client, and which day it is for them. Ask this first."""
        me = self.tend.get("me")
        return me | {"today": today_of(me).isoformat()}

    def find_clients(
        self,
        q: Annotated[str | None, Field(description="Part of the name, or the code.")] = None,
        in_care: Annotated[bool | None, Field(description="false finds those who left, null everybody.")] = True,
        limit: Annotated[int, Field(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """The clients this key sees, with code and time zone. A client's own key sees that client alone."""
        fields = "id,name,code,time_zone,ended_at"
        page = self.tend.get("clients", q=q, in_care=in_care, fields=fields, ordering="name", limit=limit)
        return {"clients": page["results"], "there_are_more": page["next"] is not None}

    def find_tickets(
        self,
        *,
        q: Annotated[str | None, Field(description="A reference such as ACM-42, or part of the subject.")] = None,
        state: Annotated[list[State] | None, Field(description="Any of these.")] = None,
        turn: Annotated[Turn | None, Field(description="Who has to act next: the firm (us) or the client.")] = None,
        client: Annotated[str | None, Field(description="Code, name or id; every client where it is left out.")] = None,
        assignee: Person = None,
        requester: Person = None,
        kind: list[Kind] | None = None,
        service_area: list[ServiceArea] | None = None,
        priority: Annotated[list[int] | None, Field(description="1 is the most urgent, 4 the least.")] = None,
        updated_since: Annotated[AwareDatetime | None, Field(description="A moment with its zone, such as 2026-11-20T00:00:00Z.")] = None,
        created_after: AwareDatetime | None = None,
        created_before: AwareDatetime | None = None,
        ordering: Ordering = "-updated_at",
        limit: Annotated[int, Field(ge=1, le=200)] = 20,
        cursor: Annotated[str | None, Field(description="next_cursor of the page before, asked with the same words.")] = None,
    ) -> dict[str, Any]:
        """Tickets by state, turn, client, people, kind, area, priority and time; newest change first. Everything may be left out."""
        page = self.tend.get(
            "tickets",
            q=q,
            state=state,
            turn=turn,
            client=client_id(self.tend, client) if client else None,
            assignee=assignee,
            requester=requester,
            kind=kind,
            service_area=service_area,
            priority=priority,
            updated_since=updated_since,
            created_after=created_after,
            created_before=created_before,
            ordering=ordering,
            limit=limit,
            cursor=cursor,
            fields=IN_A_LIST,
        )
        return {"tickets": page["results"], "next_cursor": cursor_of(page)}

    def read_ticket(self, ticket: Annotated[str, Field(description="Its reference, such as ACM-42, or its id.")]) -> dict[str, Any]:
        """One ticket and the latest 50 messages on it, in the order they were said. The firm's internal notes are not read."""
        found = ticket_id(self.tend, ticket)
        messages = self.tend.get(f"tickets/{found}/messages", limit=MESSAGES_READ)
        said = sorted(messages["results"], key=lambda message: str(message["id"]))  # ids count upwards in time
        return {"ticket": self.tend.get(f"tickets/{found}"), "messages": said, "there_are_older_messages": messages["next"] is not None}

    def open_ticket(
        self,
        *,
        subject: Annotated[str, Field(max_length=200)],
        body: Annotated[str, Field(max_length=50_000, description="The first message, in Markdown; client and firm both read it.")],
        client: ClientNamed = None,
        kind: Kind | None = None,
        service_area: ServiceArea | None = None,
        priority: Annotated[int | None, Field(ge=1, le=4, description="1 is the most urgent; for the firm.")] = None,
        urgent: Annotated[bool | None, Field(description="The client calls it urgent.")] = None,
        estimate: Annotated[str | None, Field(description="Like 4h or 1h30; for the firm.")] = None,
        repeat: Repeat = 1,
    ) -> dict[str, Any]:
        """File a request. People of client and firm are told of it at once. The same again within 24 hours opens no second one."""
        asked = {
            "subject": subject,
            "body": body,
            "client": client_id(self.tend, client),
            "kind": kind,
            "service_area": service_area,
            "priority": priority,
            "urgent": urgent,
            "estimate_minutes": minutes_of(estimate) if estimate else None,
        }
        written = self.tend.post("tickets", {name: value for name, value in asked.items() if value is not None}, repeat=repeat)
        return told(written.thing, was_there=written.was_there)
