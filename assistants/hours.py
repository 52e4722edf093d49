"""Tools for hours: logging time, how a client stands, its periods and statements."""

import datetime as dt
from typing import Annotated, Any

from pydantic import Field

from assistants.naming import client_id, engagement_id, is_id, today_of
from assistants.tend import Refused, Tend, cursor_of
from assistants.tickets import ClientNamed, Repeat, told
from assistants.times import seconds_of
from assistants.wording import ServiceArea, TimeKind

Cursor = Annotated[str | None, Field(description="next_cursor of the page before, asked with the same words.")]


class Hours:
    """The tools, on one Tend."""

    def __init__(self, tend: Tend) -> None:
        self.tend = tend

    def log_time(
        self,
        *,
        duration: Annotated[str | int, Field(description="How long it took: 1h30, 1.5h, 90m or 1:30. A bare number is minutes.")],
        ticket: Annotated[str | None, Field(description="The ticket it was for, such as ACM-42. Enough by itself.")] = None,
        client: Annotated[str | None, Field(description="Without a ticket: the client, by code, name or id. Say service_area too.")] = None,
        service_area: Annotated[ServiceArea | None, Field(description="That of the ticket where it is left out.")] = None,
        work_date: Annotated[dt.date | None, Field(description="The day it was worked; today where it is left out.")] = None,
        note: Annotated[str | None, Field(max_length=500, description="What was done. The client reads it.")] = None,
        kind: Annotated[TimeKind | None, Field(description="`included` unless said; `internal` is never shown to the client.")] = None,
        engagement: Annotated[str | None, Field(description="The id of the retainer, where a client has several.")] = None,
        repeat: Repeat = 1,
    ) -> dict[str, Any]:
        """Log work of the person this key acts for, on a ticket or on a client. It burns the client's hours at once and is never refused
        for lack of them. The same again within 24 hours logs nothing more; `billed_minutes` are what was kept.
        """
        if ticket is None and (service_area is None or (client is None and engagement is None)):
            raise Refused("Name the ticket this was for, or the client and the service_area.")
        day = work_date or today_of(self.tend.get("me"))
        if engagement is None and ticket is None:
            engagement = engagement_id(self.tend, client_id(self.tend, client), day)
        elif engagement is not None and not is_id(engagement):
            raise Refused("`engagement` is the id of a retainer; read_balance tells it.")
        work = {
            "raw_seconds": seconds_of(str(duration)),
            "work_date": day.isoformat(),
            "ticket": ticket.strip().upper() if ticket else None,  # the API reads references and ids, however they are written
            "engagement": engagement,
            "service_area": service_area,
            "note": note,
            "kind": kind,
        }
        written = self.tend.post("time-entries", {name: value for name, value in work.items() if value is not None}, repeat=repeat)
        return told(written.thing, was_there=written.was_there)

    def read_balance(self, client: ClientNamed = None) -> dict[str, Any]:
        """How the hours of a client stand today: left, used, reserved, over, until when they last, by service area. All in minutes."""
        return self.tend.get(f"clients/{client_id(self.tend, client)}/balance")

    def list_periods(
        self,
        *,
        client: ClientNamed = None,
        open: Annotated[bool | None, Field(description="true: still running or waiting for their close; false: closed.")] = None,  # noqa: A002 (the API's name)
        to_close: Annotated[bool | None, Field(description="true: over, and not closed yet.")] = None,
        covering: Annotated[dt.date | None, Field(description="A day they cover.")] = None,
        limit: Annotated[int, Field(ge=1, le=200)] = 12,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        """A client's periods, the youngest first, in minutes: opening + granted + adjusted - covered - expired = closing."""
        asked = {"open": open, "to_close": to_close, "covering": covering, "limit": limit, "cursor": cursor}
        page = self.tend.get("periods", client=client_id(self.tend, client), **asked)
        return {"periods": page["results"], "next_cursor": cursor_of(page)}

    def list_statements(
        self, client: ClientNamed = None, limit: Annotated[int, Field(ge=1, le=200)] = 12, cursor: Cursor = None
    ) -> dict[str, Any]:
        """The statements of a client's closed periods, the youngest first. draft_report tells what is in the one of a day."""
        page = self.tend.get("statements", client=client_id(self.tend, client), limit=limit, cursor=cursor)
        return {"statements": page["results"], "next_cursor": cursor_of(page)}
