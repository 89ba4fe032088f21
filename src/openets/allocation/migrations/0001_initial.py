import django.db.models.deletion
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
                ('calculated_at', models.DateTimeField()),
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
            name='AdvanceClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('amount_t', models.BigIntegerField()),
                ('made_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='advance_claims', to='parties.organisation')),
            ],
            options={
                'ordering': ('year', 'organisation'),
                'constraints': [models.UniqueConstraint(fields=('organisation', 'year'), name='one_claim_a_year'), models.CheckConstraint(condition=models.Q(('amount_t__gt', 0)), name='claim_of_something')],
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
    ]
