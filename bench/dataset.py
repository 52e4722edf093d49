"""The standard data set by set-based SQL: at scale 1, 1,000 clients, 2,000 engagements of 24 periods, 200,000 tickets.

Each retainer has eight hours of work a month, so one consultant works for ten clients; all of them have the same lead.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from accounts import scope
from accounts.actions.keys import issue_key
from accounts.actions.people import add_person
from accounts.actors import StaffRole, system
from accounts.models import Firm, Person
from accounts.policies import SCOPES

MAKING = system("bench")
LEAD = "lena@bench.example"
CLIENTS_OF_ONE = 10  # consultant


@dataclass(frozen=True, slots=True)
class DataSet:
    """What the cases ask for: a lead's key, and one client with its engagement."""

    secret: str
    client_id: str
    engagement_id: str
    young_client_id: str
    tickets: int
    entries: int


STATEMENTS = (
    """INSERT INTO accounts_client (name, code, time_zone)
       SELECT 'Client ' || n, 'C' || upper(lpad(to_hex(n), 6, '0')), 'UTC' FROM generate_series(1, %(clients)s) n""",
    """INSERT INTO engagements_engagement (client_id, name, currency, starts_on, is_imported, lead_id,
         ends_because, notice_days, needs_approval)
       SELECT c.id, 'Care ' || k, 'USD', %(begins)s, false, %(lead)s, '', 30, false FROM accounts_client c, generate_series(1, 2) k""",
    """INSERT INTO engagements_retainerterms (client_id, engagement_id, starts_on, included_minutes, fee, period_unit, anchor_day,
         proration, carry_periods, carry_cap_percent, borrow_limit_minutes, overage, overage_rate, rounding_increment_minutes,
         rounding_mode, rounding_minimum_minutes, rounding_scope, weights, thresholds, grace_days)
       SELECT client_id, id, starts_on, 720, 2000, 'month', 1, 'daily', 0, NULL, 0, 'bill', 185, 1, 'nearest', 0, 'entry', '{}',
         ARRAY[50, 80, 100], 3 FROM engagements_engagement""",
    """INSERT INTO billing_period (client_id, engagement_id, starts_on, ends_on, opening_minutes, granted_minutes, adjusted_minutes,
         covered_minutes, expired_minutes, closing_minutes, borrowed_minutes, overage_minutes, unauthorised_minutes, absorbed_minutes,
         used_minutes, capacity_minutes, is_history)
       SELECT e.client_id, e.id, m::date, (m + interval '1 month')::date, 0, 720, 0, 480, 240, 0, 0, 0, 0, 0, 480, 720, false
       FROM engagements_engagement e, generate_series(%(begins)s::timestamp, %(month)s::timestamp, '1 month') m""",
    """INSERT INTO billing_lot (client_id, engagement_id, period_id, terms_id, kind, minutes, usable_from, usable_until, priority,
         service_areas, reason)
       SELECT p.client_id, p.engagement_id, p.id, t.id, 'grant', 720, p.starts_on, p.ends_on, 0, '{}', ''
       FROM billing_period p JOIN engagements_retainerterms t ON t.engagement_id = p.engagement_id""",
    """INSERT INTO tickets_ticket (client_id, engagement_id, number, reference, subject, kind, service_area, source, priority,
         is_urgent_to_client, state, assignee_id, reason, resolved_at, closed_at)
       SELECT e.client_id, e.id, row_number() OVER (PARTITION BY e.client_id),
         c.code || '-' || row_number() OVER (PARTITION BY e.client_id),
         'Something about ' || md5(n::text), 'request', 'team_support', 'portal', 3, false,
         CASE WHEN n > 5 THEN 'closed' ELSE 'open' END, %(lead)s, CASE WHEN n > 5 THEN 'done' ELSE '' END,
         CASE WHEN n > 5 THEN now() END, CASE WHEN n > 5 THEN now() END
       FROM engagements_engagement e JOIN accounts_client c ON c.id = e.client_id, generate_series(1, 100) n""",
    """INSERT INTO tickets_message (client_id, ticket_id, author_id, body, by_client, is_question)
       SELECT client_id, id, %(lead)s, 'Said ' || k, false, false FROM tickets_ticket, generate_series(1, 3) k""",
    """INSERT INTO billing_timeentry (client_id, engagement_id, period_id, person_id, service_area, kind, work_kind, work_date, zone,
         raw_seconds, billed_minutes, burn_minutes, rate, note, state, is_late)
       SELECT p.client_id, p.engagement_id, p.id, (%(people)s::uuid[])[1 + abs(hashtext(p.client_id::text)) %% %(workers)s], 'reporting',
         'included', '', p.starts_on + (n %% 27), 'UTC', 300, 5, 5, 185, '', 'approved', false
       FROM billing_period p, generate_series(1, 96) n""",
    """INSERT INTO billing_posting (client_id, period_id, lot_id, entry_id, kind, minutes)
       SELECT l.client_id, l.period_id, l.id, NULL::uuid, part.kind, part.minutes
       FROM billing_lot l, (VALUES ('granted', 720), ('expired', 240)) AS part (kind, minutes) WHERE l.usable_from < %(month)s
       UNION ALL
       SELECT e.client_id, e.period_id, l.id, e.id, 'covered', 5
       FROM billing_timeentry e JOIN billing_lot l ON l.period_id = e.period_id WHERE l.usable_from < %(month)s""",
    """INSERT INTO billing_statement (client_id, engagement_id, period_id, number, document, digest, engine, override_reason,
         superseded_reason)
       SELECT client_id, engagement_id, id, row_number() OVER (PARTITION BY engagement_id ORDER BY starts_on), '{}', '', 'bench', '', ''
       FROM billing_period WHERE starts_on < %(month)s""",
    "UPDATE billing_lot SET carried_minutes = 0, is_spent = true WHERE usable_from < %(month)s",
)
LOADED = ("billing_posting", "billing_timeentry", "billing_statement", "billing_lot", "tickets_ticket", "tickets_message")
CLOSE = "UPDATE billing_period SET closed_at = now() WHERE starts_on = %s"


def month_of(today: dt.date, before: int = 0) -> dt.date:
    months = today.year * 12 + today.month - 1 - before
    return dt.date(months // 12, months % 12 + 1, 1)


REFERENCES = """SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)"""


def build(scale: float) -> DataSet:
    """Fill an empty database; the totals of the periods are those that their entries give.

    What triggers and references would check row by row, for most of the time, is checked for whole tables after the load.
    """
    with _as_owner() as cursor:
        cursor.execute(REFERENCES, [list(LOADED)])
        references = cursor.fetchall()
        for table, name, _definition in references:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for table in LOADED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    try:
        return _filled(scale)
    finally:
        with _as_owner() as cursor:
            for table in LOADED:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for table, name, definition in references:
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def _as_owner() -> Iterator[CursorWrapper]:
    with scope.nobody(), scope.owner(), transaction.atomic(), connection.cursor() as cursor:
        yield cursor


@transaction.atomic
def _filled(scale: float) -> DataSet:
    with scope.system("bench"):
        Firm.objects.get_or_create(pk=1)
        lead: Person = add_person(actor=MAKING, name="Lena Lead", email=LEAD, staff_role=StaffRole.LEAD)
        today, clients = timezone.localdate(), max(2, int(1000 * scale))
        workers = [lead, *(_consultant(number) for number in range(2, clients // CLIENTS_OF_ONE + 1))]
        values: dict[str, Any] = {
            "clients": clients,
            "lead": lead.pk,
            "people": [person.pk for person in workers],
            "workers": len(workers),
            "month": month_of(today),
            "begins": month_of(today, 23),
        }
        with connection.cursor() as cursor:
            for statement in STATEMENTS:
                cursor.execute(statement, {name: value for name, value in values.items() if f"%({name})s" in statement})
            for before in range(23, 0, -1):  # periods close in order
                cursor.execute(CLOSE, [month_of(today, before)])
            cursor.execute("SELECT client_id, id FROM engagements_engagement ORDER BY id LIMIT 1")
            client_id, engagement_id = cursor.fetchone()
            cursor.execute("SELECT (SELECT count(*) FROM tickets_ticket), (SELECT count(*) FROM billing_timeentry)")
            tickets, entries = cursor.fetchone()
        _, secret = issue_key(actor=MAKING, person=lead, name="bench", scopes=SCOPES)
        young = _promise(1, "Young", "Y", retainers=2, entries=96)[0]  # all as that of the first client, but its history
    return DataSet(secret, str(client_id), str(engagement_id), young, tickets, entries)


def _consultant(number: int) -> Person:
    return add_person(
        actor=MAKING, name=f"Consultant {number}", email=f"consultant-{number}@bench.example", staff_role=StaffRole.CONSULTANT
    )


PROMISES = (
    """INSERT INTO accounts_client (name, code, time_zone)
       SELECT %(name)s || n, %(code)s || upper(lpad(to_hex(n), 6, '0')), 'UTC' FROM generate_series(1, %(many)s) n RETURNING id""",
    """INSERT INTO engagements_engagement (client_id, name, currency, starts_on, is_imported, lead_id,
         ends_because, notice_days, needs_approval)
       SELECT id, %(name)s, 'USD', %(begins)s, false, %(lead)s, '', 30, false FROM accounts_client, generate_series(1, %(retainers)s)
       WHERE id = ANY(%(clients)s)""",
    *(
        statement.replace("FROM engagements_engagement", "FROM engagements_engagement WHERE client_id = ANY(%(clients)s)")
        for statement in STATEMENTS[2:3]
    ),
    """INSERT INTO billing_period (client_id, engagement_id, starts_on, ends_on, opening_minutes, granted_minutes, adjusted_minutes,
         covered_minutes, expired_minutes, closing_minutes, borrowed_minutes, overage_minutes, unauthorised_minutes, absorbed_minutes,
         used_minutes, capacity_minutes, is_history)
       SELECT client_id, id, m::date, (m + interval '1 month')::date, 0, 720, 0, used, 720 - used, 0, 0, 0, 0, 0, used, 720, false
       FROM engagements_engagement, (VALUES (%(entries)s * %(minutes)s)) AS of_entries (used),
         generate_series(%(begins)s::timestamp, %(month)s::timestamp, '1 month') m
       WHERE client_id = ANY(%(clients)s)""",
    """INSERT INTO billing_lot (client_id, engagement_id, period_id, terms_id, kind, minutes, usable_from, usable_until, priority,
         service_areas, reason)
       SELECT p.client_id, p.engagement_id, p.id, t.id, 'grant', 720, p.starts_on, p.ends_on, 0, '{}', ''
       FROM billing_period p JOIN engagements_retainerterms t ON t.engagement_id = p.engagement_id WHERE p.client_id = ANY(%(clients)s)""",
    """INSERT INTO billing_timeentry (client_id, engagement_id, period_id, person_id, service_area, kind, work_kind, work_date, zone,
         raw_seconds, billed_minutes, burn_minutes, rate, note, state, is_late)
       SELECT client_id, engagement_id, id, %(lead)s, 'reporting', 'included', '', starts_on, 'UTC', %(minutes)s * 60, %(minutes)s,
         %(minutes)s, 185, '', 'approved', false
       FROM billing_period, generate_series(1, %(entries)s) WHERE client_id = ANY(%(clients)s)""",
)


def _promise(
    many: int, name: str, code: str, *, months_before: int = 0, retainers: int = 1, entries: int = 40, minutes: int = 5
) -> list[str]:
    """Clients with so many retainers each, whose periods since so many months are open with so many entries of so many minutes each."""
    today = timezone.localdate()
    lead = Person.objects.get(name="Lena Lead")
    values: dict[str, Any] = {
        "many": many,
        "name": name,
        "code": code,
        "lead": lead.pk,
        "month": month_of(today),
        "begins": month_of(today, months_before),
        "retainers": retainers,
        "entries": entries,
        "minutes": minutes,
    }
    with connection.cursor() as cursor:
        cursor.execute(PROMISES[0], {each: values[each] for each in ("many", "name", "code")})
        values["clients"] = [client for (client,) in cursor.fetchall()]
        for statement in PROMISES[1:]:
            cursor.execute(statement, {each: value for each, value in values.items() if f"%({each})s" in statement})
    return [str(client) for client in values["clients"]]


@transaction.atomic
def prepare_close(many: int) -> None:
    """Retainers whose last month is over and open, with 40 entries."""
    with scope.system("bench"):
        _promise(many, "To be closed", "D", months_before=1)


@transaction.atomic
def prepare_alerts(many: int, *, of: int) -> None:
    """So many retainers of which some used more than half of their hours, and nobody was told."""
    with scope.system("bench"):
        _promise(of - many, "Calm", "E", entries=1)
        _promise(many, "Burning", "F", entries=1, minutes=400)


def grow(data: DataSet, *, times: int) -> int:
    """As many times the entries of the present month, of everybody but the retainer that is measured; how many were added."""
    with _as_owner() as cursor:
        cursor.execute("ALTER TABLE billing_timeentry DISABLE TRIGGER USER")
    try:
        with scope.system("bench"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO billing_timeentry (client_id, engagement_id, period_id, person_id, service_area, kind, work_kind,
                     work_date, zone, raw_seconds, billed_minutes, burn_minutes, rate, note, state, is_late)
                   SELECT client_id, engagement_id, period_id, person_id, service_area, kind, work_kind, work_date, zone, raw_seconds,
                     billed_minutes, burn_minutes, rate, note, 'rejected', is_late
                   FROM billing_timeentry, generate_series(1, %s)
                   WHERE engagement_id <> %s AND work_date >= %s""",
                [times, data.engagement_id, month_of(timezone.localdate())],
            )
            added: int = cursor.rowcount
    finally:
        with _as_owner() as cursor:
            cursor.execute("ALTER TABLE billing_timeentry ENABLE TRIGGER USER")
    analyse()
    return added


def analyse() -> None:
    with scope.nobody(), scope.owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
