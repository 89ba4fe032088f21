import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClearedDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('fees_fen', models.BigIntegerField()),
                ('reserved_fen', models.BigIntegerField()),
                ('objections_until', models.DateTimeField()),
            ],
            options={
                'ordering': ('-day',),
            },
        ),
        migrations.CreateModel(
            name='ClearingStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('cleared', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='clearing.clearedday')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('-cleared_id', 'holder_id'),
            },
        ),
        migrations.CreateModel(
            name='MarketReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=10)),
                ('start_date', models.DateField()),
                ('end_date', models.DateField()),
                ('rows', models.JSONField()),
                ('analysis', models.TextField(blank=True)),
                ('published_at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
            ],
            options={
                'ordering': ('-end_date', 'kind'),
                'constraints': [models.UniqueConstraint(fields=('kind', 'start_date'), name='one_market_report')],
            },
        ),
        migrations.CreateModel(
            name='Objection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('filed_at', models.DateTimeField()),
                ('statement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='objection', to='clearing.clearingstatement')),
            ],
        ),
        migrations.CreateModel(
            name='ReserveUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_fen', models.BigIntegerField()),
                ('asked_as', models.CharField(max_length=80, unique=True)),
                ('recovered_fen', models.BigIntegerField(default=0)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('debtor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.AddConstraint(
            model_name='clearingstatement',
            constraint=models.UniqueConstraint(fields=('cleared', 'holder'), name='one_statement_a_day'),
        ),
        migrations.AddConstraint(
            model_name='reserveuse',
            constraint=models.CheckConstraint(condition=models.Q(('recovered_fen__lte', models.F('amount_fen'))), name='recovered_at_most_what_was_used'),
        ),
    ]
