import django.db.models.deletion
import openets.reconciliation.books
import openets.reconciliation.findings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('head_number', models.BigIntegerField()),
                ('head_digest', models.CharField(max_length=64)),
                ('floor_batch', models.BigIntegerField()),
                ('trade', models.BigIntegerField()),
                ('transaction', models.BigIntegerField()),
                ('payment', models.BigIntegerField()),
                ('transfer', models.BigIntegerField()),
                ('sums', models.JSONField()),
            ],
            options={
                'ordering': ('day',),
            },
        ),
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.IntegerField()),
                ('day', models.DateField()),
                ('until', models.DateField(null=True)),
                ('posted', models.BigIntegerField()),
                ('pending', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='closing_by_day'), models.Index(fields=['until'], name='closing_by_until')],
                'constraints': [models.UniqueConstraint(fields=('account', 'day'), name='closing_once_a_day'), models.UniqueConstraint(condition=models.Q(('until', None)), fields=('account',), name='one_last_closing')],
            },
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.TextField()),
                ('kind', models.CharField(choices=[(openets.reconciliation.findings.Kind['JOURNAL_CHAIN'], openets.reconciliation.findings.Kind['JOURNAL_CHAIN']), (openets.reconciliation.findings.Kind['TRANSFERS'], openets.reconciliation.findings.Kind['TRANSFERS']), (openets.reconciliation.findings.Kind['FLOOR_BATCH'], openets.reconciliation.findings.Kind['FLOOR_BATCH']), (openets.reconciliation.findings.Kind['TRADE'], openets.reconciliation.findings.Kind['TRADE']), (openets.reconciliation.findings.Kind['TRADE_UNITS'], openets.reconciliation.findings.Kind['TRADE_UNITS']), (openets.reconciliation.findings.Kind['TRADE_CASH'], openets.reconciliation.findings.Kind['TRADE_CASH']), (openets.reconciliation.findings.Kind['LEG_WITHOUT_TRADE'], openets.reconciliation.findings.Kind['LEG_WITHOUT_TRADE']), (openets.reconciliation.findings.Kind['TRANSACTION'], openets.reconciliation.findings.Kind['TRANSACTION']), (openets.reconciliation.findings.Kind['PAYMENT'], openets.reconciliation.findings.Kind['PAYMENT']), (openets.reconciliation.findings.Kind['BALANCE'], openets.reconciliation.findings.Kind['BALANCE']), (openets.reconciliation.findings.Kind['HOLD'], openets.reconciliation.findings.Kind['HOLD']), (openets.reconciliation.findings.Kind['LOT'], openets.reconciliation.findings.Kind['LOT']), (openets.reconciliation.findings.Kind['MONEY'], openets.reconciliation.findings.Kind['MONEY']), (openets.reconciliation.findings.Kind['WITHDRAWAL_HOLD'], openets.reconciliation.findings.Kind['WITHDRAWAL_HOLD']), (openets.reconciliation.findings.Kind['BANK_STATEMENT'], openets.reconciliation.findings.Kind['BANK_STATEMENT']), (openets.reconciliation.findings.Kind['BANK_ITEM'], openets.reconciliation.findings.Kind['BANK_ITEM']), (openets.reconciliation.findings.Kind['BANK_BALANCE'], openets.reconciliation.findings.Kind['BANK_BALANCE'])], max_length=30)),
                ('subject', models.TextField()),
                ('what', models.TextField(blank=True)),
                ('participant', models.TextField(blank=True)),
                ('account', models.TextField(blank=True)),
                ('product', models.TextField(blank=True)),
                ('one', models.CharField(choices=[(openets.reconciliation.books.Book['EXCHANGE'], openets.reconciliation.books.Book['EXCHANGE']), (openets.reconciliation.books.Book['REGISTRY'], openets.reconciliation.books.Book['REGISTRY']), (openets.reconciliation.books.Book['CASH'], openets.reconciliation.books.Book['CASH']), (openets.reconciliation.books.Book['JOURNAL'], openets.reconciliation.books.Book['JOURNAL']), (openets.reconciliation.books.Book['BANK'], openets.reconciliation.books.Book['BANK'])], max_length=20)),
                ('one_says', models.JSONField(null=True)),
                ('other', models.CharField(choices=[(openets.reconciliation.books.Book['EXCHANGE'], openets.reconciliation.books.Book['EXCHANGE']), (openets.reconciliation.books.Book['REGISTRY'], openets.reconciliation.books.Book['REGISTRY']), (openets.reconciliation.books.Book['CASH'], openets.reconciliation.books.Book['CASH']), (openets.reconciliation.books.Book['JOURNAL'], openets.reconciliation.books.Book['JOURNAL']), (openets.reconciliation.books.Book['BANK'], openets.reconciliation.books.Book['BANK'])], max_length=20)),
                ('other_says', models.JSONField(null=True)),
                ('entry', models.BigIntegerField(null=True)),
                ('found_at', models.DateTimeField()),
                ('gone_at', models.DateTimeField(null=True)),
                ('note', models.TextField(blank=True)),
                ('explained_by', models.CharField(blank=True, max_length=150)),
                ('correction', models.TextField(blank=True)),
                ('deferral', models.TextField(blank=True)),
                ('deferred_by', models.CharField(blank=True, max_length=150)),
                ('reconciliation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='reconciliation.reconciliation')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('reconciliation', 'key'), name='difference_once_a_day')],
            },
        ),
    ]
