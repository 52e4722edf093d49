"""Who the story is about, and what is promised to whom."""

import datetime as dt
from dataclasses import dataclass

from accounts.actions.people import actor_of_person
from accounts.actors import Actor, MemberRole, StaffRole, system
from accounts.models import Person
from engagements.models import Engagement

TELLER = system("demo story")
PASSWORD = "northfold-demo"  # noqa: S105 (the demo's log-ins are printed on the console)
ON_TICKETS_SINCE = dt.timedelta(days=7)
OFFICE_HOURS = [[day, 9 * 60, 17 * 60] for day in range(5)]


@dataclass(frozen=True, slots=True)
class LogIn:
    """Somebody of the story, and how they sign in."""

    name: str
    part: str
    email: str


@dataclass(slots=True)
class Cast:
    """Who the story is about."""

    staff: dict[str, Person]
    contacts: dict[str, Person]
    retainers: dict[str, Engagement]

    def actor(self, name: str) -> Actor:
        person = self.staff.get(name) or self.contacts[name]
        client_id = None if person.is_staff else person.memberships.values_list("client_id", flat=True).first()
        actor = actor_of_person(person, client_id=client_id)
        if actor is None:
            raise LookupError(f"{name} plays no part.")
        return actor


STAFF = (
    ("Ada Okafor", StaffRole.ADMIN, "admin of the firm"),
    ("Mara Lindqvist", StaffRole.LEAD, "lead of Acorn Mills and Dovetail Joinery"),
    ("Ines Duarte", StaffRole.CONSULTANT, "consultant at Acorn Mills and Cobalt Freight"),
    ("Tomas Reuter", StaffRole.CONSULTANT, "consultant at Dovetail Joinery"),
)
CLIENTS = (
    ("Acorn Mills", "ACM", 12, "2000.00", "Mara", 30),
    ("Dovetail Joinery", "DVJ", 8, "1400.00", "Mara", 85),
    ("Cobalt Freight", "CBF", 20, "3400.00", "Ada", 110),
)
CONTACTS = (
    ("Priya Raman", "ACM", (MemberRole.OWNER,), "owner at Acorn Mills"),
    ("Rob Ellery", "ACM", (MemberRole.REQUESTER,), "requester at Acorn Mills"),
    ("Oskar Lindgren", "DVJ", (MemberRole.OWNER,), "owner at Dovetail Joinery"),
    ("Leonie Brandt", "DVJ", (MemberRole.APPROVER, MemberRole.REQUESTER), "approver at Dovetail Joinery"),
    ("Nadia Haddad", "CBF", (MemberRole.OWNER,), "owner at Cobalt Freight"),
)
ASSIGNMENTS = (("Ines", "ACM"), ("Ines", "CBF"), ("Tomas", "DVJ"), ("Mara", "ACM"), ("Mara", "DVJ"), ("Ada", "CBF"))
SYSTEMS = (
    (
        "ACM",
        "Quote assistant",
        "assistant",
        "Answers price and lead-time questions",
        (("Quote model", "model", "2026-10"), ("Price list", "data", "v14")),
    ),
    (
        "ACM",
        "Order inbox",
        "automation",
        "Files orders that come by mail",
        (("Mail intake", "integration", ""), ("Order prompt", "prompt", "v15")),
    ),
    ("ACM", "Stock forecast", "forecast", "Orders flour two weeks ahead", ()),
    ("DVJ", "Drawing reader", "extraction", "Reads dimensions from customers' drawings", (("Reader prompt", "prompt", "v6"),)),
    ("CBF", "Tracking mails", "automation", "Tells customers where their freight is", (("Carrier feed", "integration", "v3"),)),
    ("CBF", "Rate classifier", "classifier", "Sorts freight into tariffs", (("Tariff model", "model", "2026-08"),)),
)
QUOTE_FOLLOW_UPS = (
    "frequency_per_week 120 A, manual_minutes 6 B, review_minutes 1 B, automatable_percent 80 C, loaded_rate 40 C,"
    " realisation_percent 50 C, run_cost 60 D, maintenance_hours 1 D, build_hours 16 D"
)
LABOUR = (
    ("prompt_optimisation", "Weekly prompt review"),
    ("performance_monitoring", "Sampled twenty answers against the rule book"),
    ("integration_maintenance", "Renewed the connector's token, watched the first hour"),
    ("system_updates", "Tried the new model version on the test set"),
    ("team_support", "Walked two new colleagues through the assistant"),
)


def log_ins() -> list[LogIn]:
    """Everybody of the story who can sign in, with the part they play."""
    domains = {code: name.split()[0].lower() for name, code, *_ in CLIENTS}
    firm = [LogIn(name, part, f"{name.split()[0].lower()}@northfold.example") for name, _, part in STAFF]
    theirs = [LogIn(name, part, f"{name.split()[0].lower()}@{domains[code]}.example") for name, code, _, part in CONTACTS]
    return firm + theirs
