"""The demo story: one firm, three clients at 30, 85 and 110 % of their month, and what waits on each side.

It is told through the same actions that people use, so that every number in it explains itself. Only moments are moved
afterwards, because a story has a past and actions happen now.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.actions.clients import add_client
from accounts.actions.people import actor_of_person, add_person, assign, join_client
from accounts.actors import Actor, MemberRole, StaffRole, system
from accounts.models import BusinessCalendar, CalendarVersion, Client, Firm, Person
from billing.actions import Work, log_time
from engagements.actions import Plan, add_plan, begin_engagement, take_into_care
from engagements.models import Engagement
from engagements.rules import Terms
from proposals.actions import Piece, draft_proposal, send_proposal
from tickets.actions import (
    accept_ticket,
    ask_approval,
    assign_ticket,
    due_openings,
    open_planned_ticket,
    open_ticket,
    reply,
    resolve_ticket,
    schedule_ticket,
    write_note,
)
from tickets.models import Message, Ticket
from tickets.rules import State

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


def is_told() -> bool:
    return Client.objects.filter(code=CLIENTS[0][1]).exists()


@transaction.atomic
def tell_story() -> Cast:
    """Fill an empty installation with the demo story. Call it in the system's scope, once."""
    today = timezone.localdate()
    Firm.objects.update_or_create(pk=1, defaults={"name": "Northfold", "currency": "USD", "time_zone": "America/New_York"})
    cast = Cast(staff=_staff(), contacts={}, retainers={})
    calendar = BusinessCalendar.objects.create(name="Office hours")
    CalendarVersion.objects.create(calendar=calendar, zone="America/New_York", windows=OFFICE_HOURS)
    for promise in CLIENTS:
        cast.retainers[promise[1]] = _retainer(cast, promise, today, calendar)
    _people(cast)
    for code, name, kind, purpose, components in SYSTEMS:
        retainer = cast.retainers[code]
        take_into_care(
            actor=TELLER, engagement=retainer, name=name, kind=kind, purpose=purpose, since=retainer.starts_on, components=components
        )
    _plan(cast, today)
    _conversations(cast, today)
    _quote_follow_ups(cast)
    for _, code, _, _, _, percent in CLIENTS:
        _work(cast, cast.retainers[code], percent, today)
    return cast


def _plan(cast: Cast, today: dt.date) -> None:
    """What comes back by itself: a prompt review each week at Acorn."""
    review = Plan(
        what="Weekly prompt review",
        service_area="prompt_optimisation",
        cadence="weekly",
        day=3,
        estimate_minutes=45,
        starts_on=today,
        checklist="Read the ten worst answers of the week\nMend the prompt where it misled\nRun the forty cases",
        person=cast.staff["Ines"],
    )
    add_plan(actor=cast.actor("Mara"), engagement=cast.retainers["ACM"], plan=review)
    for plan, due_on in due_openings(today):
        open_planned_ticket(actor=TELLER, plan=plan, due_on=due_on)


def _staff() -> dict[str, Person]:
    people = {}
    for name, role, _ in STAFF:
        first = name.split()[0]
        person = add_person(
            actor=TELLER, name=name, email=f"{first.lower()}@northfold.example", staff_role=role, time_zone="America/New_York"
        )
        people[first] = _with_password(person)
    return people


def _with_password(person: Person) -> Person:
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    return person


def _retainer(cast: Cast, promise: tuple[str, str, int, str, str, int], today: dt.date, calendar: BusinessCalendar) -> Engagement:
    name, code, hours, fee, lead, _ = promise
    client = add_client(actor=TELLER, name=name, code=code, time_zone="America/New_York", calendar=calendar)
    month_before = (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    terms = Terms(
        starts_on=month_before,
        included_minutes=hours * 60,
        fee=Decimal(fee),
        proration="daily",
        carry_periods=1,
        carry_cap_percent=50,
        overage="authorise",
        overage_rate=Decimal("185.00"),
        thresholds=(50, 80, 100),
    )
    return begin_engagement(actor=TELLER, client=client, name="AI care", currency="USD", terms=terms, lead=cast.staff[lead])


def _people(cast: Cast) -> None:
    addresses = {login.name: login.email for login in log_ins()}
    for name, code, roles, _ in CONTACTS:
        person = add_person(actor=TELLER, name=name, email=addresses[name], time_zone="America/New_York")
        join_client(actor=TELLER, person=person, client=cast.retainers[code].client, roles=roles)
        cast.contacts[name.split()[0]] = _with_password(person)
    for first, code in ASSIGNMENTS:
        assign(actor=TELLER, person=cast.staff[first], client=cast.retainers[code].client)


def _work(cast: Cast, retainer: Engagement, percent: int, today: dt.date) -> None:
    """Last month used up all but three hours; this month stands at `percent` of its capacity."""
    worker = cast.staff["Tomas" if retainer.client.code == "DVJ" else "Ines"]
    before, current = retainer.periods.order_by("starts_on")[:2]
    _spread(worker, retainer, before.capacity_minutes - 180, _business_days(before.starts_on, before.ends_on))
    current.refresh_from_db()
    wanted = current.capacity_minutes * percent // 100 - current.used_minutes
    _spread(worker, retainer, wanted, _business_days(current.starts_on, min(today + dt.timedelta(days=1), current.ends_on)))


def _business_days(starts_on: dt.date, ends_on: dt.date) -> list[dt.date]:
    days = [starts_on + dt.timedelta(days=n) for n in range((ends_on - starts_on).days)]
    return [day for day in days if day.weekday() < 5] or days[:1]


def _spread(worker: Person, retainer: Engagement, minutes: int, days: list[dt.date]) -> None:
    """Log `minutes` as pieces of work on about every other of the days, in the past first."""
    actor = actor_of_person(worker)
    pieces = max(1, min(len(LABOUR) * 2, minutes // 45))
    tickets = list(retainer.tickets.filter(state__in=[State.OPEN, State.WAITING_ON_CLIENT]).order_by("number"))
    for index in range(pieces):
        part = minutes // pieces + (minutes % pieces if index == pieces - 1 else 0)
        area, note = LABOUR[index % len(LABOUR)]
        day = days[index * len(days) // pieces]
        ticket = tickets[0] if tickets and index % 2 and day >= timezone.localdate() - ON_TICKETS_SINCE else None
        work = Work(service_area=area, raw_seconds=part * 60, work_date=day, note=note, ticket=ticket)
        if actor is not None and part > 0:
            log_time(actor=actor, engagement=retainer, work=work)


def _conversations(cast: Cast, today: dt.date) -> None:
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


def _quote_follow_ups(cast: Cast) -> None:
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
