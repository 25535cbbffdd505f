"""The operator's live page, the figures for Prometheus, and who may see either."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from prometheus_client.parser import text_string_to_metric_families

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.running import figures, heartbeat, show, state, wait_ready
from creditor_meetings.running.access import may_collect
from creditor_meetings.running.models import Copy, ServerProcess
from tests.support import world
from voting import figures as ballot_figures

pytestmark = pytest.mark.django_db

NAME, PHONE = "池建国", "13812345678"


@pytest.fixture
def operator() -> Person:
    return Person.objects.create_superuser("operator@example.cn", "a long password")


@pytest.fixture
def page(operator: Person) -> Client:
    client = Client(HTTP_ACCEPT="text/html")
    client.force_login(operator)
    return client


@pytest.fixture
def meeting() -> Meeting:
    case = world.make_case()
    creditor = world.make_creditor(case, confirmed="10.00", name="云江油墨有限公司")
    person = world.make_person(case, "creditor", creditor, name=NAME)
    Person.objects.filter(pk=person.pk).update(phone=PHONE)
    return world.make_meeting(case)


def process(pid: int, seconds_ago: float = 1, **more: Any) -> ServerProcess:
    now = clock.now()
    return ServerProcess.objects.create(
        host="host-a", pid=pid, build="abc", started_at=now - timedelta(hours=1),
        seen_at=now - timedelta(seconds=seconds_ago),
        **{"figures": {"sockets": 40, "ballots_a_second": 12.5, "rooms": {}, "commit_p95": 20}}
        | more,
    )  # fmt: skip


def test_several_processes_are_added_up_and_a_silent_one_shown_as_gone(
    page: Client, meeting: Meeting
) -> None:
    rooms = {"rooms": {str(meeting.pk): 40}, "sockets": 40, "ballots_a_second": 12.5}
    process(11, figures={**rooms, "commit_p95": 20, "history": {"ballots": [1, 2], "lag": [5, 6]}})
    process(12, figures={**rooms, "commit_p95": 70, "history": {"ballots": [7], "lag": [9]}})
    process(13, seconds_ago=60, figures=rooms)
    process(14, seconds_ago=60, ended_at=clock.now(), figures=rooms)
    now = state.now()
    assert now["sums"]["sockets"] == 80
    assert now["sums"]["ballots_a_second"] == 25
    assert now["sums"]["commit_p95"] == 70
    assert now["sums"]["history"] == {"ballots": [1, 9], "lag": [5, 9]}
    assert now["meetings"] == [{"id": meeting.pk, "open": True, "sockets": 80, "polls": 0}]
    shown = page.get("/operator/").content.decode()
    assert shown.count("运行中") == 2
    assert "失去联系" in shown
    assert "已正常结束" in shown
    assert "从未备份" in shown
    part = page.get("/operator/now/").content.decode()
    assert "<html" not in part
    assert "host-a · 12" in part


def test_the_page_names_no_creditor_and_no_person(page: Client, meeting: Meeting) -> None:
    process(11, figures={"rooms": {str(meeting.pk): 3}})
    told = page.get("/operator/now/").content.decode() + str(state.now())
    told += Client().get("/metrics").content.decode()
    for personal in (NAME, PHONE, "云江", meeting.title, meeting.case.debtor, meeting.slug):
        assert personal not in told


@pytest.mark.parametrize("address", ["/operator/", "/operator/now/"])
def test_only_an_operator_with_a_second_factor_sees_it(
    page: Client, operator: Person, meeting: Meeting, settings: Any, address: str
) -> None:
    settings.REQUIRE_STAFF_MFA = True
    assert page.get(address)["location"].startswith("/account/2fa/")
    assert page.get(address, HTTP_ACCEPT="application/json").status_code == 403
    settings.REQUIRE_STAFF_MFA = False
    assert page.get(address).status_code == 200
    judge = Client(HTTP_ACCEPT="text/html")
    judge.force_login(world.make_person(meeting.case, "judge"))
    assert judge.get(address).status_code == 404
    staff = Person.objects.create_user("staff@example.cn", "a long password", is_staff=True)
    judge.force_login(staff)
    assert judge.get(address).status_code == 404
    assert Client(HTTP_ACCEPT="text/html").get(address)["location"].startswith("/signin/")


def test_what_is_not_well_stands_out(page: Client, settings: Any, monkeypatch: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(state, "FEW_BYTES", 1 << 62)
    Copy.objects.create(
        made_at=clock.now() - timedelta(hours=30), began_at=clock.now() - timedelta(hours=31),
        files=12, size=3 * 1024**3, place="/elsewhere",
    )  # fmt: skip
    process(11, figures={"ballots_waiting": 6000, "commit_p95": 2500, "hub_lag": 4000,
                         "wrong_in_the_hour": 3, "files": 900, "most_files": 1024})  # fmt: skip
    shown = page.get("/operator/now/").content.decode()
    for word in ("中断", "空间不足", "过久", "将用尽", "30.0 小时前", "3.0 GB"):
        assert word in shown, word
    assert len(re.findall("tile--(?:warn|bad)", shown)) == 4


def test_figures_are_those_of_prometheus(meeting: Meeting) -> None:
    ballot_figures.committed(190, 10, 0.03)
    families = {
        one.name: one
        for one in text_string_to_metric_families(Client().get("/metrics").content.decode())
    }
    ballots = {
        one.labels["outcome"]: one.value
        for one in families["creditor_meetings_ballots"].samples
        if one.name.endswith("_total")
    }
    assert ballots["counted"] >= 190
    assert ballots["refused"] >= 10
    commits = families["creditor_meetings_ballot_commit_seconds"]
    below = {one.labels["le"]: one.value for one in commits.samples if one.name.endswith("_bucket")}
    assert below["0.05"] - below["0.02"] >= 1
    assert below["+Inf"] == max(below.values())
    assert families["creditor_meetings_database_up"].samples[0].value == 1
    assert families["creditor_meetings_process_memory_bytes"].samples[0].value > 10_000_000
    allowed = {"kind", "way", "outcome", "le", "room", "method", "status", "state", "level",
               "assets"}  # fmt: skip
    assert {key for one in families.values() for s in one.samples for key in s.labels} <= allowed


@pytest.mark.parametrize(
    ("address", "headers", "may"),
    [
        ("127.0.0.1", {}, True),
        ("127.8.9.1", {}, True),
        ("::1", {}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("192.0.2.1", {}, False),
        ("", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, False),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, False),
        ("127.0.0.1", {"Authorization": "Bearer wrong"}, False),
        ("192.0.2.1", {"Authorization": "Bearer right"}, True),
        ("192.0.2.1", {"Authorization": "right"}, False),
        ("192.0.2.1", {"Authorization": "Bearer right", "X-Forwarded-For": "1.2.3.4"}, True),
    ],
)
def test_who_may_collect(settings: Any, address: str, headers: dict[str, str], may: bool) -> None:
    settings.METRICS_TOKEN = "right"
    request = RequestFactory().get("/metrics", headers=headers, REMOTE_ADDR=address)
    assert may_collect(request) is may
    settings.METRICS_TOKEN = ""
    request = RequestFactory().get(
        "/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="192.0.2.1"
    )
    assert may_collect(request) is False


def test_a_process_tells_how_it_is_and_that_it_ended() -> None:
    old = process(9, seconds_ago=90_000)
    one = heartbeat.Heart()
    one.beat()
    one.beat()
    row = ServerProcess.objects.get()
    assert not ServerProcess.objects.filter(pk=old.pk).exists()
    assert row.figures["memory"] > 0
    assert row.lives(clock.now())
    # Taken off the list by hand, it comes back.
    row.delete()
    one.beat()
    assert ServerProcess.objects.count() == 1
    one._end()
    assert not ServerProcess.objects.get().lives(clock.now())


def test_rates_are_of_the_time_between_two_looks() -> None:
    figures.look()
    ballot_figures.committed(50, 0, 0.2)
    assert figures.look()["ballots_a_second"] > 0
    assert figures.look()["ballots_a_second"] == 0
    assert figures.look()["commit_p95"] > 0


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (5 * 1024**3, "5.0 GB"), (1 << 42, "4.0 TB")],
)
def test_sizes(count: int, written: str) -> None:
    assert show.size(count) == written


def test_a_curve_stays_in_its_box() -> None:
    assert show.curve([1]) == ""
    points = [tuple(map(float, pair.split(","))) for pair in show.curve([0, 3, 1, 9]).split()]
    assert points[0][0] == 0
    assert points[-1][0] == show.WIDTH
    assert all(0 <= y <= show.HEIGHT for _x, y in points)


def test_waiting_for_a_process_that_never_comes_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert wait_ready.wait(1, seconds=0.1) is False
    assert "port 1 does not serve" in capsys.readouterr().err


def test_looking_from_many_threads_at_once_breaks_nothing() -> None:
    wrong: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(20):
                figures.look()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
