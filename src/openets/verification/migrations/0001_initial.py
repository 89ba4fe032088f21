import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DrawRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('reference', models.CharField(max_length=60, unique=True)),
                ('seed', models.CharField(max_length=64)),
                ('drawn_at', models.DateTimeField()),
                ('person', models.CharField(max_length=150)),
                ('depth_share', models.DecimalField(decimal_places=4, max_digits=5)),
                ('loads', models.JSONField()),
                ('lots', models.JSONField()),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='BodyEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('standing', models.JSONField(default=list)),
                ('rules', models.JSONField(default=list)),
                ('reference_projects', models.PositiveSmallIntegerField(default=0)),
                ('registered_at', models.DateTimeField()),
                ('body', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='body_entry', to='parties.organisation')),
            ],
            options={
                'ordering': ('body__code',),
            },
        ),
        migrations.CreateModel(
            name='Verifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('industry', models.CharField(max_length=40)),
                ('since_date', models.DateField()),
                ('until_date', models.DateField(null=True)),
                ('full_time', models.BooleanField()),
                ('may_lead', models.BooleanField()),
                ('may_review', models.BooleanField()),
                ('carbon_manager', models.BooleanField(default=False)),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verifiers', to='parties.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('body', 'industry', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Work',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('attempt', models.PositiveSmallIntegerField()),
                ('reasons', models.TextField(blank=True)),
                ('in_depth', models.BooleanField()),
                ('requirement', models.TextField(blank=True)),
                ('declared_by', models.CharField(blank=True, max_length=150)),
                ('ended_at', models.DateTimeField(null=True)),
                ('signed_by', models.CharField(blank=True, max_length=150)),
                ('signed_at', models.DateTimeField(null=True)),
                ('verified_tco2e', models.BigIntegerField(null=True)),
                ('explanation', models.JSONField(default=list)),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('draw', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='works', to='verification.drawrecord')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='works', to='parties.organisation')),
            ],
            options={
                'ordering': ('-year', 'organisation__number', '-attempt'),
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=40)),
                ('place', models.CharField(max_length=200)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('questions', models.JSONField()),
                ('person', models.CharField(max_length=150)),
                ('work', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='verification.work')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='TeamMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(max_length=10)),
                ('declared_at', models.DateTimeField(null=True)),
                ('verifier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='verification.verifier')),
                ('work', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='team', to='verification.work')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('reference', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=20)),
                ('text', models.TextField()),
                ('line', models.CharField(blank=True, max_length=30)),
                ('product', models.CharField(blank=True, max_length=60)),
                ('figure', models.CharField(blank=True, max_length=20)),
                ('candidate', models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ('cause', models.TextField(blank=True)),
                ('correction', models.TextField(blank=True)),
                ('corrected', models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ('work', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='verification.work')),
            ],
            options={
                'ordering': ('work', 'number'),
            },
        ),
        migrations.CreateModel(
            name='CheckMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(max_length=20)),
                ('is_right', models.BooleanField()),
                ('note', models.TextField(blank=True)),
                ('person', models.CharField(max_length=150)),
                ('at', models.DateTimeField()),
                ('work', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='verification.work')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('weights', models.JSONField()),
                ('scores', models.JSONField()),
                ('result', models.DecimalField(decimal_places=1, max_digits=4)),
                ('scored_at', models.DateTimeField()),
                ('appeal', models.TextField(blank=True)),
                ('decision', models.TextField(blank=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='parties.organisation')),
            ],
            options={
                'ordering': ('-year', '-result', 'body__code'),
                'constraints': [models.UniqueConstraint(fields=('body', 'year'), name='assessed_once_a_year')],
            },
        ),
        migrations.CreateModel(
            name='InterestEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('from_date', models.DateField()),
                ('until_date', models.DateField(null=True)),
                ('told_at', models.DateTimeField()),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('body', 'organisation', 'kind', 'from_date'), name='interest_told_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='verifier',
            constraint=models.UniqueConstraint(condition=models.Q(('until_date__isnull', True)), fields=('body', 'person', 'industry'), name='qualified_once_an_industry'),
        ),
        migrations.AddConstraint(
            model_name='work',
            constraint=models.UniqueConstraint(fields=('organisation', 'year', 'attempt'), name='work_attempt_once'),
        ),
        migrations.AddConstraint(
            model_name='work',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('organisation', 'year'), name='one_standing_work'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(fields=('work', 'reference'), name='visit_once'),
        ),
        migrations.AddConstraint(
            model_name='teammember',
            constraint=models.UniqueConstraint(fields=('work', 'verifier'), name='one_part_a_person'),
        ),
        migrations.AddConstraint(
            model_name='teammember',
            constraint=models.UniqueConstraint(condition=models.Q(('part', 'member'), _negated=True), fields=('work', 'part'), name='one_lead_one_reviewer'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('work', 'number'), name='finding_number_once'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('work', 'reference'), name='finding_once'),
        ),
    ]
