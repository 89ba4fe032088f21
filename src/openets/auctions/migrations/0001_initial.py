import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
        ('trading', '0001_initial'),
        ('treasury', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Auction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('reserve', '政府预留配额竞价'), ('lot', '持有人单向竞价'), ('buy_back', '配额回购竞价')], max_length=10)),
                ('quantity_t', models.BigIntegerField()),
                ('limit_fen', models.BigIntegerField()),
                ('pricing', models.CharField(choices=[('uniform', 'UNIFORM'), ('as_bid', 'AS_BID')], max_length=10)),
                ('ties', models.CharField(choices=[('by_time', 'BY_TIME'), ('pro_rata', 'PRO_RATA')], max_length=10)),
                ('terms', models.TextField(blank=True)),
                ('reference', models.CharField(max_length=40, unique=True)),
                ('made_at', models.DateTimeField()),
                ('announced_at', models.DateTimeField(null=True)),
                ('opens_at', models.DateTimeField(null=True)),
                ('closes_at', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('applied', 'Applied'), ('announced', 'Announced'), ('cleared', 'Cleared'), ('cancelled', 'Cancelled')], max_length=10)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reasons', models.CharField(blank=True, max_length=200)),
                ('price_fen', models.BigIntegerField(null=True)),
                ('sold_t', models.BigIntegerField(default=0)),
                ('buy_back', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.buyback')),
                ('issue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.paidissue')),
                ('order', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lot', to='trading.order')),
                ('organiser', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.product')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Bid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price_fen', models.BigIntegerField()),
                ('qty', models.BigIntegerField()),
                ('reference', models.CharField(max_length=40)),
                ('person', models.CharField(max_length=150)),
                ('won_t', models.BigIntegerField(null=True)),
                ('won_at_fen', models.BigIntegerField(null=True)),
                ('auction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bids', to='auctions.auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bid', to='trading.order')),
            ],
            options={
                'ordering': ('order_id',),
            },
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('limit_fen__gt', 0), ('quantity_t__gt', 0), ('sold_t__lte', models.F('quantity_t'))), name='auction_of_something'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'applied'), ('state', 'cancelled'), models.Q(('announced_at__isnull', False), ('opens_at__lt', models.F('closes_at'))), _connector='OR'), name='announced_auction_has_its_hours'),
        ),
        migrations.AddConstraint(
            model_name='bid',
            constraint=models.UniqueConstraint(fields=('auction', 'bidder', 'reference'), name='bid_reference_once'),
        ),
    ]
