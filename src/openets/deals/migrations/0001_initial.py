import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
        ('trading', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Deal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(choices=[('negotiated_transfer', '协议转让'), ('block_deal', '大宗交易')], max_length=20)),
                ('proposer_buys', models.BooleanField()),
                ('price_fen', models.BigIntegerField()),
                ('qty', models.BigIntegerField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('reference', models.CharField(max_length=40)),
                ('proposed_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, choices=[('confirmed', 'Confirmed'), ('refused', 'Refused'), ('countered', 'Countered')], max_length=10)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer_note', models.CharField(blank=True, max_length=200)),
                ('counter_to', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='counter', to='deals.deal')),
                ('counterparty', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='deal', to='trading.order')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.product')),
                ('proposer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('trade', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deal', to='trading.trade')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('proposer', 'reference'), name='deal_once'), models.CheckConstraint(condition=models.Q(('proposer', models.F('counterparty')), _negated=True), name='deal_between_two'), models.CheckConstraint(condition=models.Q(models.Q(('answer', 'confirmed'), ('trade__isnull', False)), models.Q(models.Q(('answer', 'confirmed'), _negated=True), ('trade__isnull', True)), _connector='OR'), name='confirmed_deal_has_its_trade')],
            },
        ),
        migrations.CreateModel(
            name='Intent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('buys', models.BooleanField()),
                ('price_fen', models.BigIntegerField(null=True)),
                ('qty', models.BigIntegerField()),
                ('reference', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('day', models.DateField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='intents', to='parties.organisation')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.product')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('holder', 'reference'), name='intent_once'), models.CheckConstraint(condition=models.Q(('qty__gt', 0)), name='intent_of_something')],
            },
        ),
    ]
