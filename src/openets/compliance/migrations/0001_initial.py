import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AdvanceApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('requested_t', models.BigIntegerField()),
                ('filed_at', models.DateTimeField()),
                ('granted_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='advances', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='NationalOffset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('national_account', models.CharField(max_length=40)),
                ('amount_t', models.BigIntegerField()),
                ('announced_at', models.DateTimeField()),
                ('sheet', models.JSONField(null=True)),
                ('completed_at', models.DateTimeField(null=True)),
                ('rejected_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='national_offsets', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='NationalUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('registration', models.CharField(max_length=60)),
                ('project', models.CharField(max_length=60)),
                ('project_type', models.CharField(max_length=40)),
                ('origin_class', models.CharField(max_length=20)),
                ('place', models.CharField(max_length=40)),
                ('from_date', models.DateField()),
                ('to_date', models.DateField()),
                ('series', models.CharField(max_length=40)),
                ('serial_from', models.BigIntegerField()),
                ('serial_to', models.BigIntegerField()),
                ('released', models.BooleanField(default=False)),
                ('exported_date', models.DateField(null=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='compliance.nationaloffset')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='OffsetApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('amount_t', models.BigIntegerField()),
                ('filed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('confirmed', models.BooleanField(null=True)),
                ('confirmed_t', models.BigIntegerField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offsets', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='OffsetUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial_from', models.BigIntegerField()),
                ('serial_to', models.BigIntegerField()),
                ('released', models.BooleanField(default=False)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='compliance.offsetapplication')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.lot')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='DutyEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(max_length=20)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('amount_t', models.BigIntegerField(null=True)),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('of', models.CharField(blank=True, max_length=80)),
                ('registry_entry', models.BigIntegerField(null=True)),
                ('deadline_date', models.DateField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='duty_events', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
                'indexes': [models.Index(fields=['year', 'organisation'], name='duty_events_of')],
            },
        ),
        migrations.CreateModel(
            name='FrozenStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('deadline_date', models.DateField()),
                ('status', models.CharField(max_length=20)),
                ('verified_t', models.BigIntegerField()),
                ('counted_t', models.BigIntegerField()),
                ('open_t', models.BigIntegerField()),
                ('frozen_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='frozen_statuses', to='parties.organisation')),
            ],
            options={
                'ordering': ('year', 'organisation'),
                'constraints': [models.UniqueConstraint(fields=('organisation', 'year'), name='frozen_once_a_year')],
            },
        ),
        migrations.CreateModel(
            name='LiveDuty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('verified_t', models.BigIntegerField(null=True)),
                ('counted_t', models.BigIntegerField()),
                ('offset_t', models.BigIntegerField()),
                ('is_excluded', models.BooleanField()),
                ('deadline_date', models.DateField(null=True)),
                ('last_day', models.DateField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='live_duties', to='parties.organisation')),
            ],
            options={
                'ordering': ('year', 'organisation'),
                'indexes': [models.Index(fields=['year', 'last_day'], name='live_duty_by_day')],
                'constraints': [models.UniqueConstraint(fields=('year', 'organisation'), name='one_live_duty_a_year')],
            },
        ),
    ]
