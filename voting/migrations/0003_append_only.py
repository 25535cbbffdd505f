"""The tree over each ledger is kept as it grows, and the database refuses to change a ledger."""

from django.db import migrations, models

from voting import append_only
from voting.ledger import tree


def _plant(apps, _schema_editor):
    entries = apps.get_model("voting", "LedgerEntry").objects
    for head in apps.get_model("voting", "LedgerHead").objects.all():
        hashes = entries.filter(meeting_id=head.pk).order_by("position")
        head.frontier = tree.grow([], 0, hashes.values_list("entry_hash", flat=True).iterator())
        head.save(update_fields=["frontier"])


class Migration(migrations.Migration):

    dependencies = [
        ('voting', '0002_evidence'),
    ]

    operations = [
        migrations.AddField(
            model_name='ledgerhead',
            name='frontier',
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name='signedhead',
            name='occasion',
            field=models.CharField(choices=[('poll_closed', '表决截止'), ('meeting_closed', '会议闭会'), ('bundle', '制作证据包')], max_length=20),
        ),
        migrations.RunPython(_plant, migrations.RunPython.noop),
        migrations.RunPython(append_only.migrate, append_only.migrate_back),
    ]
