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
            name='FloorBatch',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('orders', models.IntegerField()),
                ('trades', models.IntegerField()),
                ('state_hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Listing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('unit', models.CharField(max_length=20)),
                ('vintage_year', models.PositiveSmallIntegerField(null=True)),
                ('from_date', models.DateField()),
                ('decision', models.CharField(max_length=120)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('unit', models.CharField(max_length=20)),
                ('vintage_year', models.PositiveSmallIntegerField(null=True)),
                ('listed_from', models.DateField()),
            ],
            options={
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=60)),
                ('buy', models.BooleanField()),
                ('price_fen', models.BigIntegerField(null=True)),
                ('qty', models.BigIntegerField()),
                ('remaining', models.BigIntegerField()),
                ('tif', models.CharField(max_length=5)),
                ('method', models.CharField(choices=[('open_bidding', '公开竞价'), ('listed_price', '挂牌点选'), ('negotiated_transfer', '协议转让'), ('block_deal', '大宗交易'), ('one_way_auction', '单向竞价')], db_default='open_bidding', default='open_bidding', max_length=20)),
                ('state', models.CharField(choices=[('resting', 'Resting'), ('filled', 'Filled'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired'), ('refused', 'Refused')], max_length=10)),
                ('held_accounts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('held_amounts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('refusal', models.CharField(blank=True, max_length=40)),
                ('entered_at', models.DateTimeField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.floorbatch')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='parties.organisation')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='trading.product')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='DailySheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('reference_fen', models.BigIntegerField()),
                ('open_fen', models.BigIntegerField(null=True)),
                ('high_fen', models.BigIntegerField(null=True)),
                ('low_fen', models.BigIntegerField(null=True)),
                ('close_fen', models.BigIntegerField()),
                ('volume_t', models.BigIntegerField()),
                ('turnover_fen', models.BigIntegerField()),
                ('trades', models.IntegerField()),
                ('deal_volume_t', models.BigIntegerField(db_default=0, default=0)),
                ('deal_turnover_fen', models.BigIntegerField(db_default=0, default=0)),
                ('deals', models.IntegerField(db_default=0, default=0)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='trading.product')),
            ],
            options={
                'ordering': ('product', 'day'),
            },
        ),
        migrations.CreateModel(
            name='Trade',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('method', models.CharField(max_length=20)),
                ('price_fen', models.BigIntegerField()),
                ('qty', models.BigIntegerField()),
                ('turnover_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('day', models.DateField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.floorbatch')),
                ('buy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.order')),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trades', to='trading.product')),
                ('sell', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.order')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Intervention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=60, unique=True)),
                ('kind', models.CharField(choices=[('halt', '暂停交易'), ('withdrawal', '批量撤单'), ('cancellation', '取消成交'), ('price_limit', '调整涨跌幅')], max_length=20)),
                ('cause', models.CharField(max_length=20)),
                ('ratio', models.DecimalField(decimal_places=4, max_digits=6, null=True)),
                ('from_date', models.DateField(null=True)),
                ('until_date', models.DateField(null=True)),
                ('reason', models.TextField()),
                ('announcement', models.TextField()),
                ('decided_at', models.DateTimeField()),
                ('carried_out_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='interventions', to='parties.organisation')),
                ('product', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.product')),
                ('trade', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='interventions', to='trading.trade')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'resting')), fields=['product'], name='order_open_by_product'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('holder', 'key'), name='order_key_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('remaining__gte', 0), ('remaining__lte', models.F('qty'))), name='order_remaining_fits'),
        ),
        migrations.AddConstraint(
            model_name='dailysheet',
            constraint=models.UniqueConstraint(fields=('product', 'day'), name='one_sheet_a_day'),
        ),
        migrations.AddIndex(
            model_name='trade',
            index=models.Index(fields=['product', 'day'], name='trade_by_day'),
        ),
    ]
