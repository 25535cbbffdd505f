"""A room without sockets: the same events, commands, rights and limits, by HTTP alone."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from creditor_meetings.realtime import events_listeners
from tests.faults.client.http import ByHttp
from tests.support.servers import MakeInstallation, Server
from tests.whole import story
from tests.whole.stage import Room, Stage, set_up


@pytest.fixture(scope="module")
def stages(installation: MakeInstallation) -> Iterator[Iterator[Stage]]:
    """One server with a meeting for each test that wants one of its own."""
    with Server(installation()) as server:
        yield iter(set_up(server, meetings=5))


@pytest.fixture(scope="module")
def stage(stages: Iterator[Stage]) -> Stage:
    """A meeting that tests leave as it is, but for questions."""
    return next(stages)


@pytest.fixture
def own_stage(stages: Iterator[Stage]) -> Stage:
    """A meeting that nobody else uses."""
    return next(stages)


async def test_a_meeting_held_by_http(own_stage: Stage) -> None:
    """One by HTTP, one by socket: both see what the other does, and vote."""
    poll = own_stage.facts["polls"][0]
    async with (
        own_stage.room("creditor") as socket,
        ByHttp(own_stage, "judge") as judge,
        ByHttp(own_stage, "proxy") as proxy,
        judge.listen() as stream,
    ):
        await socket.until("snapshot")
        snapshot = await stream.next()
        assert snapshot["type"] == "snapshot"
        assert snapshot["data"]["me"]["roles"] == ["judge"]
        assert (await judge.command("h1", "open_meeting"))["ok"]
        assert (await socket.until("meeting_state_changed"))["data"]["set"] == {
            "meeting/state": "open"
        }
        assert (await stream.until("meeting_state_changed"))["seq"] > snapshot["seq"]
        # Both are there, and counted as there; the socket may have heard so before.
        while not any(online_in(frame) >= 2 for frame in socket.heard):
            await socket.next()

        (first, *_more) = await proxy.poll()
        assert first["type"] == "snapshot"
        asked = asyncio.create_task(proxy.poll(after=first["seq"]))
        assert (await judge.command("h2", "open_poll", resolution=poll))["ok"]
        seq = first["seq"]
        frames = await asked
        while not any(frame["type"] == "poll_opened" for frame in frames):
            assert frames[-1]["type"] == "pong"
            seq = frames[-1]["seq"]
            frames = await proxy.poll(after=seq)
        mine = own_stage.facts["creditors"]["proxied"]
        ballot = {"resolution": poll, "choice": "for", "creditor": mine}
        cast = await proxy.command(
            "b1", "cast_ballot", resolution=poll, choice="for", creditor=mine
        )
        assert cast["ok"]
        # The same again, by the other address too: the same receipt and no second ballot.
        body = {"id": "b1", "type": "cast_ballot", "data": ballot}
        assert (await proxy.post(body)).json() == cast
        assert (await proxy.post(body, "ballots")).json() == cast
        assert (await socket.command("b2", "cast_ballot", resolution=poll, choice="against"))["ok"]
        while (await stream.until("tally"))["data"]["set"][f"participation/{poll}"]["voted"] < 2:
            pass
        closed = await judge.command("h3", "close_poll", resolution=poll)
        assert closed["ok"]
        assert (await judge.command("h3", "close_poll", resolution=poll)) == closed
        outcome = (await socket.until("poll_closed"))["data"]["set"][f"outcomes/{poll}"]
        assert outcome == (await stream.until("poll_closed"))["data"]["set"][f"outcomes/{poll}"]
        late = await proxy.send("b3", "cast_ballot", **ballot)
        assert late.status_code == 409
        assert late.json()["error"]["code"] == "poll_not_open"


def online_in(frame: dict) -> int:
    """How many are online, as far as a frame tells it."""
    return frame.get("data", {}).get("set", {}).get("attendance/online", 0)


async def test_each_sees_by_http_what_the_socket_shows(stage: Stage) -> None:
    for role in story.ROLES:
        async with stage.room(role) as socket, ByHttp(stage, role) as person:
            shown = await socket.until("snapshot")
            for frame in ((await person.poll())[0], await first_of(person)):
                assert frame["data"] | {"attendance": 0} == shown["data"] | {"attendance": 0}


async def first_of(person: ByHttp) -> dict:
    """The first frame of a stream."""
    async with person.listen() as stream:
        return await stream.next()


async def test_who_was_away_gets_what_was_missed_and_no_snapshot(stage: Stage) -> None:
    async with ByHttp(stage, "creditor") as person:
        left = (await person.poll())[-1]["seq"]
        asked = await person.command("away-1", "ask_question", text="何时分配？")
        assert asked["ok"]
        async with person.listen(after=left) as stream:
            # At once, so that who resumes knows the way to be open.
            assert (await stream.next())["type"] == "pong"
            event = await stream.until("question_asked")
            assert stream.answer.headers["content-type"] == "text/event-stream"
            assert stream.answer.headers["x-accel-buffering"] == "no"
            assert "no-store" in stream.answer.headers["cache-control"]
            assert {frame["type"] for frame in stream.heard}.isdisjoint({"snapshot"})
            assert stream.ids[-1] == str(event["seq"])
        # A browser's own EventSource tells in a header how far it had come.
        headers = {"Last-Event-ID": str(event["seq"] - 1)}
        async with person.client.stream("GET", person.address(), headers=headers) as answer:
            async for line in answer.aiter_lines():
                assert '"snapshot"' not in line
                if '"question_asked"' in line:
                    break
        frames = await person.poll(after=left)
        assert event in frames
        assert (await person.poll(after=10**9))[0]["type"] == "snapshot"
        assert (await person.poll(after="soon"))[0]["type"] == "snapshot"
        # Whoever does not want to wait is answered at once, with how far everything was told.
        # Until then people come to the room and go, which is told as well.
        frames = await person.poll(after=left, wait=0)
        while len(frames) > 1:
            frames = await person.poll(after=frames[-1]["seq"], wait=0)
        (pong,) = frames
        assert pong["type"] == "pong"


async def test_strangers_and_foreign_pages_hear_nothing(stage: Stage, own_stage: Stage) -> None:
    answers = set()
    for slug, role in ((stage.slug, ""), ("never-used", ""), (own_stage.slug, "creditor")):
        async with ByHttp(stage, role) as person:
            for query in ({}, {"poll": 1}, {"after": 1}):
                answer = await person.client.get(person.address(slug), params=query)
                answers.add((answer.status_code, answer.text))
    ((status, text),) = answers
    assert status == 404
    assert "not_allowed" in text
    async with ByHttp(stage, "creditor") as person:
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            answer = await person.client.get(person.address(), headers=headers)
            assert answer.status_code == 403, headers
            assert answer.json()["error"]["message"]
        elsewhere = await person.client.get(person.address(), headers={"Host": "evil.example"})
        assert elsewhere.status_code == 400
        for method in ("POST", "PUT", "HEAD", "OPTIONS"):
            answer = await person.client.request(method, person.address())
            assert answer.status_code == 405, method


BAD = {
    "not JSON": ("{", 400),
    "not UTF-8": (b'"\xff"', 400),
    "a list": ("[]", 400),
    "deep": ("[" * 20_000, 400),
    "no id": ({"type": "sign_in", "data": {}}, 400),
    "an unknown type": ({"id": "a", "type": "win_the_vote", "data": {}}, 400),
    "NUL": ({"id": "a", "type": "ask_question", "data": {"text": "a\u0000b"}}, 400),
    "half a character": ('{"id": "a", "type": "ask_question", "data": {"text": "\\ud800"}}', 400),
    "too long": ({"id": "a", "type": "ask_question", "data": {"text": "x" * 70_000}}, 413),
    "far too long": ({"id": "a", "type": "ask_question", "data": {"text": "x" * 400_000}}, 413),
    "not for this role": ({"id": "a", "type": "open_meeting", "data": {}}, 403),
}


async def test_bad_commands_get_clear_errors_and_few_are_too_many(stage: Stage) -> None:
    async with ByHttp(stage, "creditor") as person:
        for name, (body, status) in BAD.items():
            answer = await person.post(body)
            assert answer.status_code == status, f"{name}: {answer.text}"
            assert answer.json()["ok"] is False, name
            assert answer.json()["error"]["message"], name
        body = {"id": "c", "type": "ask_question", "data": {"text": "何时分配？"}}
        no_token = await person.post(body, **{"X-CSRFToken": ""})
        assert no_token.status_code == 403
        assert no_token.json()["ok"] is False
        form = await person.post(body, **{"Content-Type": "text/plain"})
        assert form.status_code == 415
        # Each second allows some more, and a slow machine answers few in a second.
        statuses: set[int] = set()
        async with asyncio.timeout(90):
            for turn in itertools.count():
                flood = [person.send(f"n{turn}-{number}", "sign_in") for number in range(90)]
                statuses |= {answer.status_code for answer in await asyncio.gather(*flood)}
                if 429 in statuses:
                    break
        assert statuses == {200, 429}
    # What one person sends too often costs nobody else.
    async with ByHttp(stage, "proxy") as other:
        assert (await other.command("other-1", "sign_in"))["ok"]


async def test_the_oldest_of_too_many_gives_way(stage: Stage) -> None:
    async with ByHttp(stage, "debtor") as person:
        after = (await person.poll())[-1]["seq"]
        async with person.listen(after=after) as oldest:
            await oldest.next()
            most = events_listeners.MOST_A_PERSON
            polls = [asyncio.create_task(person.poll(after=after + 500)) for _ in range(most)]
            for number in range(most):
                # Numbers that are not yet used: each is answered with a snapshot at once.
                assert (await polls[number])[0]["type"] == "snapshot"
            later = [person.client.stream("GET", person.address()) for _ in range(most)]
            try:
                for one in later:
                    await one.__aenter__()
                closed = await oldest.until("closed")
                assert closed["code"] == 4429
                with pytest.raises(StopAsyncIteration):
                    await oldest.until("nothing more")
            finally:
                for one in later:
                    await one.__aexit__(None, None, None)


async def test_whoever_is_shown_out_is_told_by_http_too(own_stage: Stage) -> None:
    async with ByHttp(own_stage, "observer") as person, ByHttp(own_stage, "observer") as other:
        after = (await person.poll())[-1]["seq"]
        async with person.listen(after=after) as stream:
            await stream.next()
            waiting = asyncio.create_task(other.poll(after=after))
            who = own_stage.facts["people"]["observer"]
            code = (
                "import django; django.setup()\n"
                "from creditor_meetings.cases.models import CaseRole\n"
                "from creditor_meetings.meetings.models import Meeting\n"
                "from creditor_meetings.meetings.publishing import publish\n"
                "from django.db import transaction\n"
                f"meeting = Meeting.objects.get(slug='{own_stage.slug}')\n"
                "with transaction.atomic():\n"
                f"    CaseRole.objects.filter(person={who}).update(active=False)\n"
                f"    publish(meeting.pk, 'access_changed', {{}}, audience='person:{who}')\n"
            )
            await asyncio.to_thread(own_stage.server.installation.python, "-c", code)
            assert (await stream.until("closed"))["code"] == 4404
            kinds = {frame["type"] for frame in await waiting}
            assert kinds <= {"online", "access_changed", "closed", "pong"}
        refused = await other.client.get(other.address(), params={"poll": 1, "after": after})
        assert refused.status_code == 404


async def test_a_reader_who_is_gone_is_no_longer_there(stage: Stage) -> None:
    async with stage.room("judge") as judge:
        shown = (await judge.until("snapshot"))["data"]["attendance"]["online"]

        async def until_online(number: int) -> None:
            nonlocal shown
            async with asyncio.timeout(180):
                while shown != number:
                    with suppress(TimeoutError):
                        shown = online_in(await judge.until("online"))

        # Those of other tests leave, who asked by lists after half a minute; the judge stays.
        await until_online(1)
        async with ByHttp(stage, "clerk") as clerk, clerk.listen() as stream:
            await stream.next()
            await until_online(2)
        await until_online(1)


@pytest.mark.parametrize("path", ["/meetings/x/events", "/meetings/x/events/y/"])
def test_other_addresses_stay_with_pages(stage: Stage, path: str) -> None:
    answer = httpx.get(f"{stage.server.url}{path}", timeout=60)
    assert answer.status_code in (301, 404)


async def by_socket(socket: Room, body: dict) -> dict:
    """Send a command on a socket and wait for its reply."""
    await socket.send(body)
    return await socket.until("reply", id=body["id"])


async def test_one_command_by_all_ways_at_once_is_carried_out_once(own_stage: Stage) -> None:
    poll = own_stage.facts["polls"][0]
    numbers = set()
    async with (
        own_stage.room("judge") as judge,
        own_stage.room("creditor") as socket,
        ByHttp(own_stage, "creditor") as person,
    ):
        await judge.until("snapshot")
        await socket.until("snapshot")
        assert (await judge.command("j1", "open_meeting"))["ok"]
        assert (await judge.command("j2", "open_poll", resolution=poll))["ok"]
        for number in range(6):
            choice = ("for", "against", "abstain")[number % 3]
            ballot = {"resolution": poll, "choice": choice}
            body = {"id": f"same-{number}", "type": "cast_ballot", "data": ballot}
            *posted, heard = await asyncio.gather(
                person.post(body), person.post(body, "ballots"), by_socket(socket, body)
            )
            assert heard["ok"]
            assert [answer.json() for answer in posted] == [heard, heard]
            numbers.add(heard["data"]["number"])
            body = {"id": f"asked-{number}", "type": "ask_question", "data": {"text": "何时？"}}
            posted, heard = await asyncio.gather(person.post(body), by_socket(socket, body))
            assert posted.json() == heard
            assert heard["ok"]
    assert len(numbers) == 6
    code = (
        "import django; django.setup()\n"
        "from voting.models import Ballot\n"
        "from creditor_meetings.meetings.models import Question\n"
        f"ballots = Ballot.objects.filter(resolution={poll})\n"
        f"asked = Question.objects.filter(meeting__slug='{own_stage.slug}').count()\n"
        "print(ballots.count(), ballots.filter(effective=True).count(), asked)"
    )
    done = await asyncio.to_thread(own_stage.server.installation.python, "-c", code)
    assert done.stdout.split() == ["6", "1", "6"]
