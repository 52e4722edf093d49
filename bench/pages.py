"""The main pages of both doors, as a browser with a session asks for them; and a page far down a list."""

from django.test import Client
from django.utils.module_loading import import_string

from accounts import scope
from accounts.actions.people import add_person, join_client
from accounts.actors import MemberRole
from accounts.models import Client as Company
from accounts.models import User
from bench.cases import sent_by
from bench.dataset import LEAD, MAKING, DataSet
from bench.report import Report
from bench.timing import against, both
from billing.models import Period, TimeEntry
from tickets.models import Ticket

MOST_MS, MOST_QUERIES = 150, 25
FAR = 2000
WORKSPACE = (
    "/workspace/",
    "/workspace/inbox/",
    "/workspace/tickets/",
    "/workspace/tickets/{ticket}/",
    "/workspace/week/",
    "/workspace/retainers/",
    "/workspace/periods/{period}/",
    "/workspace/clients/",
    "/workspace/clients/{client}/",
    "/workspace/entries/",
    "/workspace/periods/",
    "/workspace/team/",
    "/workspace/approvals/",
    "/workspace/people/",
    "/workspace/search/?q=Client+1",
)
PORTAL = ("/portal/", "/portal/tickets/", "/portal/tickets/{ticket}/", "/portal/hours/", "/portal/hours/{period}/", "/portal/systems/")


def pages(data: DataSet, report: Report) -> None:
    with scope.system("bench"):
        period = Period.objects.open().get(engagement_id=data.engagement_id)
        ticket = Ticket.objects.filter(client_id=data.client_id).unsettled().order_by("pk").first()
        owner = add_person(actor=MAKING, name="Olga Owner", email="olga@bench.example")
        join_client(actor=MAKING, person=owner, client=Company.objects.get(pk=data.client_id), roles=[MemberRole.OWNER])
    for door, email in ((WORKSPACE, LEAD), (PORTAL, "olga@bench.example")):
        browser = Client(SERVER_NAME="localhost")
        with scope.door():
            browser.force_login(User.objects.get(email=email))
        for page in door:
            _page(browser, page, page.format(ticket=ticket.pk, period=period.pk, client=data.client_id), report)


def _page(browser: Client, name: str, path: str, report: Report) -> None:
    def ask() -> None:
        status = browser.get(path).status_code
        if status != 200:
            raise RuntimeError(f"{path}: {status}")

    queries, spent, own = len(sent_by(ask)), *both(ask, rounds=20, warm=2)
    budget = f"<= {MOST_MS} ms, <= {MOST_QUERIES}"
    holds = spent <= MOST_MS and queries <= MOST_QUERIES
    report.row(f"GET {name}", f"{spent:.1f} ms (own {own:.1f}), {queries} queries", budget, holds=holds, ms=spent, own=own, queries=queries)


def far_page(data: DataSet, report: Report) -> None:
    """Page 2,000 of the firm's time by the key of the row before it, and the same page by counting rows from the start."""
    limit = max(1, min(50, data.entries // (FAR + 1)))
    columns = import_string("api.time_entries.TimeEntryRow").columns()
    rows = TimeEntry.objects.order_by("-pk").values_list(*columns)
    with scope.system("bench"):
        last = TimeEntry.objects.order_by("-pk").values_list("pk", flat=True)[FAR * limit - 1]

    def by_key() -> list[object]:
        with scope.system("bench"):
            return list(rows.filter(pk__lt=last)[:limit])

    def by_offset() -> list[object]:
        with scope.system("bench"):
            return list(rows[FAR * limit : FAR * limit + limit])

    if by_key() != by_offset():
        raise RuntimeError("The two pages differ.")
    found = against(by_key, by_offset, rounds=30, warm=3)
    measured = f"{found.case_ms:.2f} ms by key, {found.floor_ms:.2f} ms by OFFSET"
    report.row(f"page {FAR:,} of {limit} entries", measured, "key before OFFSET", holds=found.speed >= 1, ratio=found.speed)
