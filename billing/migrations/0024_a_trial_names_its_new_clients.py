from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0023_alerts_of_what_an_end_calls_in'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='new_clients',
            field=models.JSONField(default=list, help_text='The first clients it makes: their name, their code, and for a trial whose name it may have meant.'),
        ),
    ]
