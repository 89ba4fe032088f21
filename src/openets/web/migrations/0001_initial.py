"""The table in which failed sign-ins are counted; what it holds may be lost in a crash."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            """
            create unlogged table web_cache (
                cache_key varchar(255) primary key,
                value text not null,
                expires timestamptz not null
            );
            create index web_cache_expires on web_cache (expires);
            """,
            "drop table web_cache",
        )
    ]
