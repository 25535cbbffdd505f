"""The nginx of deploy/nginx before two processes, PostgreSQL and Redis: a vote that goes on.

One process is killed, the other is asked to end, while people vote; nobody loses an
acknowledged ballot, and everybody goes on at whichever process is there.
"""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.faults.client.http import TOKEN as HTTP_TOKEN
from tests.faults.client.http import Listener
from tests.running.voting import Voter, acknowledged
from tests.support.databases import wait_until
from tests.support.servers import Server
from tests.video.nginx import Nginx, RunningNginx
from tests.voting.test_durability import SEATS

TOKEN = "a token that the test knows"
FACTS = """
import django; django.setup()
import json, sys
from creditor_meetings.meetings.models import Presence
from creditor_meetings.running.models import ServerProcess
from voting import book, law
from voting.ledger import chain
from voting.models import Ballot, Resolution
poll = Resolution.objects.select_related("meeting").get()
print(json.dumps({
    "numbers": list(Ballot.objects.values_list("number", flat=True)),
    "commands": list(Ballot.objects.values_list("command_id", flat=True)),
    "running": law.running(poll) == law.count(poll)["groups"],
    "ledger": chain.problems(book.entries_of(poll.meeting)),
    "addresses": sorted(set(Presence.objects.values_list("address", flat=True))),
    "present": Presence.objects.filter(left_at=None, arrived_at__gt=sys.argv[1]).count(),
    "ended": list(ServerProcess.objects.exclude(ended_at=None).values_list("pid", flat=True)),
}))
"""


def go_on(voters: list[Voter], before: dict[Voter, int]) -> None:
    """Wait until everybody has cast some more ballots."""

    def behind() -> list[Voter]:
        return [one for one in voters if len(one.acknowledged) <= before[one] + 2]

    try:
        wait_until(lambda: not behind(), seconds=90, what="everybody's further ballots")
    except TimeoutError:
        pytest.fail(
            str(
                [
                    (one.wrong, one.codes, one.connected, one.failed, one.last_failure, one.pending)
                    for one in behind()
                ]
            )
        )


@dataclass
class House:
    """Two processes behind nginx, and a poll that is open."""

    server: Server
    nginx: Nginx
    hall: dict[str, Any]

    def one_wrote(self, what: str) -> None:
        """Wait for a line of a process's log."""
        wait_until(
            lambda: what in self.server.log(0) + self.server.log(1), seconds=20,
            what=f"{what} in a log",
        )  # fmt: skip

    def nginx_wrote(self, what: str) -> None:
        """Wait for a line of nginx's log: it is written when the answer has gone."""
        log = self.nginx.place / "creditor-meetings.log"
        wait_until(lambda: what in log.read_text(), seconds=20, what=f"{what} in nginx's log")

    def facts(self, since: str = "2000-01-01T00:00:00Z") -> dict[str, Any]:
        """What the database holds; `present`: who came after a moment and did not leave."""
        done = self.server.installation.python("-c", FACTS, since)
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))

    @contextmanager
    def voting(self) -> Iterator[list[Voter]]:
        """Everybody votes on and on meanwhile."""
        voters = [
            Voter(self.nginx.socket(""), self.nginx.url, self.hall, seat, self.nginx.tls)
            for seat in self.hall["voters"]
        ]
        try:
            for voter in voters:
                voter.start()
            wait_until(
                lambda: all(voter.acknowledged or voter.wrong for voter in voters),
                seconds=90,
                what="votes",
            )
            yield voters
        finally:
            for voter in voters:
                voter.enough.set()
            for voter in voters:
                voter.join(60)
        assert [voter.wrong for voter in voters if voter.wrong] == []


@pytest.fixture(scope="module")
def house(installation, postgres, redis_server, tmp_path_factory) -> Iterator[House]:
    made = installation(
        database_url=postgres.new_database(),
        redis_url=redis_server.new_database(),
        env={
            "BEHIND_PROXY": "1", "SECURE_COOKIES": "1", "STATIC_FROM_SOURCE": "0",
            "LOG_FORMAT": "json", "METRICS_TOKEN": TOKEN, "REQUIRE_STAFF_MFA": "0",
        },
    )  # fmt: skip
    made.manage("collectstatic", "--no-input", "--verbosity", "0")
    hall = json.loads(made.python("-c", SEATS).stdout)
    place = tmp_path_factory.mktemp("front") / "nginx"
    with Server(made, 2) as server, RunningNginx(server, place) as nginx:
        yield House(server, nginx, hall)


@pytest.fixture
def client(house: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.nginx.url, verify=house.nginx.tls, timeout=30) as made:
        yield made


def test_pages_and_files_by_nginx(house: House, client: httpx.Client) -> None:
    page = client.get("/signin/", headers={"X-Request-ID": "forged-by-a-client"})
    assert page.status_code == 200
    names = [name.lower() for name, _value in page.headers.multi_items()]
    for name in (
        "strict-transport-security", "x-content-type-options", "x-frame-options",
        "referrer-policy", "content-security-policy", "x-request-id", "cache-control",
    ):  # fmt: skip
        assert names.count(name) == 1, name
    number = page.headers["x-request-id"]
    assert number != "forged-by-a-client"
    house.one_wrote(f'"request":"{number}"')
    house.nginx_wrote(f'"request":"{number}"')

    (script,) = set(re.findall(r'src="(/static/js/base\.[0-9a-f]{12}\.js)"', page.text))
    kept = client.get(script)
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["content-encoding"] == "gzip"
    assert kept.headers["content-type"] == "text/javascript"
    assert "x-request-id" not in kept.headers  # the application never heard of it


def test_addresses_that_let_somebody_in_are_not_logged(house: House, client: httpx.Client) -> None:
    client.get("/invite/a-token-of-somebody/?next=/x")
    client.get("/file/another-token/code/")
    house.nginx_wrote('"path":"/file/')
    said = (house.nginx.place / "creditor-meetings.log").read_text()
    said += house.server.log(0) + house.server.log(1)
    ours = [
        line for line in said.splitlines() if line.startswith("{")
    ]  # Daphne's own lines are off where -v 0 is
    assert any('"path":"/invite/' in line for line in ours)
    assert not any("a-token" in line or "another-token" in line for line in ours)


def test_figures_are_read_past_nginx_alone(house: House, client: httpx.Client) -> None:
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404
    for url in house.server.urls:
        told = httpx.get(f"{url}/metrics", timeout=30)
        assert told.status_code == 200
        assert "creditor_meetings_sockets" in told.text
        by_proxy = {"X-Forwarded-For": "203.0.113.9"}
        assert httpx.get(f"{url}/metrics", headers=by_proxy, timeout=30).status_code == 404
        token = {**by_proxy, "Authorization": f"Bearer {TOKEN}"}
        assert httpx.get(f"{url}/metrics", headers=token, timeout=30).status_code == 200


def test_who_floods_is_slowed_down_and_told_so(house: House, client: httpx.Client) -> None:
    answers: list[httpx.Response] = []
    refused: list[httpx.Response] = []

    def knock() -> None:
        with httpx.Client(base_url=house.nginx.url, verify=house.nginx.tls, timeout=60) as one:
            # A slow house answers slowly: five more come back each second meanwhile.
            for _ in range(500):
                answer = one.post("/signin/")
                (refused if answer.status_code == 429 else answers).append(answer)
                if len(refused) > 20:
                    return

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(refused) > 20
    assert len(answers) >= 100
    assert refused[0].headers["retry-after"] == "5"
    assert "请稍候" in refused[0].text
    assert client.get("/signin/").status_code == 200  # looking is no trying


async def test_a_room_without_sockets(house: House) -> None:
    """A stream is not held back on the way, a ballot by POST is heard of in it, and by a poll."""
    seat, other = house.hall["voters"][:2]
    page = f"/meetings/{house.hall['slug']}/"

    def client_of(one: dict[str, Any]) -> httpx.AsyncClient:
        cookies = f"__Host-csrftoken={HTTP_TOKEN}; __Host-sessionid={one['session']}"
        return httpx.AsyncClient(
            base_url=house.nginx.url, verify=house.nginx.tls, timeout=40,
            headers={"Cookie": cookies, "X-CSRFToken": HTTP_TOKEN,
                     "Referer": house.nginx.url + page, "Origin": house.nginx.url},
        )  # fmt: skip

    async with client_of(seat) as voter, client_of(other) as reader:
        async with reader.stream("GET", page + "events/") as answer:
            if answer.status_code != 200:
                pytest.fail((await answer.aread()).decode())
            assert answer.headers["content-type"].startswith("text/event-stream")
            stream = Listener(answer)
            snapshot = await stream.next()
            assert snapshot["type"] == "snapshot"
            ballot = {"resolution": house.hall["poll"], "choice": "for"}
            body = {"id": "by-http", "type": "cast_ballot", "data": ballot}
            cast = await voter.post(page + "ballots/", json=body)
            assert cast.status_code == 200, cast.text
            assert (await stream.until("tally"))["seq"] > snapshot["seq"]
        # The process that is asked may be the other one, and hear of it a moment later.
        heard: set[str] = set()
        async with asyncio.timeout(60):
            while "tally" not in heard:
                polled = await reader.get(
                    page + "events/", params={"poll": 1, "after": snapshot["seq"]}
                )
                heard = {frame["type"] for frame in polled.json()}
    assert cast.json()["data"]["number"] in house.facts()["numbers"]


def test_one_process_is_killed_and_the_vote_goes_on(house: House) -> None:
    with house.voting() as voters:
        house.server.kill(0)
        before = {voter: len(voter.acknowledged) for voter in voters}
        go_on(voters, before)
        house.server.start(0)
    house.server.wait_ready(0)
    assert any(voter.codes or voter.failed for voter in voters)
    told = house.facts()
    assert {one["number"] for one in acknowledged(voters)} <= set(told["numbers"])
    assert len(told["commands"]) == len(set(told["commands"]))
    assert told["running"]
    assert told["ledger"] == []
    assert told["addresses"] == ["127.0.0.1"]  # nginx's word, not the client's


def test_one_process_is_asked_to_end_and_sends_its_people_on(house: House) -> None:
    process = house.server.processes[1]
    assert process is not None
    # Whom the killed process had is not of interest: nobody wrote when they left.
    began = datetime.now(UTC).isoformat()
    with house.voting() as voters:
        assert house.server.stop(1) == 0
        before = {voter: len(voter.acknowledged) for voter in voters}
        go_on(voters, before)
        sent_on = [voter for voter in voters if voter.codes]
        # Each was told that this server restarts; nobody's line just broke.
        assert sent_on
        assert {code for voter in sent_on for code in voter.codes} == {1012}
        told = house.facts()
        assert process.pid in told["ended"]
        # Who came back is present once: the departure was written before the process ended.
        wait_until(
            lambda: house.facts(began)["present"] == len(voters), seconds=90, what="the present",
            every=0.5,
        )  # fmt: skip
    told = house.facts()
    assert {one["number"] for one in acknowledged(voters)} <= set(told["numbers"])
    assert len(told["commands"]) == len(set(told["commands"]))
    assert told["ledger"] == []
    house.server.start(1)
    house.server.wait_ready(1)


PLANTED = (
    "池建国", "13812345678", "138 1234 5678", "11010519491231002X", "chi@example.cn",
    "a-token-of-somebody", "493021", "forged entry",
)  # fmt: skip


def test_the_log_of_all_of_it_names_nobody_and_is_json(house: House, client: httpx.Client) -> None:
    """Last of this file: it reads what the whole vote, the kill and the end left in the log."""
    said = " ".join(PLANTED[:5])
    client.get("/signin/")
    token = client.cookies["__Host-csrftoken"]
    client.headers.update({"Referer": f"{house.nginx.url}/signin/", "X-CSRFToken": token})
    client.post("/signin/", data={"contact": said, "next": f"/?x={said}"})
    client.get(f"/invite/{PLANTED[5]}/")
    client.get(f"/{said}/")
    client.post("/signin/code/", json={"code": PLANTED[6], "name": said})
    seat = house.hall["voters"][0]
    forged = f'{said}\n{{"level":"CRITICAL","message":"{PLANTED[7]}"}}'

    async def send_bad_frames() -> None:
        frames = (
            ("cast_ballot", {"resolution": forged}), ("ask_question", {"text": forged}),
            (forged, {}),
        )  # fmt: skip
        async with connect(
            f"{house.nginx.socket('')}/ws/meetings/{house.hall['slug']}/",
            additional_headers={"Cookie": f"__Host-sessionid={seat['session']}"},
            user_agent_header=said.encode().decode("latin-1"),
            origin=house.nginx.url,
            ssl=house.nginx.tls,
            max_size=None,
            open_timeout=30,
        ) as socket:
            for number, (kind, data) in enumerate(frames):
                frame = {"id": f"x{number}", "type": kind, "data": data}
                await socket.send(json.dumps(frame))
                while True:
                    reply = json.loads(await asyncio.wait_for(socket.recv(), 30))
                    if reply["type"] == "reply" and reply["id"] == f"x{number}":
                        break

    asyncio.run(send_bad_frames())
    sessions = [one["session"] for one in house.hall["voters"]]
    lines = []
    for number in range(2):
        for line in house.server.log(number).splitlines():
            # What Daphne writes of each request itself; the units turn it off (-v 0).
            if not re.match(r"(None|[\d.]+:\d+) - - \[", line):
                lines.append(json.loads(line))
    assert len(lines) > 20
    told = json.dumps(lines, ensure_ascii=False)
    assert {"time", "level", "logger", "message", "process"} <= set(lines[0])
    assert [one for one in (*PLANTED, *sessions, TOKEN) if one in told] == []
    assert {"invite", "signin", "none"} <= {line.get("view") for line in lines}
    assert not any(line["level"] == "CRITICAL" for line in lines)
