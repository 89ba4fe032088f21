import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CorrectionOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('ground', models.CharField(max_length=20)),
                ('reasons', models.TextField()),
                ('ordered_at', models.DateTimeField()),
                ('due_date', models.DateField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='MonitoringPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('content', models.JSONField()),
                ('revision', models.PositiveIntegerField(default=1)),
                ('saved_at', models.DateTimeField()),
                ('saved_by', models.CharField(max_length=150)),
                ('filing_number', models.CharField(blank=True, max_length=60)),
                ('filed_at', models.DateTimeField(null=True)),
                ('filed_by', models.CharField(blank=True, max_length=150)),
                ('from_date', models.DateField(null=True)),
                ('change_reason', models.TextField(blank=True)),
                ('digest', models.CharField(max_length=64)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='parties.organisation')),
            ],
            options={
                'ordering': ('organisation', 'version'),
            },
        ),
        migrations.CreateModel(
            name='ProductionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(max_length=80)),
                ('process', models.CharField(max_length=30)),
                ('comparable', models.BooleanField()),
                ('commissioned_date', models.DateField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='parties.organisation')),
            ],
            options={
                'ordering': ('organisation', 'code'),
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('inventory', models.BooleanField(default=False)),
                ('submitted_at', models.DateTimeField()),
                ('paper_at', models.DateTimeField(null=True)),
                ('due_date', models.DateField(null=True)),
                ('statement_by', models.CharField(blank=True, max_length=150)),
                ('digest', models.CharField(max_length=64)),
                ('total_tco2e', models.BigIntegerField()),
                ('synthetic', models.BooleanField()),
                ('estimated', models.BooleanField(default=False)),
                ('published_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='parties.organisation')),
            ],
            options={
                'ordering': ('organisation', 'year', 'version'),
            },
        ),
        migrations.CreateModel(
            name='Estimate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('basis', models.TextField()),
                ('reported_tco2e', models.BigIntegerField(null=True)),
                ('deduction_tco2e', models.BigIntegerField(null=True)),
                ('deduction_reasons', models.TextField(blank=True)),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='estimate', to='mrv.correctionorder')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='estimate', to='mrv.report')),
            ],
        ),
        migrations.CreateModel(
            name='ReportContent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grid', models.JSONField()),
                ('factors', models.CharField(max_length=40)),
                ('factors_digest', models.CharField(max_length=64)),
                ('gwp', models.CharField(max_length=20)),
                ('accounted', models.JSONField()),
                ('total_exact', models.CharField(max_length=80)),
                ('captive_exact', models.CharField(max_length=80)),
                ('digest', models.CharField(max_length=64)),
                ('plan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mrv.monitoringplan')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='content', to='mrv.report')),
            ],
        ),
        migrations.CreateModel(
            name='ReportDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('factors', models.CharField(max_length=40)),
                ('content', models.JSONField()),
                ('revision', models.PositiveIntegerField(default=1)),
                ('saved_at', models.DateTimeField()),
                ('saved_by', models.CharField(max_length=150)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='ReportedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('product', models.CharField(max_length=60)),
                ('output', models.DecimalField(decimal_places=6, max_digits=24)),
                ('unit', models.CharField(max_length=20)),
                ('co2_t', models.DecimalField(decimal_places=4, max_digits=20)),
                ('non_co2_t', models.DecimalField(decimal_places=4, max_digits=20)),
                ('production_days', models.PositiveSmallIntegerField()),
                ('shutdown_days', models.PositiveSmallIntegerField()),
                ('usable_from', models.DateField(null=True)),
                ('usable_output', models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ('usable_co2_t', models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ('usable_production_days', models.PositiveSmallIntegerField(null=True)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mrv.productionline')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='mrv.report')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SecretMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('field', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=20)),
                ('reason', models.TextField()),
                ('marked_at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('organisation', 'year', 'field'),
            },
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('assigned_at', models.DateTimeField()),
                ('entered_at', models.DateTimeField(null=True)),
                ('notified_at', models.DateTimeField(null=True)),
                ('objection_due_date', models.DateField(null=True)),
                ('verified_tco2e', models.BigIntegerField(null=True)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('final_at', models.DateTimeField(null=True)),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='verification', to='mrv.report')),
            ],
        ),
        migrations.CreateModel(
            name='VerifiedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('product', models.CharField(max_length=60)),
                ('output', models.DecimalField(decimal_places=6, max_digits=24)),
                ('unit', models.CharField(max_length=20)),
                ('co2_t', models.DecimalField(decimal_places=4, max_digits=20)),
                ('non_co2_t', models.DecimalField(decimal_places=4, max_digits=20)),
                ('production_days', models.PositiveSmallIntegerField()),
                ('shutdown_days', models.PositiveSmallIntegerField()),
                ('usable_from', models.DateField(null=True)),
                ('usable_output', models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ('usable_co2_t', models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ('usable_production_days', models.PositiveSmallIntegerField(null=True)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mrv.productionline')),
                ('verification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='mrv.verification')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='correctionorder',
            constraint=models.UniqueConstraint(fields=('organisation', 'year'), name='order_once'),
        ),
        migrations.AddConstraint(
            model_name='monitoringplan',
            constraint=models.UniqueConstraint(fields=('organisation', 'version'), name='plan_version_once'),
        ),
        migrations.AddConstraint(
            model_name='monitoringplan',
            constraint=models.UniqueConstraint(condition=models.Q(('filing_number', ''), _negated=True), fields=('filing_number',), name='filing_number_once'),
        ),
        migrations.AddConstraint(
            model_name='productionline',
            constraint=models.UniqueConstraint(fields=('organisation', 'code'), name='line_code_once'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('organisation', 'year', 'version'), name='report_version_once'),
        ),
        migrations.AddConstraint(
            model_name='reportdraft',
            constraint=models.UniqueConstraint(fields=('organisation', 'year'), name='draft_once'),
        ),
        migrations.AddConstraint(
            model_name='secretmark',
            constraint=models.UniqueConstraint(fields=('organisation', 'year', 'field'), name='marked_once'),
        ),
    ]
