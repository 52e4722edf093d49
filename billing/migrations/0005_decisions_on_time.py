

import accounts.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('billing', '0004_forecasts_and_what_came_true'),
    ]

    operations = [
        migrations.AddField(
            model_name='lot',
            name='given_until',
            field=models.DateField(editable=False, help_text='Its end as it was given, where a pause makes it live longer.', null=True),
        ),
        migrations.CreateModel(
            name='TimeDecision',
            fields=[
                ('id', models.UUIDField(db_default=django.db.models.functions.uuid.UUID7(), editable=False, primary_key=True, serialize=False)),
                ('verdict', models.CharField(choices=[('submitted', 'handed in'), ('withdrawn', 'taken back'), ('approved', 'approved'), ('rejected', 'sent back')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.client')),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='billing.timeentry')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.person')),
            ],
            options={
                'indexes': [models.Index(fields=['entry', '-at'], name='decisions_on_an_entry')],
                'constraints': [accounts.constraints.SameClient('entry', name='a_decision_belongs_to_its_entrys_client'), models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'rejected'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='time_is_sent_back_with_a_reason')],
            },
        ),
    ]
