"""What only the staff and a creditor's own people may see reaches nobody else, by no way at all.

A case is planted with numbers and contacts that stand nowhere else; everybody who is not of the
staff then reads every address of the claims that answers, every file of it, the whole state of
the room and every event that reaches them.
"""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.claims.result import verbs
from creditor_meetings.claims.review import adjust_claim
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime.log import events_after
from tests.support import world
from tests.whole import addresses, more

pytestmark = pytest.mark.django_db

ROLES = ("creditor", "proxy", "debtor", "employees", "observer")
ROOMS = ("claims:", "meetings:claims")
QUERIES = (
    "", "?page=2", "?sort=name", "?q=PLANTED", "?q=1399999", "?objected=1", "?size=100&late=1",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def plant(creditor: Creditor, number: int) -> list[str]:
    """Give a creditor values that stand nowhere else; return them."""
    creditor.identity_number = f"PLANTED{number:04d}ID"
    creditor.contact_name = f"密联系人{number:04d}"
    creditor.phone = f"1399999{number:04d}"
    creditor.email = f"planted{number:04d}@secret.example"
    creditor.save()
    creditor.claims.update(note=f"密备注{number:04d}")
    return [
        creditor.identity_number, creditor.contact_name, creditor.phone, creditor.email,
        f"密备注{number:04d}",
    ]  # fmt: skip


def words_of(answer) -> str:
    """Everything that an answer says, spreadsheets unpacked."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    return content.decode("utf-8", "replace")


def client(person: Person) -> Client:
    made = Client()
    made.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return made


def test_no_page_file_event_or_state_tells_of_others() -> None:
    stage = addresses.furnish()
    cast = stage.cast
    planted = {
        creditor.pk: plant(creditor, number)
        for number, creditor in enumerate(cast.creditors.values(), start=1)
    }
    administrator = world.viewer(cast.people["administrator"], cast.meeting)
    # What happens to claims afterwards is told to rooms: none of it may carry them either.
    seq, _state = world.take_snapshot(cast.people["observer"], cast.meeting)
    for creditor in cast.creditors.values():
        claim = creditor.claims.get()
        adjust_claim(claim, {"note": f"{claim.note}。"}, administrator, reason="核对")
    verbs.return_list(cast.case, stage.ids["undisputed"], administrator, reason="重新编制")
    verbs.make_list(cast.case, administrator, before_the_end=True)
    doors = dict(addresses.DOORS)
    for room in more.modules("_doors"):
        doors |= room.DOORS
    walked = 0
    for role in ROLES:
        person = cast.people[role]
        held = world.viewer(person, cast.meeting).acts_for
        secrets = [one for pk, values in planted.items() if pk not in held for one in values]
        own = [one for pk, values in planted.items() if pk in held for one in values]
        heard = [json.dumps(world.take_snapshot(person, cast.meeting)[1], ensure_ascii=False)]
        audiences = world.viewer(person, cast.meeting).audiences
        heard += [
            json.dumps(event.data, ensure_ascii=False)
            for event in events_after(cast.meeting.pk, seq, limit=10_000)
            if event.audience in audiences
        ]
        browser = client(person)
        for name, door in doors.items():
            if not name.startswith(ROOMS) or door.reads is None:
                continue
            path = reverse(name, kwargs=door.arguments(stage))
            for query in QUERIES if name in {"meetings:claims", "claims:table"} else ("",):
                for headers in ({}, {"X-Requested-With": "XMLHttpRequest"}):
                    answer = browser.get(path + query, headers=headers)
                    walked += answer.status_code == 200
                    # The search itself stands in its own field, as it was typed.
                    heard.append(words_of(answer).replace(query.removeprefix("?q="), "") if query
                                 else words_of(answer))  # fmt: skip
        told = "\n".join(heard)
        for secret in secrets:
            assert secret not in told, (role, secret)
        if role == "creditor":
            # The walk does see what may be seen.
            assert any(one in told for one in own)
    assert walked > 60


def test_the_staff_of_another_case_finds_nothing_either() -> None:
    case = world.make_case()
    creditor = world.make_creditor(case, "甲")
    plant(creditor, 1)
    meeting: Meeting = world.make_meeting(case)
    elsewhere = client(world.make_person(world.make_case(), "administrator"))
    for path in (
        f"/cases/{case.pk}/claims/", f"/cases/{case.pk}/claims/table.csv",
        f"/cases/{case.pk}/claims/undisputed/", f"/meetings/{meeting.slug}/claims/",
        f"/meetings/{meeting.slug}/claims/table.csv", f"/meetings/{meeting.slug}/claims/chart.svg",
    ):  # fmt: skip
        answer = elsewhere.get(path)
        assert answer.status_code == 404
        assert "PLANTED" not in words_of(answer)
