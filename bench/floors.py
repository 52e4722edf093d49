"""The least that could answer the same: a bare function over psycopg and orjson, each with the rows, the rules and the JSON of its case.

A floor knows no middleware, no scopes of keys, no limits, no alerts, no webhooks, no ETag and no second wall but the stamp of
the transaction. It looks the key up, reads by the very joins of the application, and gives the very same objects.
"""

import datetime as dt
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import orjson
import psycopg
from django.db import connection
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_loads

from accounts.actions.keys import WHOM_A_KEY_ACTS_FOR
from api.balance import Standing, shown_balance
from api.rendering import to_json
from api.tickets import TicketRow
from bench.dataset import DataSet
from billing.actions.projecting import TOTALS
from billing.rules import capture, ledger, movements
from engagements.models import RetainerTerms

Statement = tuple[Any, Any]
STAMP = "SELECT set_config('role', 'tend_staff', true), set_config('app.client_id', '', true)"
HOLD = """SELECT e.id, e.client_id, e.name, c.name AS client_name, c.code, c.time_zone FROM engagements_engagement e
    JOIN accounts_client c ON c.id = e.client_id WHERE e.id = %s FOR NO KEY UPDATE OF e"""
PERIOD = """SELECT id, starts_on, ends_on FROM billing_period
    WHERE engagement_id = %s AND starts_on <= %s AND ends_on > %s AND closed_at IS NULL"""
LOTS = "SELECT id, minutes, kind, priority, usable_from, usable_until FROM billing_lot WHERE engagement_id = %s AND NOT is_spent"
ENTRIES = """SELECT id, work_date, burn_minutes, started_at, service_area, ticket_id, person_id, kind, rate FROM billing_timeentry
    WHERE period_id = %s AND state <> 'rejected' ORDER BY work_date"""
INSERT = """INSERT INTO billing_timeentry (client_id, engagement_id, period_id, person_id, service_area, kind, work_kind, work_date, zone,
      raw_seconds, billed_minutes, burn_minutes, rate, note, state, is_late)
    VALUES (%s, %s, %s, %s, %s, 'included', '', %s, %s, %s, %s, %s, %s, '', 'approved', false) RETURNING id, created_at, updated_at"""
UPDATE = f"UPDATE billing_period SET {', '.join(f'{name} = %s' for name in TOTALS)} WHERE id = %s"
EVENT = """INSERT INTO events_event (client_id, kind, about_type, about_id, person_id, key_id, process, is_public, payload)
    VALUES (%s, 'time.logged', 'billing.timeentry', %s, %s, %s, '', true, %s)"""


class Floor:
    """One connection, prepared statements, one transaction a request."""

    def __init__(self, data: DataSet) -> None:
        self.secret = data.secret
        self.raw = psycopg.connect(**_address(), autocommit=True, prepare_threshold=2)
        set_json_loads(orjson.loads, self.raw)

    def _key(self) -> Any:
        return self.raw.execute(WHOM_A_KEY_ACTS_FOR, [sha256(self.secret.encode()).digest()]).fetchone()

    def tickets(self, statement: Statement, limit: int = 50) -> Callable[[], bytes]:
        def answer() -> bytes:
            with self.raw.transaction():
                self._key()
                self.raw.execute(STAMP)
                rows = self.raw.execute(*statement).fetchall()
            last = f"http://localhost:8000/api/v1/tickets?limit={limit}&cursor={rows[limit - 1][0]}" if len(rows) > limit else None
            return to_json({"results": TicketRow.shaped(rows[:limit]), "next": last, "previous": None})

        return answer

    def balance(self, statement: Statement, client_id: str, today: dt.date) -> Callable[[], bytes]:
        def answer() -> bytes:
            with self.raw.transaction():
                self._key()
                self.raw.execute(STAMP)
                rows = [Standing(*row) for row in self.raw.execute(*statement).fetchall()]
            found = [row._replace(reserved=int(row.reserved), unusable=int(row.unusable)) for row in rows]  # sums of integers are numeric
            client = {"id": client_id, "name": found[0].client_name, "code": found[0].client_code}
            return to_json({"client": client, "as_of": today, "engagements": [shown_balance(each, today) for each in found]})

        return answer

    def log_time(self, body: bytes, terms: RetainerTerms) -> Callable[[], bytes]:
        """Lock, insert, recompute of the period, its totals, the event; the terms are known."""
        agreed = terms.as_rules()

        def answer() -> bytes:
            with self.raw.transaction():
                key = self._key()
                self.raw.execute(STAMP)
                return self._logged(orjson.loads(body), key, agreed)

        return answer

    def _logged(self, asked: dict[str, Any], key: Any, agreed: Any) -> bytes:
        ask = self.raw.cursor(row_factory=namedtuple_row).execute
        day = dt.date.fromisoformat(asked["work_date"])
        held = ask(HOLD, [asked["engagement"]]).fetchone()
        period = ask(PERIOD, [held.id, day, day]).fetchone()
        billed = capture.billed_minutes(asked["raw_seconds"], agreed)
        values = [held.client_id, held.id, period.id, key[4], asked["service_area"], day, held.time_zone, asked["raw_seconds"]]
        entry = ask(INSERT, [*values, billed, billed, agreed.overage_rate]).fetchone()
        lots = [movements.Lot(**row._asdict()) for row in ask(LOTS, [held.id]).fetchall()]
        entries = [
            movements.Entry(
                id=e.id,
                work_date=e.work_date,
                burn_minutes=e.burn_minutes,
                started_at=e.started_at,
                service_area=e.service_area,
                ticket=e.ticket_id,
                person=e.person_id,
                kind=e.kind,
                rate=e.rate,
            )
            for e in ask(ENTRIES, [period.id]).fetchall()
        ]
        projection = ledger.project(agreed, movements.PeriodSpan(period.starts_on, period.ends_on), lots, entries)
        ask(UPDATE, [*(getattr(projection, name) for name in TOTALS), period.id])
        facts = {
            "minutes": billed,
            "raw_seconds": asked["raw_seconds"],
            "work_date": asked["work_date"],
            "ticket": "",
            "engagement": asked["engagement"],
            "person": str(key[4]),
        }
        ask(EVENT, [held.client_id, entry.id, key[4], key[0], orjson.dumps(facts).decode()])
        return to_json(
            {
                "id": entry.id,
                "client": {"id": held.client_id, "name": held.client_name, "code": held.code},
                "engagement": {"id": held.id, "name": held.name},
                "period": period.id,
                "person": {"id": key[4], "name": key[5]},
                "ticket": None,
                "system": None,
                "service_area": asked["service_area"],
                "kind": "included",
                "work_kind": "",
                "work_date": day,
                "started_at": None,
                "ended_at": None,
                "raw_seconds": asked["raw_seconds"],
                "billed_minutes": billed,
                "burn_minutes": billed,
                "note": "",
                "state": "approved",
                "is_late": False,
                "corrects": None,
                "adds_to": None,
                "created_at": entry.created_at,
                "updated_at": entry.updated_at,
            }
        )


def _address() -> dict[str, Any]:
    settings = connection.settings_dict
    found = {"dbname": settings["NAME"], "user": settings["USER"], "password": settings["PASSWORD"], "host": settings["HOST"]}
    return found | ({"port": settings["PORT"]} if settings["PORT"] else {})
