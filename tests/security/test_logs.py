"""What is planted in requests that are refused, or fail, is in no log, error page or address."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases import codes, invitations
from creditor_meetings.cases.models import Person
from tests.support import world

pytestmark = pytest.mark.django_db

PLANTED = {
    "password": "planted-Passw0rd-77", "phone": "13987650001", "email": "planted@example.cn",
    "identity": "310101197701017777", "token": "plantedtoken" * 3, "code": "918273",
    "session": "plantedsession" * 2, "question": "planted-question-text",
}  # fmt: skip


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Catch what is logged, as the installation's own formatter would write it."""
    caplog.set_level(logging.DEBUG, logger="")
    for name in ("django.db.backends", "asyncio"):
        logging.getLogger(name).setLevel(logging.INFO)
    return caplog


def written(caplog: pytest.LogCaptureFixture) -> str:
    """Write the records as the console does."""
    formatters = {
        handler.formatter
        for handler in logging.getLogger().handlers
        if handler.formatter is not None and type(handler).__module__ == "logging"
    }
    from creditor_meetings.running import log_lines

    formatters |= {log_lines.TextLine(), log_lines.JsonLine()}
    return "\n".join(
        formatter.format(record) for formatter in formatters for record in caplog.records
    )


def looked_for(text: str) -> list[str]:
    return [name for name, value in PLANTED.items() if value in text]


def test_refused_and_failed_requests_leave_nothing_behind(
    everything_logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = world.make_case()
    creditor = world.make_creditor(case, identity := "云江油墨有限公司")
    creditor.identity_number = PLANTED["identity"]
    creditor.save()
    person = world.make_person(case, "creditor", creditor, name=identity)
    Person.objects.filter(pk=person.pk).update(phone=PLANTED["phone"], email=PLANTED["email"])
    meeting = world.make_meeting(case)
    issued = invitations.issue(case, "creditor", "池建国", creditors=[creditor])
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = PLANTED["session"]
    answers = [
        client.post(
            "/account/login/", {"login": PLANTED["email"], "password": PLANTED["password"]}
        ),
        client.post("/signin/", {"identifier": PLANTED["phone"]}),
        client.post("/signin/code/", {"code": PLANTED["code"]}),
        client.get(f"/invite/{PLANTED['token']}/"),
        client.post(
            f"/invite/{issued.token}/", {"name": "x", "identity_tail": PLANTED["identity"]}
        ),
        client.get(f"/meetings/{meeting.slug}/?q={PLANTED['phone']}"),
        client.post("/check/", {"receipt": PLANTED["question"]}),
        client.get("/nowhere/", headers={"referer": f"https://x.example/{PLANTED['token']}"}),
        client.post(
            f"/meetings/{meeting.slug}/ballots/",
            {"id": "a", "type": "x", "data": {"text": PLANTED["question"]}},
            content_type="application/json",
        ),
    ]  # fmt: skip
    mine = Client(raise_request_exception=False)
    mine.force_login(person)
    monkeypatch.setattr("creditor_meetings.cases.case_page.meetings_of", lambda *_: 1 / 0)
    failed = mine.get(f"/?phone={PLANTED['phone']}")
    assert failed.status_code == 500
    assert looked_for(failed.content.decode()) == []
    told = written(everything_logged)
    assert looked_for(told) == [], [line for line in told.splitlines() if looked_for(line)][:3]
    assert issued.token not in told
    answers.pop(5)  # it leads back, by the sign-in, to the very address that was asked for
    for answer in answers:
        assert looked_for(answer.get("Location", "")) == []
        if answer.status_code >= 500:
            pytest.fail(str(answer))


def test_a_code_that_was_asked_for_is_in_no_log(
    everything_logged: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    # A code that is known: numbers of processes have six digits too.
    code = SimpleNamespace(randbelow=lambda _below: int(PLANTED["code"]))
    monkeypatch.setattr(codes, "secrets", code)
    Person.objects.create(name="池", phone=PLANTED["phone"])
    with django_capture_on_commit_callbacks(execute=True):
        codes.request_code(codes.identifier_from(PLANTED["phone"]), "192.0.2.7")
    # Without a provider the message itself goes to the operator's console, which is no log.
    assert PLANTED["code"] in capsys.readouterr().out
    told = written(everything_logged)
    assert PLANTED["phone"] not in told
    assert PLANTED["code"] not in told


@pytest.mark.parametrize(
    "evil", ["a\r\n2026-01-01 ERROR forged", "a\nb", "\x1b[31mred", "a\u2028b"]
)
def test_nobody_writes_lines_into_the_log(
    everything_logged: pytest.LogCaptureFixture, evil: str
) -> None:
    from creditor_meetings.cases import security_log

    security_log.warn("a wrong try at a link", evil)
    Client(raise_request_exception=False).get("/nowhere/" + evil.replace("\x1b", "%1b"))
    for line in written(everything_logged).splitlines():
        assert not line.startswith("2026-01-01 ERROR")
        assert "\x1b" not in line


def test_sign_ins_and_refusals_are_written_down_by_number(
    everything_logged: pytest.LogCaptureFixture,
) -> None:
    case = world.make_case()
    judge = world.make_person(case, "judge", name="沈静怡")
    judge.email = PLANTED["email"]
    judge.set_password(PLANTED["password"])
    judge.save()
    client = Client(REMOTE_ADDR="192.0.2.7")
    login = {"login": PLANTED["email"], "password": "wrong one"}
    client.post("/account/login/", login)
    client.post("/account/login/", {**login, "password": PLANTED["password"]})
    other = world.make_case()
    assert client.get(f"/cases/{other.pk}/").status_code == 404
    client.post("/account/logout/")
    told = [one.getMessage() for one in everything_logged.records if one.name == "security"]
    assert "a sign-in failed from 192.0.2.7" in told
    assert f"person {judge.pk} signed in from 192.0.2.7" in told
    assert f"person {judge.pk} refused at case: not_allowed from 192.0.2.7" in told
    assert f"person {judge.pk} signed out from 192.0.2.7" in told
    assert looked_for(" ".join(told)) == []
