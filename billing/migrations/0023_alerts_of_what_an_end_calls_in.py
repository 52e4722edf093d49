from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0022_charges_are_told_in_the_places_they_have'),
    ]

    operations = [
        migrations.AlterField(
            model_name='burnalert',
            name='kind',
            field=models.CharField(choices=[('burn', 'hours burned'), ('overage', 'hours over began'), ('pace', 'will end over at this pace'), ('expiring', 'hours about to expire'), ('low', 'under-served'), ('consent', 'hours authorised are used'), ('called_in', 'borrowed hours are called in')], default='burn', max_length=12),
        ),
    ]
