"""`manage.py demo`: what it loads, that a second run changes nothing, and who gets in how."""

import json
import re
import stat
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from tests.support.people import People
from tests.support.servers import Installation, MakeInstallation, Server, StartServer

ROLES = (
    "administrator", "judge", "clerk", "creditor", "proxy", "debtor", "employees", "observer",
)  # fmt: skip

_COUNTS = """
import django; django.setup()
import json
from django.apps import apps
print(json.dumps({m._meta.label: m._default_manager.count() for m in apps.get_models()}))
"""


def counts(installation: Installation) -> dict[str, int]:
    """Count the rows of every table."""
    return json.loads(installation.python("-c", _COUNTS).stdout.strip().splitlines()[-1])


def told_by(installation: Installation) -> dict:
    """Read what an installation's demo holds."""
    printed = installation.python("-m", "tests.demo.told").stdout
    return json.loads(printed.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def told(installation: MakeInstallation) -> dict:
    """Return what a fresh demo holds."""
    return told_by(installation(demo=True))


def test_the_case_has_the_claims_of_the_sample_table_to_the_fen(told: dict) -> None:
    assert told["creditors"] == 326
    assert (told["filed"], told["confirmed"]) == ("796598397.62", "738620984.68")


def test_the_meeting_demo_is_ready_to_open(told: dict) -> None:
    demo = told["demo"]
    assert (demo["state"], demo["items"]) == ("convened", 9)
    assert demo["matters"] == [None, "61-1-9", "61-1-10"]
    assert demo["attached"] == [1, 1, 1]
    assert (demo["documents"], demo["handed_out"]) == (5, 4)
    assert (demo["attended"], demo["outcomes"]) == (0, [])


def test_the_meeting_demo_held_was_held_voted_counted_and_confirmed(told: dict) -> None:
    held = told["held"]
    assert held["state"] == "closed"
    assert held["attended"] > 200
    assert held["turns"] == 9
    assert held["questions"] >= 3
    assert held["unanswered"] == 0
    assert held["choices"] == ["abstain", "against", "for"]
    assert held["superseded"] >= 1
    assert held["outcomes"] == [["passed", "confirmed"]] * 3
    assert held["ledger"] == []
    assert held["years"] == [2022]
    confirmed, answered = told["verified"]
    assert confirmed > 20
    assert answered == 2


def test_a_second_run_loses_and_doubles_nothing(installation: MakeInstallation) -> None:
    made = installation(demo=True)
    before = counts(made)
    made.manage("demo")
    after = counts(made)
    fresh = {"cases.Invitation"}  # each start prints fresh links
    assert {k: v for k, v in after.items() if k not in fresh} == {
        k: v for k, v in before.items() if k not in fresh
    }
    assert after["cases.Invitation"] - before["cases.Invitation"] == len(ROLES)


def test_what_was_done_in_the_meeting_stays_over_a_second_run(
    installation: MakeInstallation,
) -> None:
    made = installation(demo=True)
    done = """
import django; django.setup()
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings import verbs
from creditor_meetings.meetings.models import Meeting
meeting = Meeting.objects.get(slug="demo")
judge = viewer_for(Person.objects.get(username="demo-judge"), meeting.case_id)
verbs.change_state(meeting, "open", judge)
verbs.change_state(meeting, "closed", judge)
"""
    made.python("-c", done)
    made.manage("demo")
    assert told_by(made)["demo"]["state"] == "closed"


def test_it_prints_one_link_a_role_each_under_its_own_name(installation: MakeInstallation) -> None:
    made = installation(demo=True, env={"PORT": "8765"})
    printed = made.manage("demo").stdout
    links = re.findall(r"http://([a-z]+)\.localhost:8765/invite/([\w-]+)/", printed)
    assert sorted(role for role, _token in links) == sorted(ROLES)
    assert len({token for _role, token in links}) == len(ROLES)


def test_sessions_and_links_are_given_away_in_the_demo_alone(
    installation: MakeInstallation, tmp_path: Path
) -> None:
    made = installation(demo=True, env={"DEMO": "0"})
    file = tmp_path / "people.csv"
    refused = made.manage("demo", "--people", file, check=False)
    assert refused.returncode != 0
    assert "DEMO=1" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not file.exists()
    assert "/invite/" not in made.manage("demo").stdout
    assert made.manage("demo", "--live", check=False).returncode != 0
    # DEBUG opens the same door.
    made.env["DEBUG"] = "1"
    made.manage("demo", "--people", file)
    assert len(People.read(file)) > 300


def test_a_people_file_that_cannot_be_written_is_said(
    installation: MakeInstallation, tmp_path: Path
) -> None:
    refused = installation(demo=True).manage(
        "demo", "--people", tmp_path / "nowhere" / "people.csv", check=False
    )
    assert refused.returncode != 0
    assert "nowhere" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("wrong", ["0", "-5", "1000000", "many"])
def test_a_wrong_number_of_creditors_is_said(wrong: str) -> None:
    with pytest.raises(CommandError, match=wrong):
        call_command("demo", f"--creditors={wrong}")


def test_creditors_are_generated_up_to_a_number_and_each_can_get_in(
    daphne_server: StartServer,
) -> None:
    server = daphne_server(demo=True, creditors=600)
    told = told_by(server.installation)
    assert (told["creditors"], told["held"]["outcomes"]) == (600, [["passed", "confirmed"]] * 3)
    people = server.people
    assert len(people.all("creditor")) == 600 - 3, "the proxy acts for three"
    mode = stat.S_IMODE((server.installation.data_dir / "people.csv").stat().st_mode)
    assert mode == 0o600
    last = people.all("creditor")[-1]
    page = httpx.get(f"{server.url}/meetings/demo/", cookies=last.cookies, timeout=30)
    assert page.status_code == 200
    proxy = people.one("proxy")
    assert proxy.creditor.count("；") == 2
    server.installation.manage("demo", "--creditors", "400", "--verbosity", "0")
    assert told_by(server.installation)["creditors"] == 600


@pytest.fixture(scope="module")
def served(installation: MakeInstallation) -> Server:
    """Serve a demo of this file's own."""
    with Server(installation(demo=True)) as server:
        yield server


@pytest.mark.parametrize("role", ROLES)
def test_a_link_burns_nothing_when_looked_at_and_lets_in_once(served: Server, role: str) -> None:
    person = served.people.one(role)
    with httpx.Client(base_url=served.url, follow_redirects=False, timeout=30) as client:
        for _look in range(3):
            page = client.get(person.path)
            assert page.status_code == 200
            assert (person.creditor.split("；")[0] or person.name) in page.text
            assert "sessionid" not in client.cookies
        form = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        came_in = client.post(person.path, data=form, headers={"Origin": served.url})
        assert came_in.status_code == 302
        # Whoever comes for the demo is led straight into its one open meeting.
        assert came_in.headers["location"] == "/meetings/demo/"
        assert client.get("/meetings/demo/").status_code == 200
        assert client.get("/meetings/demo-held/").status_code == 200
    with httpx.Client(base_url=served.url, follow_redirects=False, timeout=30) as another:
        assert another.get(person.path).status_code == 410
        form = {"csrfmiddlewaretoken": another.cookies.get("csrftoken", "x" * 32)}
        again = another.post(person.path, data=form, headers={"Origin": served.url})
        assert again.status_code in (403, 410)
        assert "sessionid" not in another.cookies


def test_the_address_for_filings_is_open_to_everybody(served: Server) -> None:
    answer = httpx.get(f"{served.url}/file/demofiling/", timeout=30)
    assert answer.status_code == 200
    assert "示例包装有限公司" in answer.text


def test_a_post_without_the_token_lets_nobody_in(served: Server) -> None:
    person = served.people.all("creditor")[5]
    assert httpx.post(served.url + person.path, timeout=30).status_code == 403


def test_it_is_the_same_on_postgresql(
    installation: MakeInstallation, postgres_url: str, told: dict
) -> None:
    # The clock is held for what was done long ago, whatever clock the database has.
    assert told_by(installation(demo=True, database_url=postgres_url)) == told
