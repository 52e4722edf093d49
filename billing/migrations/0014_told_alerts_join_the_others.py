from django.db import migrations

TOLD = """
INSERT INTO billing_burnalert
    (id, client_id, period_id, authorisation_id, kind, percent, episode, used_minutes, capacity_minutes, is_superseded, raised_at)
SELECT told.id, told.client_id, period.id, given.id, 'consent', told.percent, 1,
    coalesce(given.minutes_cap * told.percent / 100, 0), coalesce(given.minutes_cap, 0), told.is_superseded, told.raised_at
FROM billing_authorisationalert told
JOIN billing_authorisation given ON given.id = told.authorisation_id
JOIN LATERAL (
    SELECT id FROM billing_period
    WHERE engagement_id = given.engagement_id AND NOT is_history
    ORDER BY (starts_on <= told.raised_at::date) DESC, abs(starts_on - told.raised_at::date)
    LIMIT 1
) period ON true
"""


class Migration(migrations.Migration):
    """What was told of authorisations stands among the other alerts, by the period it was raised in, so that it is never told twice."""

    dependencies = [
        ('billing', '0013_alerts_of_authorisations'),
    ]

    operations = [
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
    ]
