"""Proxies who were let in before powers of attorney were asked for keep their vote."""

from datetime import UTC, datetime

from django.db import migrations

REASON = "随邀请登记"


def give_mandates(apps, _schema_editor):
    """Give every active proxy an accepted mandate for all matters of all meetings."""
    role_model = apps.get_model("cases", "CaseRole")
    mandate_model = apps.get_model("meetings", "Mandate")
    now = datetime.now(UTC)
    held = role_model.objects.filter(role="proxy", active=True, creditor__isnull=False)
    mandate_model.objects.bulk_create(
        [
            mandate_model(
                case_id=case,
                creditor_id=creditor,
                person_id=person,
                state="accepted",
                submitted_at=now,
                decided_at=now,
                reason=REASON,
            )
            for case, creditor, person in held.values_list(
                "case_id", "creditor_id", "person_id"
            ).distinct()
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("meetings", "0002_proxies_and_notices"),
    ]

    operations = [migrations.RunPython(give_mandates, migrations.RunPython.noop)]
