"""What is asked most often reads by index, on tables as full as those of a firm after two years: seen in the planner's own words."""

import datetime as dt
import json
from itertools import chain

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import scope
from accounts.models import User
from bench import dataset
from billing.models import Period
from billing.models.ledger_rows import open_periods
from engagements.models import Engagement
from events.models import Delivery, WebhookMessage
from tests.api_cast import Program
from tickets.models import Ticket

SCALE = 0.01
BIG = {"tickets_ticket", "tickets_message", "billing_timeentry", "billing_posting", "events_event", "events_notice", "events_delivery"}
# An outbox as it is after a while: everything was sent but what happened just now.
SENT = """
    WITH happened AS (INSERT INTO events_event (client_id, kind, about_type, about_id, person_id, process, is_public, payload)
      SELECT t.client_id, 'ticket.opened', 'tickets.ticket', t.id, t.assignee_id, '', true, '{}' FROM tickets_ticket t RETURNING *),
    told AS (INSERT INTO events_notice (client_id, event_id, person_id, kind, subject, sentences, facts, about_type, about_id, read_at)
      SELECT client_id, id, person_id, kind, 'Opened', '[]', '[]', about_type, about_id, now() FROM happened RETURNING *)
    INSERT INTO events_delivery (client_id, notice_id, channel, message_id, is_waiting, attempts, last_error, sent_at)
      SELECT client_id, id, 'mail', id::text, n < 3, 1, '', CASE WHEN n < 3 THEN NULL ELSE now() END
      FROM (SELECT told.*, row_number() OVER () AS n FROM told) AS told"""

PAGES = (
    "/workspace/",
    "/workspace/inbox/",
    "/workspace/tickets/",
    "/workspace/tickets/{ticket}/",
    "/workspace/week/",
    "/workspace/entries/",
    "/workspace/retainers/",
    "/workspace/periods/{period}/",
    "/workspace/clients/",
    "/workspace/clients/{client}/",
)
OF_A_PERIOD = ("entries_of_a_period", "billing_timeentry_period")  # the index of the key serves as well as the one by day

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def data(django_db_setup, django_db_blocker):
    """Made once for all of these tests, which only read it."""
    with django_db_blocker.unblock():
        loaded = dataset.build(SCALE)
        with scope.system("test"), connection.cursor() as cursor:
            cursor.execute(SENT)
        dataset.analyse()
        yield loaded
        connection.close()
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def program(data):
    return Program(data.secret)


@pytest.fixture
def engagement(data):
    with scope.staff():
        yield Engagement.objects.get(pk=data.engagement_id)


def nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def read_by(sql, params):
    """The indexes that the planner reads by. No big table is read from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    plan = found if isinstance(found, list) else json.loads(found)
    steps = list(nodes(plan[0]["Plan"]))
    walked = {step["Relation Name"] for step in steps if step["Node Type"] == "Seq Scan"} & BIG
    assert not walked, json.dumps(plan, indent=1)
    return {step["Index Name"] for step in steps if "Index Name" in step}


def used_for(queryset):
    return read_by(*queryset.query.sql_with_params())


def sent_while(ask):
    """What is read of big tables while something is asked."""
    sent = []

    def note(execute, sql, params, many, context):
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = ask()
    assert answer.status_code == 200, answer.content
    return [(sql, params) for sql, params in sent if sql.lstrip("( \n").startswith("SELECT") and any(f'"{name}"' in sql for name in BIG)]


def used_to_answer(ask):
    sent = sent_while(ask)
    assert sent
    with scope.staff():
        return set(chain.from_iterable(read_by(sql, params) for sql, params in sent))


def test_a_scan_of_a_big_table_is_noticed(data):
    with scope.staff(), pytest.raises(AssertionError, match="Seq Scan"):
        used_for(Ticket.objects.filter(subject__contains="about"))


def test_a_page_of_tickets_is_read_in_the_order_of_its_key(program):
    assert "tickets_ticket_pkey" in used_to_answer(lambda: program.get("tickets"))


def test_a_later_page_begins_where_it_was_left(program):
    path = "tickets?limit=200"
    for _ in range(5):
        path = program.get(path).json()["next"]
    assert "tickets_ticket_pkey" in used_to_answer(lambda: program.get(path.removeprefix("http://testserver")))


@pytest.mark.parametrize(
    ("path", "indexes"),
    [
        ("tickets?client={0.client_id}", ("tickets_of_a_client", "tickets_ticket_client", "tickets_ticket_of_client")),
        ("time-entries?engagement={0.engagement_id}", ("entries_of", "billing_timeentry_engagement", "billing_timeentry_pkey")),
        ("clients/{0.client_id}/balance", OF_A_PERIOD),
    ],
)
def test_what_belongs_to_one_client_is_found_by_index(data, program, path, indexes):
    used = used_to_answer(lambda: program.get(path.format(data)))
    assert any(name.startswith(indexes) for name in used), used


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_the_day_walk_through_no_big_table(data, client, page):
    client.force_login(User.objects.get(email="lena@bench.example"))
    with scope.staff():
        ticket = Ticket.objects.filter(client_id=data.client_id).unsettled().order_by("pk").first()
        period = Period.objects.open().get(engagement_id=data.engagement_id)
    path = page.format(ticket=ticket.pk, period=period.pk, client=data.client_id)
    sent_while(lambda: client.get(path))  # the first call asks for more: content types, the session
    with scope.staff():
        for sql, params in sent_while(lambda: client.get(path)):
            read_by(sql, params)


def test_the_entries_of_a_period_are_found_by_it(engagement):
    (period,) = open_periods(engagement)
    (index,) = used_for(period.entries.burning().order_by("work_date", "started_at", "pk"))
    assert index.startswith(OF_A_PERIOD)


def test_what_waits_in_the_outbox_is_found_among_what_was_sent(data):
    with scope.system("test"):
        waiting = Delivery.objects.waiting(timezone.now()).order_by("due_at")
        assert used_for(waiting[:1]) == {"deliveries_that_wait"}
        assert Delivery.objects.count() > len(waiting) == 2
        messages = WebhookMessage.objects.waiting(timezone.now()).order_by("due_at")[:1]
        assert "messages_that_wait" in used_for(messages) or not WebhookMessage.objects.exists()


def test_the_sweep_of_alerts_reads_running_totals_and_no_entries(data):
    with scope.system("test"), connection.cursor() as cursor:
        swept = Period.objects.without_alert_for_reached_threshold()
        used_for(swept)
        sql, params = swept.query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "billing_timeentry" not in plan
    assert "billing_posting" not in plan


def test_what_is_due_to_close_is_found_by_its_end(data):
    with scope.system("test"):
        due = Period.objects.open().of_the_promise().filter(ends_on__lte=timezone.localdate() - dt.timedelta(days=3))
        assert used_for(due) <= {"periods_to_close", "open_periods"}
