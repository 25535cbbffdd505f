"""A person takes its own data away; a finished case forgets how its people are reached."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from creditor_meetings.cases import clock, invitations
from creditor_meetings.cases.models import Act, Case, ContactErasure, Creditor, Person
from creditor_meetings.meetings.models import Attendance, Meeting
from tests.support import world
from voting.evidence import bundle

pytestmark = pytest.mark.django_db


class Held:
    """A case with a meeting that was held, and people who can be reached."""

    def __init__(self) -> None:
        self.case: Case = world.make_case()
        self.people: list[Person] = []
        for number in range(2):
            creditor = world.make_creditor(self.case, f"债权人甲{number}")
            creditor.phone, creditor.email = f"1391112000{number}", f"c{number}@planted.example"
            creditor.contact_name = f"联系人{number}"
            creditor.save()
            person = world.make_person(self.case, "creditor", creditor, name=f"池建国{number}")
            person.phone, person.email = f"1581112000{number}", f"p{number}@planted.example"
            person.save()
            self.people.append(person)
        self.administrator = world.make_person(self.case, "administrator")
        self.judge = world.make_person(self.case, "judge")
        self.judge.email = "judge@planted.example"
        self.judge.save()
        self.meeting: Meeting = world.make_meeting(self.case)
        for person in self.people:
            world.sign_in(person, self.meeting)
        poll = world.open_poll(world.make_resolution(self.meeting), self.judge)
        for person in self.people:
            world.cast(person, poll, "for")
        world.close_poll(poll, self.judge)
        invitations.issue_for_creditor(self.case.creditors.first())

    def close(self) -> None:
        """End the meeting."""
        Meeting.objects.filter(pk=self.meeting.pk).update(state="closed", closed_at=clock.now())


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def copy_of(person: Person) -> tuple[dict[str, Any], str]:
    """Take a person's copy; its data, and all text of it."""
    answer = client_of(person).post("/me/data/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        text = archive.read("data.json").decode()
    return json.loads(text), text


def test_a_copy_holds_what_is_kept_of_its_owner_and_nobody_else() -> None:
    held = Held()
    first, second = held.people
    data, text = copy_of(first)
    assert data["person"]["phone"] == first.phone
    assert data["roles"][0]["creditor"]["identity_number"]
    assert data["meetings"]["attendances"][0]["address"] == "192.0.2.7"
    assert data["voting"]["ballots"][0]["choices"] == {"all": "for"}
    assert data["voting"]["ballots"][0]["receipt"]["number"]
    assert data["claims"]["claims"]
    creditor = second.case_roles.get().creditor
    for foreign in (second.phone, second.email, second.name, creditor.identity_number,
                    creditor.phone, creditor.email):  # fmt: skip
        assert foreign not in text
    assert "password" not in text


def test_a_copy_is_for_nobody_who_is_not_signed_in() -> None:
    assert Client().post("/me/data/").status_code == 302


def erase(held: Held, who: Person, **changed: str) -> Any:
    values = {"closed_on": "2026-01-01", "reason": "破产程序终结。", "number": held.case.number}
    client = client_of(who)
    return client.post(f"/cases/{held.case.pk}/erase/", {**values, **changed})


def test_contacts_are_erased_when_the_case_is_over_and_its_record_stays() -> None:
    held = Held()
    assert erase(held, held.administrator).status_code == 400  # the meeting goes on
    assert held.case.creditors.first().phone
    held.close()
    tomorrow = f"{timezone.localdate(clock.now()) + timedelta(days=1):%Y-%m-%d}"
    for wrong in ({"number": "（2025）沪03破1号"}, {"reason": " "}, {"closed_on": tomorrow}):
        answer = erase(held, held.administrator, **wrong)
        assert answer.status_code == 400, wrong
        assert held.case.creditors.first().phone
    creditor_client = client_of(held.people[0])
    before = Attendance.objects.count()
    assert erase(held, held.administrator).status_code == 302
    for creditor in Creditor.objects.filter(case=held.case):
        assert (creditor.phone, creditor.email, creditor.contact_name) == ("", "", "")
        assert creditor.identity_number
    for person in held.people:
        person.refresh_from_db()
        assert (person.phone, person.email) == (None, None)
        assert person.name
    held.judge.refresh_from_db()
    assert held.judge.email == "judge@planted.example"  # the court is reached as before
    assert creditor_client.get("/me/devices/").status_code == 302
    assert Attendance.objects.exclude(address="").count() == before
    done = ContactErasure.objects.get()
    assert (done.by, done.reason) == (held.administrator, "破产程序终结。")
    assert done.erased["creditors"] == 2
    assert Act.objects.filter(verb="erase_contacts", case=held.case).exists()
    with transaction.atomic():
        made = io.BytesIO()
        bundle.write(held.meeting, made)
    assert "planted.example" not in made.getvalue().decode("latin-1")


def test_only_team_and_court_erase() -> None:
    held = Held()
    held.close()
    assert erase(held, held.people[0]).status_code == 403
    clerk = world.make_person(held.case, "clerk")
    assert erase(held, clerk).status_code == 403
    stranger = world.make_person(world.make_case(), "judge")
    assert erase(held, stranger).status_code == 404


def test_whoever_takes_part_in_another_case_is_reached_there() -> None:
    held = Held()
    held.close()
    elsewhere = world.make_case()
    world.give_role(held.people[0], elsewhere, "creditor", world.make_creditor(elsewhere))
    assert erase(held, held.judge).status_code == 302
    held.people[0].refresh_from_db()
    assert held.people[0].phone


def test_the_operator_erases_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    held = Held()
    arguments = ["--closed-on", "2026-01-01", "--reason", "终结"]
    with pytest.raises(CommandError, match="未闭会"):
        call_command("erase_contacts", held.case.number, *arguments)
    held.close()
    call_command("erase_contacts", str(held.case.pk), *arguments)
    assert "creditors: 2" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no case"):
        call_command("erase_contacts", "999999", *arguments)
