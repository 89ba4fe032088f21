import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import openets.parties.capacity
import openets.parties.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('display_name', models.CharField(blank=True, max_length=60)),
                ('mobile', models.CharField(blank=True, max_length=20)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', openets.parties.models.People()),
            ],
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('city_bureau', '市生态环境局'), ('district_bureau', '区县生态环境局'), ('ministry', '生态环境部'), ('finance_bureau', '财政部门'), ('statistics_bureau', '统计部门'), ('market_regulator', '市场监管部门'), ('financial_regulator', '金融监管部门'), ('sector_department', '行业主管部门'), ('registry_operator', '注册登记机构'), ('exchange_operator', '交易机构'), ('verification_body', '核查技术服务机构'), ('validation_verification_body', '审定与核查机构'), ('scheme_administrator', '管理服务机构'), ('platform_operator', '碳惠通平台运营主体'), ('key_emitting_entity', '重点排放单位'), ('project_owner', '项目业主'), ('investor', '机构投资者'), ('individual', '个人'), ('bank', '结算银行'), ('market_clock', '系统时钟'), ('public', '社会公众')], max_length=30)),
                ('capacity', models.CharField(choices=[('representative', '主要联系人'), ('alternate', '备用联系人'), ('member', '经办人')], default=openets.parties.capacity.Capacity['MEMBER'], max_length=20)),
                ('basis', models.CharField(blank=True, max_length=120)),
                ('from_date', models.DateField()),
                ('until_date', models.DateField(null=True)),
                ('reminded_of_date', models.DateField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(max_length=60)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('reference', models.CharField(max_length=40)),
                ('made_at', models.DateTimeField()),
                ('until_date', models.DateField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='parties.membership')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('credit_code', models.CharField(blank=True, max_length=18)),
                ('name', models.CharField(max_length=120)),
                ('role', models.CharField(choices=[('city_bureau', '市生态环境局'), ('district_bureau', '区县生态环境局'), ('ministry', '生态环境部'), ('finance_bureau', '财政部门'), ('statistics_bureau', '统计部门'), ('market_regulator', '市场监管部门'), ('financial_regulator', '金融监管部门'), ('sector_department', '行业主管部门'), ('registry_operator', '注册登记机构'), ('exchange_operator', '交易机构'), ('verification_body', '核查技术服务机构'), ('validation_verification_body', '审定与核查机构'), ('scheme_administrator', '管理服务机构'), ('platform_operator', '碳惠通平台运营主体'), ('key_emitting_entity', '重点排放单位'), ('project_owner', '项目业主'), ('investor', '机构投资者'), ('individual', '个人'), ('bank', '结算银行'), ('market_clock', '系统时钟'), ('public', '社会公众')], max_length=30)),
                ('district', models.CharField(blank=True, max_length=20)),
                ('industry', models.CharField(blank=True, max_length=40)),
                ('number', models.PositiveIntegerField(null=True, unique=True)),
                ('synthetic', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ('number', 'code'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('credit_code', ''), _negated=True), fields=('credit_code',), name='one_credit_code')],
            },
        ),
        migrations.AddField(
            model_name='membership',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='parties.organisation'),
        ),
        migrations.CreateModel(
            name='Listing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('listed_at', models.DateTimeField()),
                ('source', models.CharField(max_length=30)),
                ('removed_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='parties.organisation')),
            ],
            options={
                'ordering': ('year', 'organisation'),
            },
        ),
        migrations.CreateModel(
            name='FormerName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('until_date', models.DateField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='former_names', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Designation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('city_bureau', '市生态环境局'), ('district_bureau', '区县生态环境局'), ('ministry', '生态环境部'), ('finance_bureau', '财政部门'), ('statistics_bureau', '统计部门'), ('market_regulator', '市场监管部门'), ('financial_regulator', '金融监管部门'), ('sector_department', '行业主管部门'), ('registry_operator', '注册登记机构'), ('exchange_operator', '交易机构'), ('verification_body', '核查技术服务机构'), ('validation_verification_body', '审定与核查机构'), ('scheme_administrator', '管理服务机构'), ('platform_operator', '碳惠通平台运营主体'), ('key_emitting_entity', '重点排放单位'), ('project_owner', '项目业主'), ('investor', '机构投资者'), ('individual', '个人'), ('bank', '结算银行'), ('market_clock', '系统时钟'), ('public', '社会公众')], max_length=30)),
                ('from_date', models.DateField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='designations', to='parties.organisation')),
            ],
            options={
                'ordering': ('from_date',),
            },
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('effective_date', models.DateField()),
                ('takes_duties', models.BooleanField()),
                ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successions', to='parties.organisation')),
                ('successor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(condition=models.Q(('mobile', ''), _negated=True), fields=('mobile',), name='one_person_a_mobile'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='one_person_an_email'),
        ),
        migrations.AddConstraint(
            model_name='accesstoken',
            constraint=models.UniqueConstraint(fields=('membership', 'reference'), name='token_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('until_date__isnull', True), ('until_date__gte', models.F('from_date')), _connector='OR'), name='membership_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(condition=models.Q(('until_date__isnull', True)), fields=('person', 'organisation'), name='one_open_membership'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(condition=models.Q(('capacity', openets.parties.capacity.Capacity['REPRESENTATIVE']), ('until_date__isnull', True)), fields=('organisation',), name='one_open_representative'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.UniqueConstraint(fields=('organisation', 'year'), name='listed_once_a_year'),
        ),
        migrations.AddConstraint(
            model_name='designation',
            constraint=models.UniqueConstraint(fields=('role', 'from_date'), name='one_designated_a_day'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(fields=('predecessor', 'successor'), name='succeeds_once'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(condition=models.Q(('takes_duties', True)), fields=('predecessor',), name='one_takes_duties'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('predecessor', models.F('successor')), _negated=True), name='succeeds_another'),
        ),
    ]
