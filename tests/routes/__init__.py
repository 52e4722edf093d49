"""Every route, every method it takes, and what each kind of person gets: one row each. A new route gets its row in the table of its door.

The id names the thing that the address is filled with (tests/canaries.py), the columns who asks:

  stranger  nobody signed in; a deactivated person; somebody whose membership ended; a key that was revoked or ran out
  other     anybody of another client than the one whose ids are named
  rob abe bill priya        requester, approver, billing and owner of the client whose ids are named
  tomas ines mara ada       a consultant of other clients, the client's consultant, a lead, an admin

and each cell what they get:

  in    asked to sign in          yes   what they asked for (2xx, or on to the next page)
  404   there is no such thing    no    a refusal that says why (400, 403, 409 or 422), of something they may see or write
  own   what they get where their own client's ids would be named: the address names none
  clock yes for whose timer runs, 404 for everybody else

A bulk is told by what its one item gets. Of the routes in KEPT_BY_PEOPLE every key is told no, whomever it acts for.
"""

from dataclasses import dataclass
from uuid import UUID

from tests.canaries import Filled
from tests.routes import api, portal, public, workspace
from tests.routes.filling import Body

COLUMNS = ("stranger", "other", "rob", "abe", "bill", "priya", "tomas", "ines", "mara", "ada")

TABLES = (public.TABLE, portal.TABLE, workspace.TABLE, api.TABLE)

ASKS: dict[str, Body] = portal.ASKS | workspace.ASKS | api.ASKS

BODIES: dict[tuple[str, str], Body] = portal.BODIES | workspace.BODIES | api.BODIES

THE_SIGN_IN_PAGES = "account_"  # allauth's own; nobody's rows are read there, so any answer but a fault will do

KEPT_BY_PEOPLE = frozenset(
    {"api:keys", "api:key", "api:key_rotation", "api:deliveries", "api:delivery", "api:delivery_resending", "api:deliveries_resending"}
)

BY_PARAMETER = {"code": "not-found", "key": "x:y", "uidb36": "1", "secret": "nobody-made-this"}


@dataclass(frozen=True)
class Row:
    """What one route gives for one method, by column."""

    route: str
    method: str
    thing: str
    gets: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def of_the_api(self) -> bool:
        return self.route.startswith("api:")

    @property
    def names_ids(self) -> bool:
        """Whether a client's ids are in its address or its body."""
        return self.thing != "-" or (self.route, self.method) in BODIES


def rows() -> list[Row]:
    """Every row of every door, in the order of the tables."""
    lines = [line.split() for table in TABLES for line in table.strip().splitlines()[1:]]
    return [Row(route, method, thing, dict(zip(COLUMNS, cells, strict=True))) for route, method, thing, *cells in lines]


def address_ids(parameters: list[str], row: Row, of: Filled) -> dict[str, UUID | str]:
    """What the address of a row is filled with."""
    return {name: BY_PARAMETER[name] if name in BY_PARAMETER else of.ids[row.thing] for name in parameters}
