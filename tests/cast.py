"""The people every story is told with. The demo is seeded from the same names (config/story)."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.test import Client as Browser
from django.utils import timezone

from accounts.actions.clients import add_client
from accounts.actions.keys import issue_key
from accounts.actions.people import actor_of_person, add_person, join_client
from accounts.actors import Actor, MemberRole, StaffRole, system
from accounts.models import Client, Firm, Person
from accounts.policies import SCOPES
from billing.actions import Work, log_time, open_due_periods
from billing.models import Period, TimeEntry
from engagements.actions import begin_engagement, take_into_care
from engagements.models import AISystem, Engagement
from engagements.rules import Terms
from tickets.actions import open_ticket
from tickets.models import Ticket

ARRANGING = system("arranging a test")


@dataclass
class Company:
    """A client with its retainer, the current period and one AI system."""

    client: Client
    engagement: Engagement
    period: Period
    system: AISystem
    people: dict[str, Person] = field(default_factory=dict)


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


def make_staff(name: str, role: StaffRole) -> Person:
    return add_person(actor=ARRANGING, name=name, email=f"{name.split(maxsplit=1)[0].lower()}@northfold.example", staff_role=role)


def make_contact(name: str, company: Company, *roles: MemberRole) -> Person:
    domain = company.client.name.split()[0].lower()
    person = add_person(actor=ARRANGING, name=name, email=f"{name.split(maxsplit=1)[0].lower()}@{domain}.example")
    join_client(actor=ARRANGING, person=person, client=company.client, roles=roles)
    company.people[name.split(maxsplit=1)[0].lower()] = person
    return person


def make_company(
    name: str,
    code: str,
    *,
    hours: int = 10,
    lead: Person | None = None,
    starts_on: dt.date | None = None,
    carry_periods: int = 1,
    overage: str = "bill",
    rate: str = "250.00",
    carry_cap_percent: int | None = None,
    thresholds: tuple[int, ...] = (50, 80, 100),
) -> Company:
    """A client whose retainer began on the first of this month, unless said otherwise."""
    starts_on = starts_on or month_of(timezone.localdate())
    client = add_client(actor=ARRANGING, name=name, code=code)
    terms = Terms(
        starts_on=starts_on,
        included_minutes=hours * 60,
        fee=Decimal(2000),
        proration="daily",
        carry_periods=carry_periods,
        carry_cap_percent=carry_cap_percent,
        overage=overage,  # type: ignore[arg-type]
        overage_rate=Decimal(rate),
        thresholds=thresholds,
    )
    engagement = begin_engagement(actor=ARRANGING, client=client, name="AI care", currency="USD", terms=terms, lead=lead)
    open_due_periods(actor=ARRANGING, today=timezone.localdate())
    short = name.split(maxsplit=1)[0]
    in_care = take_into_care(actor=ARRANGING, engagement=engagement, name=f"{short} assistant", kind="assistant", since=starts_on)
    period = Period.objects.covering(timezone.localdate()).get(engagement=engagement)
    return Company(client, engagement, period, in_care)


def actor(person: Person, company: Company | None = None) -> Actor:
    """The actor a person is; for somebody of a client, within that client."""
    found = actor_of_person(person, client_id=company.client.pk if company else _only_client(person))
    assert found is not None
    return found


def _only_client(person: Person) -> UUID | None:
    return person.memberships.values_list("client_id", flat=True).first()


def log(
    person: Person, company: Company, *, minutes: int, on: dt.date | None = None, ticket: Ticket | None = None, note: str = ""
) -> TimeEntry:
    """Minutes of work on a day: today, or the first of the month where today would lie outside the period."""
    work = Work(
        service_area="prompt_optimisation", raw_seconds=minutes * 60, work_date=on or timezone.localdate(), note=note, ticket=ticket
    )
    return log_time(actor=actor(person), engagement=company.engagement, work=work)


def ask(person: Person, company: Company, subject: str = "The quote assistant is wrong", body: str = "It promises 3 days.") -> Ticket:
    """A request filed by somebody of the client."""
    return open_ticket(
        actor=actor(person, company),
        client=company.client,
        engagement=company.engagement,
        subject=subject,
        body=body,
        source="portal",
    )


def browser(person: Person) -> Browser:
    """A signed-in browser without JavaScript."""
    signed_in = Browser()
    signed_in.force_login(person.user)
    return signed_in


def text(response: Any) -> str:
    """A page as it is read: its hard spaces are spaces like any other."""
    return str(response.content, "utf-8").replace("\xa0", " ")


def key(person: Person, *scopes: str, company: Company | None = None) -> str:
    """The secret of an API key that acts for a person; every scope unless some are named."""
    bound = company.client if company else None
    if bound is None and not person.is_staff:
        bound = Client.objects.get(pk=str(_only_client(person)))
    _, secret = issue_key(actor=ARRANGING, person=person, name="test", scopes=scopes or SCOPES, client=bound)
    return secret


def make_firm() -> Firm:
    firm, _ = Firm.objects.get_or_create(pk=1, defaults={"name": "Northfold"})
    return firm
