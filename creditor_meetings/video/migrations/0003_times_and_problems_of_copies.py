from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("video", "0002_publishers_copies_and_layouts"),
    ]

    operations = [
        migrations.AddField(
            model_name="recording",
            name="copy_problem",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="recording",
            name="copy_times",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
