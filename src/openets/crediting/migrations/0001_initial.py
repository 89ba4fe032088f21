import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Certification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('certified_at', models.DateTimeField()),
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='certification', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('project_type', models.CharField(max_length=40)),
                ('place', models.CharField(max_length=40)),
                ('place_class', models.CharField(max_length=20)),
                ('synthetic', models.BooleanField()),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=60, unique=True)),
                ('vintage_year', models.PositiveSmallIntegerField()),
                ('amount_t', models.BigIntegerField()),
                ('serial_from', models.BigIntegerField()),
                ('fee_fen', models.BigIntegerField()),
                ('filed_at', models.DateTimeField()),
                ('fee_paid_at', models.DateTimeField(null=True)),
                ('registered_at', models.DateTimeField(null=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='crediting.project')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_t__gt', 0)), name='filing_of_something')],
            },
        ),
    ]
