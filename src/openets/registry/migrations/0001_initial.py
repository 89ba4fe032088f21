import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, unique=True)),
                ('jurisdiction', models.CharField(max_length=10)),
                ('kind', models.CharField(max_length=20)),
                ('vintage_year', models.PositiveSmallIntegerField()),
                ('origin', models.CharField(max_length=20)),
                ('project', models.CharField(blank=True, max_length=60)),
                ('project_type', models.CharField(blank=True, max_length=40)),
                ('origin_place', models.CharField(blank=True, max_length=40)),
                ('origin_class', models.CharField(blank=True, max_length=20)),
                ('serial_from', models.BigIntegerField(null=True)),
                ('serial_to', models.BigIntegerField(null=True)),
                ('batch', models.CharField(blank=True, max_length=40)),
                ('issues', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='RegistryAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=50, unique=True)),
                ('kind', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('measured', models.BooleanField(default=False)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='parties.organisation')),
                ('linked_to', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='linked_trading', to='registry.registryaccount')),
            ],
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('traded', models.BooleanField(default=False)),
                ('ledger_account', models.BigIntegerField(unique=True)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='registry.lot')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='registry.registryaccount')),
            ],
        ),
        migrations.CreateModel(
            name='LockOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('cause', models.CharField(max_length=30)),
                ('owner', models.CharField(max_length=30)),
                ('amount_t', models.BigIntegerField()),
                ('lots', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('document', models.CharField(max_length=120)),
                ('reason', models.TextField()),
                ('filed_at', models.DateTimeField()),
                ('lift_document', models.CharField(blank=True, max_length=120)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lock_orders', to='registry.registryaccount')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='FreeAllocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('free_t', models.BigIntegerField()),
                ('surrendered_t', models.BigIntegerField(default=0)),
                ('fulfilled_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='free_allocations', to='registry.registryaccount')),
            ],
            options={
                'ordering': ('year',),
            },
        ),
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('reason', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closings', to='registry.registryaccount')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='SerialBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='registry.lot')),
                ('position', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='registry.position', to_field='ledger_account')),
            ],
            options={
                'ordering': ('lot', 'first'),
            },
        ),
        migrations.CreateModel(
            name='SerialMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
                ('credit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.position', to_field='ledger_account')),
                ('debit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.position', to_field='ledger_account')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.lot')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('reference', models.CharField(max_length=90)),
                ('amount_t', models.BigIntegerField()),
                ('parts', models.JSONField()),
                ('at', models.DateTimeField()),
                ('article', models.CharField(max_length=30)),
                ('person', models.CharField(max_length=150)),
                ('role', models.CharField(max_length=30)),
                ('batch', models.PositiveSmallIntegerField(null=True)),
                ('credit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registryaccount')),
                ('debit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registryaccount')),
                ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='registry.transaction')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('reference', models.CharField(max_length=45)),
                ('amount_t', models.BigIntegerField()),
                ('parts', models.JSONField()),
                ('basis', models.CharField(max_length=20)),
                ('document', models.CharField(max_length=200)),
                ('reason', models.TextField(blank=True)),
                ('filed_at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('organisation', models.CharField(max_length=40)),
                ('credit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registryaccount')),
                ('debit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.registryaccount')),
                ('transaction', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='filing', to='registry.transaction')),
                ('undoes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='filed_opposites', to='registry.transaction')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('beneficiary', models.CharField(blank=True, max_length=120)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('journal_entry', models.BigIntegerField()),
                ('transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='registry.transaction')),
            ],
        ),
        migrations.CreateModel(
            name='Measure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('kind', models.CharField(max_length=20)),
                ('bars', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('allows', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('reason', models.TextField()),
                ('decision', models.CharField(max_length=120)),
                ('from_date', models.DateField()),
                ('until_date', models.DateField(null=True)),
                ('decided_at', models.DateTimeField()),
                ('imposed_at', models.DateTimeField(null=True)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lift_decision', models.CharField(blank=True, max_length=120)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='measures', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('until_date__isnull', True), ('until_date__gte', models.F('from_date')), _connector='OR'), name='measure_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Lock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=30)),
                ('owner', models.CharField(max_length=30)),
                ('reference', models.CharField(max_length=80)),
                ('amount_t', models.BigIntegerField()),
                ('ledger_key', models.CharField(max_length=120, unique=True)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('article', models.CharField(max_length=30)),
                ('position', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='locks', to='registry.position')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_t__gt', 0)), name='lock_holds_something')],
            },
        ),
        migrations.AddConstraint(
            model_name='registryaccount',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('holder', 'kind', 'year'), name='one_account_a_kind', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.UniqueConstraint(fields=('account', 'lot', 'traded'), name='one_position'),
        ),
        migrations.AddConstraint(
            model_name='lockorder',
            constraint=models.CheckConstraint(condition=models.Q(('amount_t__gt', 0)), name='lock_order_of_something'),
        ),
        migrations.AddConstraint(
            model_name='freeallocation',
            constraint=models.UniqueConstraint(fields=('account', 'year'), name='free_once_a_year'),
        ),
        migrations.AddConstraint(
            model_name='freeallocation',
            constraint=models.CheckConstraint(condition=models.Q(('free_t__gte', 0), ('surrendered_t__gte', 0)), name='free_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='serialblock',
            constraint=models.CheckConstraint(condition=models.Q(('first__lte', models.F('last'))), name='block_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='serialblock',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.Func(models.F('lot_id'), models.F('first'), function='point'), models.Func(models.F('lot_id'), models.F('last'), function='point'), function='box'), '&&')], name='serial_once'),
        ),
        migrations.AddIndex(
            model_name='serialmove',
            index=models.Index(fields=['key'], name='serials_of_a_transfer'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.UniqueConstraint(fields=('kind', 'reference'), name='transaction_once'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('amount_t__gt', 0)), name='transaction_moves_something'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=models.UniqueConstraint(fields=('kind', 'reference'), name='filing_once'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=models.CheckConstraint(condition=models.Q(('amount_t__gt', 0)), name='filing_moves_something'),
        ),
    ]
