from django.db import migrations

# What was promised for a closed period never changes. Terms, pauses and ends live in another room's tables, which know no periods,
# so this room keeps the rule on them. The function runs as whoever writes; each role that may write them reads periods.
FUNCTION = """
CREATE FUNCTION billing_promise_stays_before_the_close() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
    closed_until date;
BEGIN
    SELECT max(p.ends_on) INTO closed_until FROM billing_period p
    WHERE p.client_id = (told ->> 'client_id')::uuid AND p.engagement_id = (told ->> TG_ARGV[0])::uuid
        AND p.closed_at IS NOT NULL AND NOT p.is_history;
    IF (told ->> TG_ARGV[1])::date < closed_until THEN
        RAISE EXCEPTION 'a promise never changes behind the last close'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, DETAIL = closed_until::text;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION billing_terms_are_of_a_retainer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM engagements_engagement e
        WHERE e.client_id = NEW.client_id AND e.id = NEW.engagement_id AND e.draws_on_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'what draws on a pool has no terms and no periods' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER terms_never_begin_behind_the_last_close BEFORE INSERT ON engagements_retainerterms
    FOR EACH ROW EXECUTE FUNCTION billing_promise_stays_before_the_close('engagement_id', 'starts_on');
CREATE TRIGGER terms_never_end_behind_the_last_close BEFORE UPDATE OF ends_on ON engagements_retainerterms
    FOR EACH ROW EXECUTE FUNCTION billing_promise_stays_before_the_close('engagement_id', 'ends_on');
CREATE TRIGGER a_pause_never_begins_behind_the_last_close BEFORE INSERT ON engagements_pause
    FOR EACH ROW EXECUTE FUNCTION billing_promise_stays_before_the_close('engagement_id', 'starts_on');
CREATE TRIGGER a_pause_never_ends_behind_the_last_close BEFORE UPDATE OF ends_on ON engagements_pause
    FOR EACH ROW EXECUTE FUNCTION billing_promise_stays_before_the_close('engagement_id', 'ends_on');
CREATE TRIGGER a_pause_is_never_taken_back_behind_the_last_close BEFORE DELETE ON engagements_pause
    FOR EACH ROW EXECUTE FUNCTION billing_promise_stays_before_the_close('engagement_id', 'starts_on');
CREATE TRIGGER an_engagement_never_ends_behind_the_last_close BEFORE UPDATE OF ends_on ON engagements_engagement
    FOR EACH ROW EXECUTE FUNCTION billing_promise_stays_before_the_close('id', 'ends_on');
CREATE TRIGGER terms_are_of_a_retainer BEFORE INSERT ON engagements_retainerterms
    FOR EACH ROW EXECUTE FUNCTION billing_terms_are_of_a_retainer();
CREATE TRIGGER periods_are_of_a_retainer BEFORE INSERT ON billing_period
    FOR EACH ROW EXECUTE FUNCTION billing_terms_are_of_a_retainer();
"""

GONE = """
DROP FUNCTION billing_promise_stays_before_the_close() CASCADE;
DROP FUNCTION billing_terms_are_of_a_retainer() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_decisions_on_time"),
        ("engagements", "0003_how_an_engagement_lives"),
    ]

    operations = [migrations.RunSQL(FUNCTION + TRIGGERS, GONE)]
