"""A program that hears: what it prints becomes captions; what is wrong with it stays its own."""

import array
import asyncio
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditor_meetings.meetings import captions
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import recogniser
from creditor_meetings.video.recogniser import BYTES_A_SECOND, MOST_WAITING, Recogniser
from tests.support import world

pytestmark = pytest.mark.django_db(transaction=True)

# Hears how loud each second is. Its first run babbles, says one thing and dies of it.
PROGRAM = """
import array, json, os, sys
from pathlib import Path
run = Path(sys.argv[1])
first = not run.exists()
run.write_text("ran")
seconds = 0
while len(second := sys.stdin.buffer.read(32000)) == 32000:
    loud = max(array.array("h", second)) > 1000
    if first:
        print("loading model 3%")
        print('{"text": "not yet sure", "final": false}')
        print('["text"]')
        print('{"text": ' + '"' + "x" * 200_000 + '", "final": tru}')
    print(json.dumps({"text": "响" if loud else "静", "final": True, "start_ms": seconds * 1000}),
          flush=True)
    seconds += 1
    if first:
        sys.exit(3)
said = {"text": f"{len(second)} left; secret {os.environ.get('SECRET_KEY', 'unknown')}",
        "final": True}
print(json.dumps(said), flush=True)
"""
DEAF = "import time\nwhile True: time.sleep(60)"


def tone(seconds: float, loudness: int) -> bytes:
    """Make sound as a recogniser gets it."""
    count = int(seconds * BYTES_A_SECOND / 2)
    return array.array(
        "h", (int(loudness * math.sin(n * 2 * math.pi * 440 / 16_000)) for n in range(count))
    ).tobytes()


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def said(meeting: Meeting) -> list[tuple[str, str, str]]:
    return [(one.text, one.speaker, one.source) for one in captions.lines(meeting)]


@pytest.fixture
def meeting() -> Meeting:
    return world.make_meeting(world.make_case())


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    source = tmp_path / "hears.py"
    source.write_text(PROGRAM, encoding="utf-8")
    return [sys.executable, str(source), str(tmp_path / "run")]


async def test_it_is_started_again_and_its_lines_become_captions(
    meeting: Meeting, program: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the server")
    # A busy machine needs its time to start a program and to keep what it says.
    monkeypatch.setattr(recogniser, "FAREWELL_SECONDS", 60)
    hears = Recogniser(meeting.pk, program, speaker="林律师")
    hears.first_rest = 0.05
    hears.feed(tone(1, 9000))
    # It babbled and went away: what is said from now on is heard by its second run.
    await until(lambda: hears.starts == 2)
    hears.feed(tone(1, 0) + tone(1, 9000))
    hears.feed(tone(0.5, 0))
    await hears.finish()
    heard = await in_thread(said)(meeting)
    assert heard[-3:] == [
        ("静", "林律师", "recognised"),
        ("响", "林律师", "recognised"),
        ("16000 left; secret unknown", "林律师", "recognised"),
    ]
    # The line that was no line, and what it was not sure of, are nowhere.
    assert {text for text, _who, _source in heard} == {"静", "响", "16000 left; secret unknown"}
    quiet, loud = (await in_thread(captions.lines)(meeting))[-3:-1]
    assert (loud.said_at - quiet.said_at).total_seconds() == 1
    assert loud.said_at <= loud.at


async def test_a_program_that_does_not_listen_holds_nothing_up(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recogniser, "FAREWELL_SECONDS", 0.2)
    hears = Recogniser(meeting.pk, [sys.executable, "-c", DEAF])
    await until(lambda: hears.starts)
    second = tone(1, 9000)
    for _second in range(60):
        hears.feed(second)
    assert hears._waiting_bytes <= MOST_WAITING
    await asyncio.wait_for(hears.finish(), 60)
    assert hears._task.done()
    assert not await in_thread(said)(meeting)


async def test_a_command_that_is_no_program_costs_captions_only(
    meeting: Meeting, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CAPTION_COMMAND = ""
    assert recogniser.recognise(meeting.pk) is None
    settings.CAPTION_COMMAND = "/nowhere/recognise --language zh"
    hears = recogniser.recognise(meeting.pk, "林律师")
    assert hears is not None
    hears.feed(tone(0.1, 9000))
    await until(lambda: "CAPTION_COMMAND does not start" in caplog.text)
    await hears.finish()
    assert hears.starts == 0


async def test_nothing_is_heard_after_the_close(meeting: Meeting) -> None:
    await in_thread(Meeting.objects.filter(pk=meeting.pk).update)(state="closed")
    assert await in_thread(captions.recognised)(meeting.pk, "散会之后") is None
    assert not await in_thread(said)(meeting)
