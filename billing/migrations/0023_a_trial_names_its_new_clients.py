from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0022_charges_are_told_in_the_places_they_have'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='new_clients',
            field=models.JSONField(default=list, help_text='The first clients it makes: their name, their code, and for a trial whose name it may have meant.'),
        ),
    ]
