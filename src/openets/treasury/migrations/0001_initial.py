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
            name='BudgetEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('line', models.CharField(max_length=30)),
                ('side', models.CharField(max_length=15)),
                ('amount_fen', models.BigIntegerField()),
                ('note', models.CharField(max_length=200)),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
            ],
            options={
                'ordering': ('year', 'line', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='budget_of_something')],
            },
        ),
        migrations.CreateModel(
            name='BuyBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity_t', models.BigIntegerField()),
                ('price_fen', models.BigIntegerField()),
                ('by_auction', models.BooleanField(db_default=False, default=False)),
                ('budget_fen', models.BigIntegerField()),
                ('last_date', models.DateField()),
                ('terms', models.TextField()),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('prepared_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('price_fen__gt', 0), ('quantity_t__gt', 0), ('budget_fen__gte', django.db.models.expressions.CombinedExpression(models.F('quantity_t'), '*', models.F('price_fen')))), name='buy_back_within_budget')],
            },
        ),
        migrations.CreateModel(
            name='PaidIssue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('quantity_t', models.BigIntegerField()),
                ('price_fen', models.BigIntegerField()),
                ('by_auction', models.BooleanField(db_default=False, default=False)),
                ('last_date', models.DateField()),
                ('terms', models.TextField()),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('prepared_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('price_fen__gt', 0), ('quantity_t__gt', 0)), name='paid_issue_of_something')],
            },
        ),
        migrations.CreateModel(
            name='AuctionedSale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_t', models.BigIntegerField()),
                ('price_fen', models.BigIntegerField()),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='auctioned', to='treasury.paidissue')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='TreasuryPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_fen', models.BigIntegerField()),
                ('receipt', models.CharField(max_length=80, unique=True)),
                ('at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='treasury.paidissue')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='PaidApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('amount_t', models.BigIntegerField()),
                ('reasons', models.TextField()),
                ('reference', models.CharField(max_length=80)),
                ('filed_at', models.DateTimeField()),
                ('awarded_t', models.BigIntegerField(null=True)),
                ('bought_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paid_applications', to='parties.organisation')),
                ('issue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='treasury.paidissue')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('organisation', 'reference'), name='paid_application_once'), models.CheckConstraint(condition=models.Q(('amount_t__gt', 0), models.Q(('awarded_t', None), ('awarded_t__lte', models.F('amount_t')), _connector='OR')), name='award_within_application')],
            },
        ),
        migrations.CreateModel(
            name='SoldBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_t', models.BigIntegerField()),
                ('price_fen', models.BigIntegerField()),
                ('reference', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
                ('buy_back', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sales', to='treasury.buyback')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('organisation', 'reference'), name='sold_back_once')],
            },
        ),
    ]
