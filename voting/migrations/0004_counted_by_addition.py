"""Receipts come from the ledger; who takes part is counted by addition; fewer, better indices."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0008_notices_of_verification'),
        ('voting', '0003_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The column stays what it is: receipts of before stay readable, and software of before
        # goes on running.
        migrations.AlterField(
            model_name='ballot',
            name='receipt',
            field=models.JSONField(db_column='receipt', null=True),
        ),
        migrations.RenameField(
            model_name='ballot',
            old_name='receipt',
            new_name='kept_receipt',
        ),
        migrations.CreateModel(
            name='Turnout',
            fields=[
                ('resolution', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='turnout', serialize=False, to='voting.resolution')),
                ('entitled_number', models.PositiveIntegerField(default=0)),
                ('attending_number', models.PositiveIntegerField(default=0)),
                ('voted_number', models.PositiveIntegerField(default=0)),
                ('voted_fen', models.BigIntegerField(default=0)),
                ('paper_number', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='registerentry',
            name='registered_once_a_group',
        ),
        migrations.AddField(
            model_name='tally',
            name='attending_fen',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='tally',
            name='attending_number',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='tally',
            name='entitled_fen',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='tally',
            name='entitled_number',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='ballot',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='meeting',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='meetings.meeting'),
        ),
        migrations.AlterField(
            model_name='registerentry',
            name='resolution',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='register', to='voting.resolution'),
        ),
        migrations.AddConstraint(
            model_name='registerentry',
            constraint=models.UniqueConstraint(fields=('resolution', 'creditor', 'group'), name='registered_once_a_group'),
        ),
    ]
