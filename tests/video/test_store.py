"""The store of fragments: what is written is found, by any process and after any crash."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditor_meetings.video import store
from creditor_meetings.video.hls import Reader
from creditor_meetings.video.media import AUDIO, FULL, LOW, RENDITIONS, Fragment, Init
from creditor_meetings.video.segments import Track
from creditor_meetings.video.store import Store
from tests.video.fragments import dummies, moment

HEAD = Init('video/mp4; codecs="avc1.42c01f,mp4a.40.2"', b"<head>")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings) -> Iterator[Path]:
    settings.DATA_DIR = tmp_path
    yield tmp_path
    store._being_written.clear()


def _begun(part: int = 1, *renditions: str) -> Store:
    made = Store(7, 3, part)
    for one in renditions or (FULL,):
        made.begin(one, HEAD)
    return made


def _add(made: Store, fragments: list[Fragment], *renditions: str, part: int = 1) -> None:
    for one in fragments:
        for rendition in renditions or (FULL,):
            made.append(rendition, one, moment(one, part))


def _media(part: int = 1, rendition: str = FULL) -> Path:
    return store.media_file(7, 3, part, rendition)


def _numbers(reader: Reader, name: str = "full.m3u8") -> list[int]:
    """The numbers of the segments that a playlist offers."""
    lines = reader.view.playlists[name].splitlines()
    first = next(int(line.split(":")[1]) for line in lines if "MEDIA-SEQUENCE" in line)
    return list(range(first, first + sum(line.endswith(".m4s") for line in lines)))


def test_what_was_written_is_read_back_and_media_lies_as_it_came(data_dir):
    made = _begun()
    _add(made, dummies(3))
    made.close()
    assert _media() == data_dir / "recordings" / "7" / "media" / "3-1" / "full.mp4"
    assert _media().read_bytes() == b"<head><0><1><2>"
    head, *rest = store.lines(_media())
    assert (head["mime"], head["offset"], head["length"]) == (HEAD.mime, 0, 6)
    assert [(one["seq"], one["offset"], one["key"], one["start_ms"]) for one in rest] == [
        (0, 6, True, 0), (1, 9, False, 100), (2, 12, False, 200),
    ]  # fmt: skip
    assert rest[2]["wall"] == "2026-03-02T01:00:00.300Z"


@pytest.mark.parametrize("lost", ["half a line", "half a fragment", "a fragment and its line"])
def test_after_a_crash_whole_fragments_remain_and_no_others(lost):
    made = _begun()
    _add(made, dummies(3))
    index = _media().with_suffix(".index")
    if lost == "half a line":
        os.truncate(index, index.stat().st_size - 9)
    elif lost == "half a fragment":
        os.truncate(_media(), _media().stat().st_size - 1)
    else:
        with index.open("ab") as file:
            file.write(b'{"seq": 3, "off')
    kept = [one["seq"] for one in store.lines(_media()) if "seq" in one]
    assert kept == ([0, 1, 2] if lost == "a fragment and its line" else [0, 1])
    whole = _media().read_bytes()[: store.whole_bytes(_media())]
    assert whole == b"<head><0><1><2>"[: 6 + 3 * len(kept)]
    # The next part, of another process, goes on from what remained.
    store._being_written.clear()
    _begun(2)
    assert store.first_numbers(store.part_directory(7, 3, 2)) == {FULL: 1, LOW: 0, AUDIO: 0}


def test_a_reader_sees_a_growing_file_and_reads_nothing_twice():
    made = _begun()
    _add(made, dummies(15))
    track = Track(_media())
    track.read_on()
    assert [one.number for one in track.segments] == [0]
    # Whatever it has read may turn to nothing: it does not look there again.
    index = _media().with_suffix(".index")
    read = track.size
    with index.open("r+b") as file:
        file.write(b" " * read)
    _add(made, dummies(20, start=15))
    track.read_on()
    assert [(one.number, one.start_ms) for one in track.segments] == [(0, 0), (1, 1000), (2, 2000)]
    assert not track.ended
    made.close()
    track.read_on()
    assert [one.duration_ms for one in track.segments] == [1000, 1000, 1000, 500]
    assert track.ended


def test_an_hour_long_part_is_held_in_bounded_memory():
    made = _begun()
    _add(made, dummies(6_000))
    track = Track(_media())
    track.read_on()
    assert track.count == 599
    assert len(track.segments) <= 92
    assert track.segments[-1].number == 598


def test_a_segment_without_keyframes_ends_all_the_same():
    made = _begun()
    _add(made, dummies(100, key_every=95))
    made.close()
    track = Track(_media())
    track.read_on()
    assert [one.duration_ms for one in track.segments] == [6000, 3500, 500]
    assert not track.independent


def test_a_part_waits_until_the_one_before_is_written():
    before, after = _begun(1), _begun(2)
    _add(after, dummies(15), part=2)
    _add(before, dummies(35))
    reader = Reader(7, 3)
    reader.read_on()
    assert _numbers(reader) == [0, 1, 2]
    before.close()
    _add(after, dummies(10, start=15), part=2)
    after.close()
    reader.read_on()
    assert _numbers(reader) == [0, 1, 2, 3, 4, 5, 6]
    assert list(reader.view.pieces)[-1] == "2/full/2.m4s"


def test_parts_are_numbered_through_and_a_late_worker_gets_no_number(monkeypatch):
    monkeypatch.setattr(store, "SUCCEED_SECONDS", -1.0)
    made = _begun(1, FULL, AUDIO)
    _add(made, dummies(25), FULL, AUDIO)
    reader = Reader(7, 3)
    reader.read_on()
    assert _numbers(reader) == [0, 1]
    # The next part begins while the worker of the first has something left.
    following = _begun(2, FULL)
    _add(made, dummies(20, start=25), FULL, AUDIO)
    made.close()
    _add(following, dummies(11), FULL, part=2)
    following.close()
    for one in (reader, Reader(7, 3)):
        one.read_on()
        assert _numbers(one) == [0, 1, 2, 3, 4]
        assert "2/full/0.m4s" in one.view.pieces
        assert _numbers(one, "audio.m3u8") == [0, 1, 2]
    # The copy has it all.
    assert store.whole_bytes(_media()) == _media().stat().st_size
    assert [one["seq"] for one in store.lines(_media()) if "seq" in one][-1] == 44


def test_numbers_never_fall_when_the_part_before_is_gone():
    _begun(1).close()
    store.remove(store.part_directory(7, 3, 1))
    _begun(2).close()
    first = store.first_numbers(store.part_directory(7, 3, 2))
    assert first is not None
    assert min(first.values()) > 100_000


def test_a_part_is_written_once():
    _begun().close()
    with pytest.raises(FileExistsError):
        _begun()


def test_a_rendition_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="'high': one of full, low, audio is right"):
        Store(7, 3, 1).begin("high", HEAD)


def test_an_unrecorded_part_goes_when_the_last_viewer_is_through():
    made = _begun(1, *RENDITIONS)
    made.close()
    store.discard(7, 3, 1)
    store.sweep(7)
    assert _media().exists()
    past = time.time() - store.LINGER_SECONDS - 1
    os.utime(store.part_directory(7, 3, 1) / store.DISCARDED, (past, past))
    # Also when the server that was to remove it is gone: the next part does.
    _begun(2)
    assert not store.part_directory(7, 3, 1).exists()
    assert store.part_directory(7, 3, 2).exists()
    store.discard(7, 99, 1)  # never there: nothing to do


@pytest.mark.parametrize("holes", [True, False])
def test_what_is_not_recorded_is_forgotten_behind_the_last_viewer(monkeypatch, holes):
    if not holes:  # a file system that knows none
        monkeypatch.setattr(store._LIBC, "fallocate", lambda *_: -1)
    made = _begun()
    made.forget()
    fragments = [Fragment(b"x" * 5_000, n % 10 == 0, n * 100, 100) for n in range(2_000)]
    _add(made, fragments[:500])
    made.begin(FULL, Init(HEAD.mime, b"<wider>"))
    _add(made, fragments[500:])
    content = _media().read_bytes()
    assert content[:6] == b"<head>"
    assert content[6 : 6 + 95 * 50_000].strip(b"\0") == b"<wider>"
    # All that a playlist or a late viewer may ask for is there.
    reader = Reader(7, 3)
    reader.read_on()
    pieces = [one for name, one in reader.view.pieces.items() if name.endswith(".m4s")]
    assert len(pieces) > 85
    assert {content[one.offset : one.offset + one.length] for one in pieces} == {b"x" * 50_000}
    if holes:
        assert _media().stat().st_blocks * 512 < len(content) * 0.6
