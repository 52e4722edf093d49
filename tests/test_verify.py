"""`manage.py verify` finds nothing in a ledger that was only used, and names whatever was tampered with."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts import scope
from billing.actions import Work, change_entry, delete_entry, reopen_period
from billing.actions.verifying import verify_ledger
from billing.models import TimeEntry
from tests.cast import actor
from tests.closing_cast import Kept, day, keep

TAMPERED = {
    "a total": (
        "billing_period",
        "UPDATE billing_period SET expired_minutes = 0, closing_minutes = 200 WHERE id = %(first)s",
        "expired_minutes is 0",
    ),
    "an entry": (
        "billing_timeentry",
        "UPDATE billing_timeentry SET burn_minutes = burn_minutes - 5 WHERE period_id = %(first)s",
        "used_minutes is 400",
    ),
    "a posting": (
        "billing_posting",
        "UPDATE billing_posting SET minutes = minutes + 5 WHERE period_id = %(first)s AND kind = 'covered'",
        "postings",
    ),
    "a statement": ("billing_statement", "UPDATE billing_statement SET document = jsonb_set(document, '{closing}', '7')", "digest"),
    "a digest that was made to fit": (
        "billing_statement",
        "UPDATE billing_statement SET document = '{}', digest = encode(sha256('{}'), 'hex')",
        "does not say",
    ),
    "what is carried": ("billing_lot", "UPDATE billing_lot SET carried_minutes = 9 WHERE carried_minutes > 0", "carried on"),
    "a gap": ("billing_period", "UPDATE billing_period SET ends_on = ends_on - 1 WHERE id = %(open)s", "begin where"),
    "what a correction gave back": (
        "billing_correction",
        "UPDATE billing_correction SET adjustment_minutes = adjustment_minutes + 5",
        "what went back",
    ),
    "the lot of a correction": (
        "billing_lot",
        "UPDATE billing_lot SET minutes = minutes + 5 WHERE kind = 'adjustment'",
        "not its lot",
    ),
    "an open total": (
        "billing_period",
        "UPDATE billing_period SET borrowed_minutes = 1, used_minutes = 1 WHERE id = %(open)s",
        "borrowed_minutes is 1",
    ),
}


def ignoring_triggers_of(table: str) -> None:
    """What somebody with the keys to the server could do: from here to the end of the transaction no trigger of the table runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        names = ",".join(name for (name,) in cursor.fetchall())
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{names}}}"])


def used(mara, ada) -> Kept:
    """Three months with all that can happen in them: carried, topped up, corrected, reopened, late."""
    kept = keep(mara, carry_cap_minutes=150, borrow_limit_minutes=60)
    kept.give("top_up", 90, day(1), day(1) + dt.timedelta(days=400))
    entry = kept.use(1, 400)
    kept.close(1)
    kept.use(1, 30, 12)
    change_entry(actor=actor(mara), entry=entry, work=Work(service_area="reporting", raw_seconds=390 * 60, work_date=entry.work_date))
    kept.use(2, 800)
    kept.close(2)
    reopen_period(actor=actor(ada), period=kept.month(2), reason="Forgot an hour")
    delete_entry(actor=actor(mara), entry=kept.use(2, 20, 20))
    kept.use(2, 60, 25)
    kept.close(2)
    return kept


@pytest.mark.django_db
def test_a_ledger_that_was_only_used_is_sound(mara, ada):
    used(mara, ada)
    out = StringIO()
    call_command("verify", stdout=out)
    assert "Every period" in out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_named(mara, what):
    kept = keep(mara, carry_cap_minutes=150)
    entry = kept.use(1, 400)
    kept.close(1)
    change_entry(actor=actor(mara), entry=entry, work=Work(service_area="reporting", raw_seconds=380 * 60, work_date=entry.work_date))
    connection.check_constraints()
    table, sql, says = TAMPERED[what]
    ignoring_triggers_of(table)
    values = {"first": kept.month(1).pk, "open": kept.month(3).pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: value for name, value in values.items() if f"%({name})s" in sql} or None)
    findings, err = list(verify_ledger()), StringIO()
    with pytest.raises(CommandError, match="findings"):
        call_command("verify", stderr=err)
    assert any(says in finding for finding in findings), findings
    assert findings[0] in err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_correction_that_was_sent_back_is_named_though_the_ledger_reads_over_it(mara, ada):
    used(mara, ada)
    rule = "a_correction_always_counts"
    with scope.owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [rule])
        condition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE billing_timeentry DROP CONSTRAINT {rule}")
    try:
        decide("rejected")
        findings = list(verify_ledger())
        decide("approved")
    finally:
        with scope.owner(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE billing_timeentry ADD CONSTRAINT {rule} {condition}")
    assert any("correction" in finding and "was sent back" in finding for finding in findings), findings


def decide(state):
    with transaction.atomic():
        ignoring_triggers_of("billing_timeentry")
        assert TimeEntry.objects.filter(corrects__isnull=False).update(state=state)
