import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CashAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=50, unique=True)),
                ('ledger_account', models.BigIntegerField(unique=True)),
                ('bank_number', models.CharField(blank=True, max_length=40)),
                ('bound_at', models.DateTimeField(null=True)),
                ('holder', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cash_account', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('reference', models.CharField(max_length=80)),
                ('amount_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('credit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashaccount')),
                ('debit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashaccount')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('kind', 'reference'), name='payment_once'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='payment_moves_something')],
            },
        ),
    ]
