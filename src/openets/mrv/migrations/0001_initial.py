import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
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
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='parties.organisation')),
            ],
            options={
                'ordering': ('organisation', 'year', 'version'),
            },
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
            model_name='productionline',
            constraint=models.UniqueConstraint(fields=('organisation', 'code'), name='line_code_once'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('organisation', 'year', 'version'), name='report_version_once'),
        ),
    ]
