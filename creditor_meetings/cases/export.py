"""A copy of all that is held of a person, for that person (个人信息复制, PIPL art 45)."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock, devices, personal
from creditor_meetings.cases.models import Invitation, Person

MOST_FILE_BYTES = 200 * 1024 * 1024
"""Of the files a person handed in, as much goes into the copy; what is left out is named."""


def own(person: Person) -> dict[str, Any]:
    """What this room holds of a person: who they are, their roles, links, devices and acts."""
    roles = person.case_roles.select_related("case", "creditor")
    return {
        "person": values(person, "name", "email", "phone", "language", "date_joined", "last_login"),
        "roles": [
            {
                "case": one.case.number,
                "role": one.role,
                "active": one.active,
                "since": _plain(one.since),
                "creditor": values(
                    one.creditor, "name", "identity_number", "contact_name", "phone", "email"
                )
                if one.creditor is not None and one.role == "creditor"
                else (one.creditor.name if one.creditor else None),
            }
            for one in roles
        ],
        "invitations": rows(
            Invitation.objects.filter(used_by=person), "name", "email", "phone", "role",
            "created_at", "used_at",
        ),
        "devices": rows(devices_of(person), "device", "address", "signed_in_at", "seen_at"),
        "acts": rows(person.acts.all(), "at", "verb", "subject", "reason", "address", "device"),
    }  # fmt: skip


def devices_of(person: Person) -> Sequence[models.Model]:
    """Return where the person is signed in."""
    return devices.of(person)


def rows(found: Any, *names: str) -> list[dict[str, Any]]:
    """Write rows as JSON data, these fields of each."""
    return [values(one, *names) for one in found]


def values(one: models.Model, *names: str) -> dict[str, Any]:
    """Write fields of a row as JSON data."""
    return {name: _plain(_get(one, name)) for name in names}


def _get(one: Any, path: str) -> Any:
    for name in path.split("__"):
        one = getattr(one, name) if one is not None else None
    return one


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, str | int | float | bool | None | Mapping | list):
        return value
    return str(value)


def facts_of(person: Person) -> list[tuple[str, str]]:
    """What is held of a person in a few lines, for the page."""
    return [
        (_("姓名"), person.name or "—"),
        (_("手机号码"), person.phone or "—"),
        (_("电子邮箱"), person.email or "—"),
        (_("参加的案件"), "；".join(
            f"{one.case.number} {one.get_role_display()}"
            for one in person.case_roles.select_related("case")
        ) or "—"),
    ]  # fmt: skip


def archive(person: Person) -> bytes:
    """Make the copy: a ZIP with one JSON file, and the files that the person handed in."""
    left_out: list[str] = []
    made, total = io.BytesIO(), 0
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, file in enumerate(personal.files_of(person), start=1):
            if not file.path.is_file():
                continue
            total += file.path.stat().st_size
            if total > MOST_FILE_BYTES:
                left_out.append(file.name)
                continue
            safe = file.name.replace("/", "_").replace("\\", "_").lstrip(".") or "file"
            packed.write(file.path, f"files/{number:03d}-{safe}")
        data = {
            "schema": "personal-data/1",
            "made_at": clock.rfc3339(clock.now()),
            **own(person),
            **personal.parts_of(person),
            "files_left_out": left_out,
        }
        packed.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
    return made.getvalue()


def answer(person: Person) -> HttpResponse:
    """Hand the copy to its owner."""
    response = HttpResponse(archive(person), content_type="application/zip")
    name = f"my-data-{clock.now():%Y%m%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
