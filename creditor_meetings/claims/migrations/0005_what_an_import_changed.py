from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0004_undisputed_entries_and_table_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="claimstable",
            name="applied",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
