import accounts.amounts
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('proposals', '0002_the_firm_withdraws_what_waits'),
    ]

    operations = [
        migrations.AlterField(
            model_name='proposal',
            name='cap_amount',
            field=accounts.amounts.Amount(blank=True, decimal_places=3, max_digits=13, null=True, verbose_name='cap'),
        ),
        migrations.AlterField(
            model_name='proposalevent',
            name='cap_amount',
            field=accounts.amounts.Amount(blank=True, decimal_places=3, max_digits=13, null=True, verbose_name='cap'),
        ),
    ]
