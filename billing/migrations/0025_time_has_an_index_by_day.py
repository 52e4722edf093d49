from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0024_a_trial_names_its_new_clients'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='timeentry',
            index=models.Index(fields=['-work_date', '-id'], name='entries_by_day'),
        ),
    ]
