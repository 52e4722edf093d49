from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0014_told_alerts_join_the_others'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='authorisationalert',
            name='an_alert_belongs_to_its_authorisations_client',
        ),
        migrations.RemoveConstraint(
            model_name='authorisationalert',
            name='an_authorisation_alerts_once_a_threshold',
        ),
        migrations.DeleteModel(
            name='AuthorisationAlert',
        ),
    ]
