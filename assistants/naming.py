"""Things by the names people give them: a client by its code, a ticket by its reference. What fits two is asked about, never guessed."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from assistants.tend import Refused, Tend, Thing

MOST_TOLD = 20
NAMED = "id,name,code"


def is_id(named: str) -> bool:
    """Whether this is the id of something rather than its name."""
    try:
        return str(UUID(named)) == named.lower()
    except ValueError:
        return False


def today_of(me: Thing) -> dt.date:
    """The day it is for whom the key acts."""
    return dt.datetime.now(ZoneInfo(me["time_zone"])).date()


def client_id(tend: Tend, named: str | None) -> str:
    """The id of a client by its code, name or id; of the only one where none is named. Raises Refused that names those there are."""
    if named and is_id(named):
        return named
    own: Thing | None = tend.get("me")["client"]
    if own is not None and (not named or _is_called(own, named)):
        return str(own["id"])
    found = tend.get("clients", q=named, in_care=None if named else True, fields=NAMED, ordering="name", limit=MOST_TOLD)["results"]
    exact = [client for client in found if named and _is_called(client, named)]
    if len(exact or found) == 1:
        return str((exact or found)[0]["id"])
    names = ", ".join(f"{client['name']} ({client['code']})" for client in found)
    if not names:
        raise Refused(f"This key sees no client {named}. find_clients lists those it sees." if named else "This key sees no client.")
    raise Refused(f"{named} may be several clients: {names}. Name one by its code." if named else f"Name the client: {names}.")


def ticket_id(tend: Tend, named: str) -> str:
    """The id of a ticket by its reference, such as ACM-42, or its id. Raises Refused."""
    if is_id(named):
        return named
    reference = named.strip().upper()
    for ticket in tend.every("tickets", q=reference, fields="id,reference"):
        if ticket["reference"] == reference:
            return str(ticket["id"])
    raise Refused(f"There is no ticket {named} that this key may see. find_tickets lists those it sees.")


def engagement_id(tend: Tend, client: str, on: dt.date) -> str:
    """The one retainer of a client that runs on a day. Raises Refused that names them where there are several."""
    found = list(tend.every("engagements", client=client, running_on=on, fields="id,name"))
    if not found:
        raise Refused(f"The client has no retainer on {on} that could carry this time.")
    if len(found) > 1:
        names = ", ".join(f"{each['name']} ({each['id']})" for each in found)
        raise Refused(f"The client has several retainers: {names}. Name the id of one as `engagement`, or the ticket this was for.")
    return str(found[0]["id"])


def _is_called(client: Thing, named: str) -> bool:
    return named.strip().casefold() in {client["name"].casefold(), client["code"].casefold()}
