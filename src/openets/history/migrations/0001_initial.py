import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('zh', models.CharField(max_length=200)),
                ('en', models.CharField(max_length=200)),
                ('note_zh', models.CharField(max_length=500)),
                ('note_en', models.CharField(max_length=500)),
            ],
            options={
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='HistoricDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('price_fen', models.BigIntegerField()),
                ('volume_t', models.BigIntegerField()),
                ('turnover_fen', models.BigIntegerField()),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='history.source')),
            ],
            options={
                'ordering': ('source', 'day'),
                'constraints': [models.UniqueConstraint(fields=('source', 'day'), name='historic_day_once'), models.CheckConstraint(condition=models.Q(('price_fen__gt', 0), ('turnover_fen__gt', 0), ('volume_t__gt', 0)), name='historic_day_traded')],
            },
        ),
    ]
