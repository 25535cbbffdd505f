"""Where no worker can run, WebM goes straight through; and what is fed badly ends its part."""

from typing import Any

import pytest

from creditor_meetings.video import pipeline
from creditor_meetings.video.media import FULL, MATROSKA, RTP, BadMedia, Fragment, Init
from tests.video.streams import FPS, pictures, recorded, slices


class Heard:
    """What a pipeline called back with."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.renditions: set[str] = set()
        self.died: list[str] = []

    def init(self, rendition: str, init: Init) -> None:
        self.renditions.add(rendition)
        self.data.append(init.data)

    def fragment(self, rendition: str, fragment: Fragment) -> None:
        self.renditions.add(rendition)
        self.data.append(fragment.data)


@pytest.fixture(autouse=True)
def without_pyav(monkeypatch: Any) -> None:
    monkeypatch.setattr(pipeline, "is_transcoding", lambda: False)


async def started(heard: Heard, kind: str = MATROSKA) -> pipeline.Pipeline:
    return await pipeline.start(
        kind, on_init=heard.init, on_fragment=heard.fragment, on_died=heard.died.append
    )


async def test_webm_goes_straight_through_to_its_last_picture() -> None:
    heard = Heard()
    running = await started(heard)
    for one in slices(recorded(1)):
        running.feed(one)
    await running.finish()
    assert heard.renditions == {FULL}
    assert pictures(b"".join(heard.data)) == FPS
    assert not heard.died


async def test_what_is_no_film_is_said_once() -> None:
    heard = Heard()
    running = await started(heard)
    running.feed(b"GIF89a and not a film")
    running.feed(b"GIF89a and not a film")
    await running.finish()
    assert len(heard.died) == 1
    assert not heard.data


async def test_datagrams_need_a_worker() -> None:
    with pytest.raises(BadMedia, match="PyAV"):
        await started(Heard(), RTP)
