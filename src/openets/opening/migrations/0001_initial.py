import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('casework', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='TemplatePack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=20, unique=True)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('published_at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='FormerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(max_length=60, unique=True)),
                ('holder', models.CharField(max_length=120)),
                ('credit_code', models.CharField(blank=True, max_length=18)),
                ('password', models.CharField(max_length=128)),
                ('paid_holdings', models.JSONField(default=dict)),
                ('wrong_entries', models.PositiveSmallIntegerField(default=0)),
                ('imported_at', models.DateTimeField()),
                ('linked_at', models.DateTimeField(null=True)),
                ('linked_to', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='former_account', to='parties.organisation')),
            ],
            options={
                'ordering': ('account',),
            },
        ),
        migrations.CreateModel(
            name='PaperReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_date', models.DateField()),
                ('posted_date', models.DateField(null=True)),
                ('copies', models.JSONField()),
                ('complete', models.BooleanField()),
                ('recorded_at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('voided_at', models.DateTimeField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paper_receipts', to='casework.case')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='PasswordReset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document_reference', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resets', to='opening.formeraccount')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='RegistryOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('former_user', models.BooleanField()),
                ('information', models.JSONField(default=dict)),
                ('begun_at', models.DateTimeField()),
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='registry_opening', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_kind', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=60)),
                ('mobile', models.CharField(max_length=20)),
                ('from_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='account_contacts', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('until_at__isnull', True)), fields=('organisation', 'account_kind'), name='one_contact_an_account')],
            },
        ),
        migrations.CreateModel(
            name='PlatformAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mobile', models.CharField(max_length=20)),
                ('code_digest', models.CharField(max_length=64)),
                ('code_sent_at', models.DateTimeField()),
                ('code_wrong_entries', models.PositiveSmallIntegerField(default=0)),
                ('registered_at', models.DateTimeField(null=True)),
                ('information', models.JSONField(default=dict)),
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='platform_account', to='parties.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('registered_at__isnull', False)), fields=('mobile',), name='one_platform_account_a_mobile')],
            },
        ),
        migrations.CreateModel(
            name='TradingOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('information', models.JSONField(default=dict)),
                ('begun_at', models.DateTimeField()),
                ('applied_date', models.DateField(null=True)),
                ('last_paper_date', models.DateField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trading_openings', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('organisation', 'number'), name='trading_opening_numbered')],
            },
        ),
    ]
