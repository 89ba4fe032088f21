import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='YearTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(unique=True)),
                ('entities_sum_t', models.BigIntegerField()),
                ('reserve_t', models.BigIntegerField()),
                ('total_t', models.BigIntegerField()),
                ('explanation', models.JSONField()),
                ('determined_at', models.DateTimeField()),
                ('reserve_issued_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ('year',),
            },
        ),
        migrations.CreateModel(
            name='Determination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('verified_t', models.BigIntegerField()),
                ('allowance_t', models.BigIntegerField()),
                ('gap_t', models.BigIntegerField()),
                ('gap_ratio', models.DecimalField(decimal_places=6, max_digits=16, null=True)),
                ('relief', models.CharField(max_length=10)),
                ('determined_t', models.BigIntegerField()),
                ('advance_limit_t', models.BigIntegerField()),
                ('pre_allocation_t', models.BigIntegerField(null=True)),
                ('explanation', models.JSONField()),
                ('inputs_sha256', models.CharField(max_length=64)),
                ('parameters_sha256', models.CharField(max_length=64)),
                ('pre_issued_t', models.BigIntegerField(default=0)),
                ('deducted_t', models.BigIntegerField(default=0)),
                ('calculated_at', models.DateTimeField()),
                ('calculated_by', models.CharField(max_length=150)),
                ('notified_at', models.DateTimeField(null=True)),
                ('objection_due_date', models.DateField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='determinations', to='parties.organisation')),
            ],
            options={
                'ordering': ('year', 'organisation'),
            },
        ),
        migrations.CreateModel(
            name='LineDetermination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.CharField(max_length=30)),
                ('product', models.CharField(max_length=60)),
                ('method', models.CharField(max_length=30)),
                ('base', models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ('base_years', models.CharField(max_length=40)),
                ('coefficient', models.DecimalField(decimal_places=4, max_digits=8, null=True)),
                ('allowance_exact', models.TextField()),
                ('explanation', models.JSONField()),
                ('determination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='allocation.determination')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('year', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(max_length=10)),
                ('changes', models.JSONField()),
                ('person', models.CharField(max_length=150)),
                ('role', models.CharField(max_length=30)),
                ('organisation', models.CharField(max_length=50)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('entities', models.PositiveIntegerField()),
                ('parameters_sha256', models.CharField(max_length=64)),
                ('inputs_sha256', models.CharField(default='', max_length=64)),
                ('entities_sum_t', models.BigIntegerField(null=True)),
                ('reserve_t', models.BigIntegerField(null=True)),
                ('total_t', models.BigIntegerField(null=True)),
            ],
            options={
                'ordering': ('-id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['trial', 'what_if'])), name='kind_of_run'), models.CheckConstraint(condition=models.Q(('finished_at', None), ('stopped_at', None), _connector='OR'), name='finished_or_stopped')],
            },
        ),
        migrations.CreateModel(
            name='RunRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('inputs_sha256', models.CharField(max_length=64)),
                ('methods', models.JSONField()),
                ('verified_t', models.BigIntegerField(null=True)),
                ('allowance_t', models.BigIntegerField(null=True)),
                ('gap_t', models.BigIntegerField(null=True)),
                ('relief', models.CharField(default='', max_length=10)),
                ('determined_t', models.BigIntegerField(null=True)),
                ('pre_allocation_t', models.BigIntegerField(null=True)),
                ('claim_limit_t', models.BigIntegerField(null=True)),
                ('refusal', models.JSONField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='allocation.run')),
            ],
            options={
                'ordering': ('run', 'organisation__number', 'organisation'),
            },
        ),
        migrations.CreateModel(
            name='AdvanceClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('for_estimate', models.BooleanField(default=False)),
                ('amount_t', models.BigIntegerField()),
                ('deducted_t', models.BigIntegerField(default=0)),
                ('lapsed_t', models.BigIntegerField(default=0)),
                ('made_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='advance_claims', to='parties.organisation')),
            ],
            options={
                'ordering': ('year', 'organisation'),
                'constraints': [models.UniqueConstraint(fields=('organisation', 'year', 'for_estimate'), name='one_claim_a_year'), models.CheckConstraint(condition=models.Q(('amount_t__gt', 0)), name='claim_of_something'), models.CheckConstraint(condition=models.Q(('deducted_t__gte', 0), ('deducted_t__lte', django.db.models.expressions.CombinedExpression(models.F('amount_t'), '-', models.F('lapsed_t'))), ('lapsed_t__gte', 0)), name='deducted_once')],
            },
        ),
        migrations.CreateModel(
            name='AllocationPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveSmallIntegerField()),
                ('basis', models.TextField()),
                ('factors', models.JSONField()),
                ('law_values', models.JSONField()),
                ('parameters_sha256', models.CharField(max_length=64)),
                ('drafted_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('superseded_at', models.DateTimeField(null=True)),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='allocation.allocationplan')),
            ],
            options={
                'ordering': ('year', 'version'),
                'constraints': [models.UniqueConstraint(fields=('year', 'version'), name='one_plan_a_version'), models.UniqueConstraint(condition=models.Q(('approved_at__isnull', False), ('superseded_at__isnull', True)), fields=('year',), name='one_plan_binds')],
            },
        ),
        migrations.AddConstraint(
            model_name='determination',
            constraint=models.UniqueConstraint(fields=('organisation', 'year'), name='one_determination_a_year'),
        ),
        migrations.AddConstraint(
            model_name='determination',
            constraint=models.CheckConstraint(condition=models.Q(('determined_t__gte', 0)), name='allowance_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='runrow',
            constraint=models.UniqueConstraint(fields=('run', 'organisation'), name='one_row_a_run'),
        ),
    ]
