import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('outgoing', models.BooleanField()),
                ('sha256', models.CharField(max_length=64)),
                ('content', models.BinaryField()),
                ('state', models.CharField(choices=[('writing', 'Writing'), ('sent', 'Sent'), ('booking', 'Booking'), ('booked', 'Booked'), ('refused', 'Refused')], max_length=10)),
                ('at', models.DateTimeField()),
                ('rows', models.IntegerField(default=0)),
                ('repeated', models.IntegerField(default=0)),
                ('faults', models.JSONField(default=list)),
            ],
            options={
                'ordering': ('-id',),
                'constraints': [models.UniqueConstraint(fields=('outgoing', 'sha256'), name='bank_file_once')],
            },
        ),
        migrations.CreateModel(
            name='BankStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('opening_fen', models.BigIntegerField()),
                ('closing_fen', models.BigIntegerField()),
                ('lines', models.JSONField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='banking.bankfile')),
            ],
            options={
                'ordering': ('-day',),
            },
        ),
        migrations.CreateModel(
            name='Instruction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('withdraw', 'Withdraw'), ('bind', 'Bind'), ('return', 'Return')], max_length=10)),
                ('asked_as', models.CharField(max_length=80)),
                ('amount_fen', models.BigIntegerField(default=0)),
                ('account_number', models.CharField(max_length=40)),
                ('account_name', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='banking.bankfile')),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='BankAdvice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bank_reference', models.CharField(max_length=60, unique=True)),
                ('kind', models.CharField(max_length=10)),
                ('amount_fen', models.BigIntegerField()),
                ('account_number', models.CharField(max_length=40)),
                ('account_name', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('told', models.CharField(blank=True, max_length=60)),
                ('outcome', models.CharField(choices=[('booked', 'Booked'), ('suspense', 'Suspense'), ('faulty', 'Faulty')], max_length=10)),
                ('row', models.IntegerField()),
                ('booked_at', models.DateTimeField()),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='advices', to='banking.bankfile')),
                ('instruction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='advices', to='banking.instruction')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='SuspenseProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('advice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='banking.bankadvice')),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
        ),
        migrations.AddConstraint(
            model_name='instruction',
            constraint=models.UniqueConstraint(fields=('kind', 'holder', 'asked_as'), name='asked_once'),
        ),
        migrations.AddConstraint(
            model_name='instruction',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gte', 0)), name='instruction_amount'),
        ),
    ]
