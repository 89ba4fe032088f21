from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='PlayRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seed', models.IntegerField()),
                ('clock_at', models.DateTimeField()),
                ('finished', models.BooleanField(default=False)),
                ('summary', models.JSONField(default=dict)),
            ],
        ),
    ]
