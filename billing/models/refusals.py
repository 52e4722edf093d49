"""What PostgreSQL refuses, whoever asks: each rule is a trigger that raises under the rule's name."""

# ruff: noqa: S608 (SQL made of the constants of this file)
import pgtrigger

TOTALS_POSTED = ("opening", "granted", "adjusted", "covered", "expired", "borrowed", "overage", "unauthorised", "absorbed")
OVER = ("overage", "unauthorised", "absorbed")


def refusing(rule: str) -> str:
    """The statement that refuses what breaks a rule; programs find its name where they find a constraint's."""
    return f"RAISE EXCEPTION '{rule}' USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}';"


def before(
    rule: str, operation: pgtrigger.core.Operation, unless: str, *, declare: list[tuple[str, str]] | None = None
) -> pgtrigger.Trigger:
    """Refuse each row of the operation for which the SQL `unless` returns no row to go on with."""
    return pgtrigger.Trigger(name=rule, when=pgtrigger.Before, operation=operation, func=f"{unless} {refusing(rule)}", declare=declare)


def at_commit(
    rule: str, operation: pgtrigger.core.Operation, check: str, *, declare: list[tuple[str, str]] | None = None
) -> pgtrigger.Trigger:
    """Look again when the transaction ends: the SQL `check` refuses by itself what does not add up."""
    return pgtrigger.Trigger(
        name=rule, when=pgtrigger.After, operation=operation, timing=pgtrigger.Deferred, func=f"{check} RETURN NULL;", declare=declare
    )


def never_moves(rule: str, *columns: str) -> pgtrigger.Trigger:
    """The client of a row, and what else says whose it is, never changes."""
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in columns)
    return before(rule, pgtrigger.UpdateOf(*columns), f"IF {same} THEN RETURN NEW; END IF;")  # type: ignore[no-untyped-call]


def only_added(rule: str) -> pgtrigger.Trigger:
    return before(rule, pgtrigger.Update | pgtrigger.Delete, "")


STANDING = "EXISTS (SELECT FROM billing_statement s WHERE s.client_id = {0}.client_id AND s.period_id = {0}.id AND s.superseded_at IS NULL)"

CLOSED_STAYS = before(
    "a_closed_period_never_changes",
    pgtrigger.Update | pgtrigger.Delete,
    f"""
    IF OLD.closed_at IS NULL OR OLD.is_history THEN RETURN COALESCE(NEW, OLD); END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
        IF NEW.closed_at IS NULL AND NOT {STANDING.format("OLD")} AND NOT EXISTS (
            SELECT FROM billing_period later WHERE later.engagement_id = OLD.engagement_id AND later.starts_on > OLD.starts_on
            AND NOT later.is_history AND later.closed_at IS NOT NULL)
        THEN RETURN NEW; END IF;
    END IF;
    """,
)

CLOSED_IN_ORDER = before(
    "periods_close_in_order",
    pgtrigger.UpdateOf("closed_at"),  # type: ignore[no-untyped-call]
    """
    IF NEW.closed_at IS NULL OR OLD.closed_at IS NOT NULL OR NEW.is_history OR NOT EXISTS (
        SELECT FROM billing_period earlier WHERE earlier.engagement_id = NEW.engagement_id AND earlier.starts_on < NEW.starts_on
        AND NOT earlier.is_history AND earlier.closed_at IS NULL)
    THEN RETURN NEW; END IF;
    """,
)

_POSTED_AS = {kind: f"kind = '{kind}'" for kind in TOTALS_POSTED} | {
    kind: f"kind = '{kind.removeprefix('unrepaid_')}' AND entry_id IS {is_work}NULL"
    for kind, is_work in ((prefix + over, work) for prefix, work in (("", "NOT "), ("unrepaid_", "")) for over in OVER)
}
_SUMS = ", ".join(f"COALESCE(sum(minutes) FILTER (WHERE {said}), 0) AS {kind}" for kind, said in _POSTED_AS.items())
_ZERO = "[" + ", ".join("0" for _kind in _POSTED_AS) + "]"
_IN_ALL = ", ".join(f"p.{kind}_minutes" for kind in _POSTED_AS)
_POSTED = ", ".join(f"posted.{kind}" for kind in _POSTED_AS)
FOOTS = "postings_foot_with_their_period"

POSTINGS_FOOT = at_commit(
    FOOTS,
    pgtrigger.Insert | pgtrigger.UpdateOf("closed_at"),  # type: ignore[no-untyped-call]
    f"""
    SELECT * INTO p FROM billing_period WHERE id = NEW.id;
    IF NOT FOUND OR p.is_history THEN RETURN NULL; END IF;
    SELECT {_SUMS} INTO posted FROM billing_posting WHERE client_id = p.client_id AND period_id = p.id;
    IF (p.closed_at IS NOT NULL) <> {STANDING.format("p")} THEN {refusing("a_closed_period_has_one_statement")} END IF;
    IF p.closed_at IS NULL THEN
        IF ARRAY[{_POSTED}]::bigint[] <> ARRAY{_ZERO}::bigint[] THEN {refusing(FOOTS)} END IF;
        RETURN NULL;
    END IF;
    IF ARRAY[{_POSTED}]::bigint[] <> ARRAY[{_IN_ALL}]::bigint[] THEN {refusing(FOOTS)} END IF;
    IF p.used_minutes <> (SELECT COALESCE(sum(burn_minutes) FILTER (WHERE burn_minutes > 0 AND state <> 'rejected'), 0)
        FROM billing_timeentry WHERE client_id = p.client_id AND period_id = p.id)
    THEN {refusing("the_use_of_a_closed_period_is_its_entries")} END IF;
    IF p.repaid_minutes + p.owed_minutes + p.unrepaid_minutes <> COALESCE((SELECT before.borrowed_minutes + before.owed_minutes
        FROM billing_period before WHERE before.engagement_id = p.engagement_id AND before.ends_on = p.starts_on
        AND NOT before.is_history), 0)
    THEN {refusing("what_was_borrowed_is_repaid_or_owed_or_called_in")} END IF;
    """,
    declare=[("p", "billing_period%ROWTYPE"), ("posted", "RECORD")],
)

NO_GAP = at_commit(
    "periods_of_an_engagement_leave_no_gap",
    pgtrigger.Insert | pgtrigger.UpdateOf("starts_on", "ends_on") | pgtrigger.Delete,  # type: ignore[no-untyped-call]
    f"""
    FOREACH edge IN ARRAY ARRAY[COALESCE(NEW.starts_on, OLD.starts_on), COALESCE(NEW.ends_on, OLD.ends_on),
                                COALESCE(OLD.starts_on, NEW.starts_on), COALESCE(OLD.ends_on, NEW.ends_on)] LOOP
        SELECT max(starts_on) INTO begun FROM billing_period
            WHERE engagement_id = COALESCE(NEW.engagement_id, OLD.engagement_id) AND NOT is_history AND starts_on < edge;
        SELECT min(starts_on) INTO comes FROM billing_period
            WHERE engagement_id = COALESCE(NEW.engagement_id, OLD.engagement_id) AND NOT is_history AND starts_on >= edge;
        IF comes <> (SELECT ends_on FROM billing_period
            WHERE engagement_id = COALESCE(NEW.engagement_id, OLD.engagement_id) AND NOT is_history AND starts_on = begun)
        THEN {refusing("periods_of_an_engagement_leave_no_gap")} END IF;
    END LOOP;
    """,
    declare=[("edge", "DATE"), ("begun", "DATE"), ("comes", "DATE")],
)

POSTED_LOT_STAYS = before(
    "a_posted_lot_never_changes",
    pgtrigger.Update | pgtrigger.Delete,
    """
    IF OLD.carried_minutes IS NULL THEN RETURN COALESCE(NEW, OLD); END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.kind, NEW.minutes, NEW.usable_from, NEW.service_areas, NEW.priority, NEW.terms_id)
            IS NOT DISTINCT FROM (OLD.kind, OLD.minutes, OLD.usable_from, OLD.service_areas, OLD.priority, OLD.terms_id)
        THEN RETURN NEW; END IF;
    END IF;
    """,
)

CARRIED_IS_CLOSING = at_commit(
    "carried_lots_are_the_last_closing",
    pgtrigger.Insert | pgtrigger.UpdateOf("carried_minutes", "is_spent"),  # type: ignore[no-untyped-call]
    f"""
    IF (SELECT COALESCE(sum(carried_minutes), 0) FROM billing_lot WHERE engagement_id = NEW.engagement_id AND NOT is_spent)
        <> COALESCE((SELECT closing_minutes FROM billing_period WHERE engagement_id = NEW.engagement_id AND NOT is_history
            AND closed_at IS NOT NULL ORDER BY starts_on DESC LIMIT 1), 0)
    THEN {refusing("carried_lots_are_the_last_closing")} END IF;
    """,
)

_CLOSED = "EXISTS (SELECT FROM billing_period WHERE id = {0}.period_id AND closed_at IS NOT NULL AND NOT is_history)"

CLOSED_TIME_STAYS = before(
    "time_of_a_closed_period_never_changes",
    pgtrigger.Update | pgtrigger.Delete,
    f"IF NOT {_CLOSED.format('OLD')} THEN RETURN COALESCE(NEW, OLD); END IF;",
)

NO_TIME_IN_CLOSED = before(
    "no_time_enters_a_closed_period",
    pgtrigger.Insert | pgtrigger.UpdateOf("period_id"),  # type: ignore[no-untyped-call]
    """
    SELECT closed_at IS NOT NULL AND NOT is_history INTO is_closed FROM billing_period WHERE id = NEW.period_id FOR SHARE;
    IF is_closed IS NOT TRUE THEN RETURN NEW; END IF;
    """,
    declare=[("is_closed", "BOOLEAN")],
)

CORRECTED_AT_MOST = before(
    "a_correction_takes_back_what_a_closed_entry_had",
    pgtrigger.Insert | pgtrigger.Update,
    f"""
    IF NEW.corrects_id IS NULL THEN RETURN NEW; END IF;
    SELECT e.* INTO corrected FROM billing_timeentry e WHERE e.id = NEW.corrects_id;
    SELECT COALESCE(sum(raw_seconds), 0) AS raw, COALESCE(sum(billed_minutes), 0) AS billed, COALESCE(sum(burn_minutes), 0) AS burn
        INTO before FROM billing_timeentry WHERE corrects_id = NEW.corrects_id AND id <> NEW.id;
    IF {_CLOSED.format("corrected")} AND corrected.corrects_id IS NULL AND corrected.engagement_id = NEW.engagement_id
        AND corrected.raw_seconds + before.raw + NEW.raw_seconds >= 0
        AND corrected.billed_minutes + before.billed + NEW.billed_minutes >= 0
        AND corrected.burn_minutes + before.burn + NEW.burn_minutes >= 0
    THEN RETURN NEW; END IF;
    """,
    declare=[("corrected", "billing_timeentry%ROWTYPE"), ("before", "RECORD")],
)

POSTED_WHILE_OPEN = before(
    "no_posting_enters_a_closed_period", pgtrigger.Insert, f"IF NOT {_CLOSED.format('NEW')} THEN RETURN NEW; END IF;"
)

TOUCHES_ITS_PERIOD = pgtrigger.Trigger(
    name="postings_are_summed_at_commit",  # once for each period, not once for each posting
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    level=pgtrigger.Statement,
    referencing=pgtrigger.Referencing(new="added"),  # type: ignore[no-untyped-call]
    func="UPDATE billing_period SET closed_at = closed_at WHERE id IN (SELECT period_id FROM added); RETURN NULL;",
)

STATEMENT_TOUCHES_ITS_PERIOD = pgtrigger.Trigger(
    name="a_statement_is_weighed_at_commit",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("superseded_at"),  # type: ignore[no-untyped-call]
    func="UPDATE billing_period SET closed_at = closed_at WHERE id = NEW.period_id; RETURN NULL;",
)

STATEMENT_STAYS = before(
    "a_statement_never_changes",
    pgtrigger.Update | pgtrigger.Delete,
    """
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{sent_at,superseded_at,superseded_by_id,superseded_reason}'::text[]
            = to_jsonb(OLD) - '{sent_at,superseded_at,superseded_by_id,superseded_reason}'::text[]
            AND OLD.superseded_at IS NULL AND (OLD.sent_at IS NULL OR NEW.sent_at = OLD.sent_at)
            AND (NEW.superseded_at IS NULL OR OLD.sent_at IS NULL)
        THEN RETURN NEW; END IF;
    END IF;
    """,
)

CONSENT_STAYS = before(
    "an_authorisation_is_only_revoked",
    pgtrigger.Update | pgtrigger.Delete,
    """
    IF TG_OP = 'UPDATE' THEN
        IF OLD.revoked_at IS NULL AND to_jsonb(NEW) - '{revoked_at,revoked_by_id,kept_minutes}'::text[]
            = to_jsonb(OLD) - '{revoked_at,revoked_by_id,kept_minutes}'::text[]
        THEN RETURN NEW; END IF;
    END IF;
    """,
)
