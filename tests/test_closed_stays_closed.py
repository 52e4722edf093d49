"""What no SQL changes any more: each attack is refused under the name of the rule it breaks, at once or at commit."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import scope
from accounts.actors import Actor
from billing.actions import close_period, reopen_period
from billing.models import Lot, Period, Posting, Statement, TimeEntry
from events.models import Event
from tests.cast import ARRANGING, actor, make_company
from tests.closing_cast import Kept, keep
from tests.racing import race

ATTACKS = {
    "a total of a closed period": ("a_closed_period_never_changes", "UPDATE billing_period SET closing_minutes = 0, expired_minutes = 200"),
    "its dates": ("a_closed_period_never_changes", "UPDATE billing_period SET ends_on = ends_on + 1"),
    "who closed it": ("a_closed_period_never_changes", "UPDATE billing_period SET closed_by_id = NULL, closed_at = now()"),
    "opening it without a reason": ("a_closed_period_never_changes", "UPDATE billing_period SET closed_at = NULL"),
    "taking it away": ("a_closed_period_never_changes", "DELETE FROM billing_period"),
    "calling it history": ("a_period_never_moves_to_another_client", "UPDATE billing_period SET is_history = true WHERE closed_at IS NULL"),
    "the minutes of a posting": ("postings_are_only_added", "UPDATE billing_posting SET minutes = minutes + 1"),
    "deleting a posting": ("postings_are_only_added", "DELETE FROM billing_posting"),
    "one posting more": (
        "no_posting_enters_a_closed_period",
        (
            "INSERT INTO billing_posting (client_id, period_id, lot_id, kind, minutes)"
            " SELECT client_id, period_id, lot_id, 'granted', 10 FROM billing_posting WHERE kind = 'granted' AND period_id = %(period)s"
        ),
    ),
    "the words of a statement": ("a_statement_never_changes", "UPDATE billing_statement SET document = '{}'"),
    "the digest of a statement": ("a_statement_never_changes", "UPDATE billing_statement SET digest = 'x'"),
    "deleting a statement": ("a_statement_never_changes", "DELETE FROM billing_statement"),
    "superseding it for nothing": ("a_statement_is_superseded_with_a_reason", "UPDATE billing_statement SET superseded_at = now()"),
    "the minutes of closed time": ("time_of_a_closed_period_never_changes", "UPDATE billing_timeentry SET burn_minutes = 1"),
    "the note of closed time": ("time_of_a_closed_period_never_changes", "UPDATE billing_timeentry SET note = 'other'"),
    "deleting closed time": ("time_of_a_closed_period_never_changes", "DELETE FROM billing_timeentry"),
    "carrying closed time away": (
        "time_of_a_closed_period_never_changes",
        "UPDATE billing_timeentry SET period_id = (SELECT id FROM billing_period WHERE closed_at IS NULL ORDER BY starts_on LIMIT 1)",
    ),
    "time into a closed period": (
        "no_time_enters_a_closed_period",
        (
            "INSERT INTO billing_timeentry (client_id, engagement_id, period_id, person_id, service_area, kind, work_kind, work_date, zone,"
            " raw_seconds, billed_minutes, burn_minutes, note, state, is_late) SELECT client_id, engagement_id, period_id, person_id,"
            " service_area, kind, work_kind, work_date, zone, 60, 1, 1, '', 'approved', false FROM billing_timeentry"
        ),
    ),
    "the minutes of a lot that was posted": ("a_posted_lot_never_changes", "UPDATE billing_lot SET minutes = 9999"),
    "deleting a lot that was posted": ("a_posted_lot_never_changes", "DELETE FROM billing_lot"),
    "an entry to another client": ("an_entry_never_moves_to_another_client", "UPDATE billing_timeentry SET client_id = %(other)s"),
    "a lot to another client": ("a_lot_never_moves_to_another_client", "UPDATE billing_lot SET client_id = %(other)s"),
    "a period to another client": (
        "a_period_never_moves_to_another_client",
        "UPDATE billing_period SET client_id = %(other)s WHERE closed_at IS NULL",
    ),
    "a posting to another client": ("postings_are_only_added", "UPDATE billing_posting SET client_id = %(other)s"),
    "a statement to another client": ("a_statement_never_changes", "UPDATE billing_statement SET client_id = %(other)s"),
    "an overlap": (
        "periods_of_an_engagement_never_overlap",
        (
            "INSERT INTO billing_period (client_id, engagement_id, starts_on, ends_on, opening_minutes, granted_minutes, adjusted_minutes,"
            " covered_minutes, expired_minutes, closing_minutes, borrowed_minutes, overage_minutes, unauthorised_minutes, absorbed_minutes,"
            " used_minutes, capacity_minutes, is_history) SELECT client_id, engagement_id, starts_on + 5, ends_on + 5, 0, 0, 0, 0, 0, 0, 0,"
            " 0, 0, 0, 0, 0, false FROM billing_period WHERE id = %(period)s"
        ),
    ),
}
AT_COMMIT = {
    "more carried than was left": (
        "carried_lots_are_the_last_closing",
        "UPDATE billing_lot SET carried_minutes = 999 WHERE carried_minutes > 0",
    ),
    "a lot of the past said to be unspent": (
        "carried_lots_are_the_last_closing",
        "UPDATE billing_lot SET carried_minutes = NULL, is_spent = false WHERE carried_minutes > 0",
    ),
    "a hole in the middle": (
        "periods_of_an_engagement_leave_no_gap",
        (
            "DELETE FROM billing_lot WHERE EXTRACT(month FROM usable_from) = 3;"
            "DELETE FROM billing_period WHERE closed_at IS NULL AND EXTRACT(month FROM starts_on) = 3"
        ),
    ),
    "a period that ends early": (
        "periods_of_an_engagement_leave_no_gap",
        "UPDATE billing_period SET ends_on = ends_on - 3 WHERE closed_at IS NULL AND EXTRACT(month FROM starts_on) = 3",
    ),
    "a close without postings": (
        "a_closed_period_has_one_statement",
        (
            "UPDATE billing_period SET closed_at = now() WHERE id = (SELECT id FROM billing_period WHERE closed_at IS NULL"
            " ORDER BY starts_on LIMIT 1)"
        ),
    ),
    "postings in a period that never closes": (
        "postings_foot_with_their_period",
        (
            "INSERT INTO billing_posting (client_id, period_id, lot_id, kind, minutes) SELECT client_id, period_id, id, 'granted', 5"
            " FROM billing_lot WHERE carried_minutes IS NULL LIMIT 1"
        ),
    ),
    "a statement for a period that is open": (
        "a_closed_period_has_one_statement",
        (
            "INSERT INTO billing_statement (client_id, engagement_id, period_id, number, document, digest, engine, override_reason,"
            " superseded_reason) SELECT client_id, engagement_id, id, 77, '{}', '', '1', '', '' FROM billing_period"
            " WHERE closed_at IS NULL ORDER BY starts_on LIMIT 1"
        ),
    ),
    "a reopening that leaves the postings": (
        "postings_foot_with_their_period",
        (
            "UPDATE billing_statement SET superseded_at = now(), superseded_reason = 'x'; UPDATE billing_period SET closed_at = NULL"
            " WHERE id = %(period)s"
        ),
    ),
}


@pytest.fixture
def kept(mara) -> Kept:
    """January closed with 200 carried on, the rest open, and whatever that put off to the commit looked at."""
    kept = keep(mara)
    kept.use(1, 400)
    kept.close(1)
    connection.check_constraints()
    return kept


def attack(kept: Kept, sql: str) -> None:
    other = make_company("Cobalt Freight", "CBF")
    values = {"period": kept.month(1).pk, "other": other.client.pk}
    closed = f"period_id = '{values['period']}'"
    for statement in sql.split(";"):
        with connection.cursor() as cursor:
            if "WHERE" not in statement and not statement.startswith("INSERT"):
                statement += f" WHERE {'id' if 'billing_period' in statement else 'period_id'} = '{values['period']}'"  # noqa: PLW2901
            elif statement.startswith("INSERT") and "FROM billing_timeentry" in statement:
                statement += f" WHERE {closed}"  # noqa: PLW2901
            cursor.execute(statement, {name: value for name, value in values.items() if f"%({name})s" in statement} or None)


def attack_and_commit(kept: Kept, sql: str) -> None:
    attack(kept, sql)
    connection.check_constraints()


def rule_of(error: IntegrityError) -> str:
    return str(error.__cause__.diag.constraint_name)


@pytest.mark.django_db
@pytest.mark.parametrize("what", ATTACKS)
def test_the_database_refuses_at_once(kept, what):
    rule, sql = ATTACKS[what]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        attack(kept, sql)
    assert rule_of(refused.value) == rule


@pytest.mark.django_db
@pytest.mark.parametrize("what", AT_COMMIT)
def test_the_database_refuses_at_commit(kept, what):
    rule, sql = AT_COMMIT[what]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        attack_and_commit(kept, sql)
    assert rule_of(refused.value) == rule


@pytest.mark.django_db
def test_a_month_closed_before_the_one_before_it_is_refused(kept):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Period.objects.filter(pk=kept.month(3).pk).update(closed_at=kept.month(1).closed_at)
    assert rule_of(refused.value) == "periods_close_in_order"


@pytest.mark.django_db
def test_a_sent_statement_is_superseded_by_nobody(kept):
    Statement.objects.update(sent_at=kept.month(1).closed_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.update(superseded_at=kept.month(1).closed_at, superseded_reason="x")


@pytest.mark.django_db
def test_open_periods_go_on_as_before(kept):
    entry = kept.use(2, 60)
    assert entry is not None
    TimeEntry.objects.filter(pk=entry.pk).update(note="other")
    Lot.objects.filter(period=kept.month(2)).update(priority=1)
    connection.check_constraints()


def _twelve(kept: Kept, closer: Actor) -> list[object]:
    return race([(closer, lambda: close_period(actor=closer, period=kept.month(1)).pk)] * 12)


@pytest.mark.django_db(transaction=True)
def test_twelve_workers_racing_give_one_close(mara):
    kept = keep(mara, borrow_limit_minutes=60)
    kept.use(1, 640)
    told = _twelve(kept, actor(mara))
    assert len(set(told)) == 1
    assert (Statement.objects.count(), Event.objects.filter(kind="period.closed").count()) == (1, 1)
    assert sum(Posting.objects.filter(kind="borrowed").values_list("minutes", flat=True)) == 40


@pytest.mark.django_db(transaction=True)
def test_closing_reopening_and_logging_at_once_leave_a_ledger_that_foots(mara, ada):
    kept = keep(mara)
    kept.use(1, 400)
    acts = [
        *[(ARRANGING, lambda: kept.close(1))] * 4,
        *[(actor(ada), lambda: reopen_period(actor=actor(ada), period=kept.month(1), reason="again"))] * 4,
        *[(actor(mara), lambda: kept.use(1, 30))] * 4,
    ]
    race(acts)
    kept.close(1)
    with scope.system("looking"):
        assert sum(TimeEntry.objects.values_list("burn_minutes", flat=True)) == 520
        assert kept.month(1).used_minutes + kept.month(2).used_minutes == 520
