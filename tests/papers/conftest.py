"""A meeting that was held: signed in, reported, asked, voted on, counted, confirmed, closed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.meetings import questions, record
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting import chart_process, verbs
from voting.chart_figures import Drawing
from voting.models import Resolution

CREDITORS = {"甲公司": "600000.00", "乙公司": "300000.00", "丙公司": "100000.00"}
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="420" height="60" viewBox="0 0 420 60">'
    '<rect width="420" height="60" fill="#0b6b8a"/>'
    '<text x="8" y="40" font-family="Noto Sans CJK SC" font-size="20">计票图</text></svg>'
)


@dataclass
class Held:
    """The meeting, its people by name, its poll, and the receipts in the order of the ballots."""

    case: Case
    meeting: Meeting
    poll: Resolution
    creditors: dict[str, Creditor]
    people: dict[str, Person]
    receipts: list[dict[str, Any]]

    def client(self, who: str) -> Client:
        """Sign somebody in; "nobody" stays signed out."""
        client = Client()
        if who != "nobody":
            client.force_login(
                self.people[who], backend="django.contrib.auth.backends.ModelBackend"
            )
        return client

    def viewer(self, who: str) -> Any:
        """See the case as somebody."""
        return world.viewer(self.people[who], self.meeting)

    def url(self, page: str = "papers/") -> str:
        """Return an address of the meeting."""
        return f"/meetings/{self.meeting.slug}/{page}"


@pytest.fixture(autouse=True)
def _kept_apart(settings: Any, tmp_path: Path) -> None:
    """Keep papers and keys of each test apart; nobody else's limits."""
    settings.DATA_DIR = tmp_path
    cache.clear()


@pytest.fixture
def picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no chart: tests/charts does; a paper takes whatever picture it gets."""

    def draw(_self: chart_process.ChartProcess, _drawing: Drawing) -> dict[str, str]:
        return {"zh": PICTURE, "en": PICTURE}

    monkeypatch.setattr(chart_process.ChartProcess, "draw", draw)


@pytest.fixture
def held(db: None, picture: None) -> Held:
    """甲 for, 乙 for by proxy after an against, 丙 signed in and silent; 戊 has no vote."""
    case = world.make_case(panel="审判长沈静", clerk="王小明")
    meeting = world.make_meeting(case)
    creditors = {
        name: world.make_creditor(case, name, confirmed=amount)
        for name, amount in CREDITORS.items()
    }
    creditors["戊银行"] = world.make_creditor(
        case, "戊银行", confirmed="500000.00", conclusion="undetermined"
    )
    people = {
        name: world.make_person(case, "creditor", creditors[name], f"{name[0]}代表")
        for name in CREDITORS
    }
    for role, name in (("administrator", "林律师"), ("judge", "沈静"), ("clerk", "王小明")):
        people[role] = world.make_person(case, role, name=name)
    people["observer"] = world.make_person(case, "observer")
    people["proxy"] = world.make_person(case, "proxy", creditors["乙公司"], "代理人周")
    people["stranger"] = world.make_person(world.make_case(), "judge")
    poll = world.make_resolution(meeting, text="同意管理人提交的变价方案。\n执行中的调整另行报告。")
    world.sign_in(people["甲公司"], meeting)
    world.sign_in(people["丙公司"], meeting)
    questions.ask_question(meeting, "变价如何进行？😀", world.viewer(people["甲公司"], meeting))
    with transaction.atomic():
        record.write(
            meeting,
            "document_handed_out",
            {"document": 1, "title": "变价方案全文", "sha256": "ab" * 32, "size": 9, "pages": 12},
        )
    world.open_poll(poll, people["judge"])
    receipts = [
        world.cast(people["甲公司"], poll, "for"),
        world.cast(people["proxy"], poll, "against", creditors["乙公司"]),
        world.cast(people["proxy"], poll, "for", creditors["乙公司"]),
    ]
    world.close_poll(poll, people["judge"])
    verbs.confirm_outcome(meeting, poll.pk, "confirmed", "", world.viewer(people["judge"], meeting))
    poll.refresh_from_db()
    return Held(case, meeting, poll, creditors, people, receipts)


def close(held: Held) -> None:
    """Close the meeting."""
    meeting_verbs.change_state(held.meeting, "closed", held.viewer("judge"))
    held.meeting.refresh_from_db()
