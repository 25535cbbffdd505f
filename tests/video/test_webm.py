"""Cutting streams: whoever joins at a keyframe sees everything from there; rubbish is refused."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditor_meetings.video import webm
from tests.video.streams import FPS, cut, pictures, recorded, sounds


def test_all_that_went_in_comes_out() -> None:
    init, fragments = cut(recorded())
    passed_on = init.data + b"".join(one.data for one in fragments)
    assert init.mime == 'video/webm; codecs="vp8,opus"'
    assert pictures(passed_on) == 4 * FPS
    assert sounds(passed_on) == pytest.approx(sounds(recorded()), abs=0.05)


def test_a_viewer_may_begin_at_every_keyframe() -> None:
    init, fragments = cut(recorded())
    keys = [number for number, one in enumerate(fragments) if one.key]
    counts = [
        pictures(init.data + b"".join(one.data for one in fragments[number:])) for number in keys
    ]
    assert counts == [60, 45, 30, 15]


def test_keyframes_in_the_middle_of_a_cluster_begin_a_fragment() -> None:
    init, fragments = cut(one_cluster(recorded()))
    keys = [number for number, one in enumerate(fragments) if one.key]
    assert len(keys) == 4
    last = init.data + b"".join(one.data for one in fragments[keys[-1] :])
    assert pictures(last) == FPS


def test_pictures_in_block_groups_are_passed_on() -> None:
    init, fragments = cut(one_cluster(recorded(), groups=True))
    assert sum(one.key for one in fragments) == 4
    assert pictures(init.data + b"".join(one.data for one in fragments)) == 4 * FPS


def test_without_sound_and_without_pictures() -> None:
    init, fragments = cut(recorded(sound=False))
    assert init.mime == 'video/webm; codecs="vp8"'
    assert pictures(init.data + b"".join(one.data for one in fragments)) == 4 * FPS


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=40))
@settings(max_examples=30)
def test_slices_may_end_anywhere(sizes: list[int]) -> None:
    data = recorded()
    cutter = webm.Cutter()
    got, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        got += blocks(b"".join(one.data for one in cutter.feed(data[at : at + size])))
        at, turn = at + size, turn + 1
    got += blocks(b"".join(one.data for one in cutter.flush()))
    assert got == blocks(b"".join(one.data for one in cut(data)[1]))


def test_every_picture_is_shown_until_the_next_one() -> None:
    _, fragments = cut(recorded(), size=300)
    shown = durations(b"".join(one.data for one in fragments))
    holes = [after - at - length for (at, length), (after, _) in pairwise(shown)]
    assert max(holes) <= 1  # milliseconds: sound that came early moves a picture by one
    assert min(holes) >= -1
    assert len(shown) == 4 * FPS - 1  # the last one's length nobody knows


def test_sound_does_not_wait_for_a_picture_that_stands_still() -> None:
    cutter = webm.Cutter()
    cutter.feed(head(recorded()))
    time = webm._element(webm.TIMECODE, b"\x00")
    picture = webm._element(webm.SIMPLE_BLOCK, b"\x81\x00\x00\x80picture")
    assert not cutter.feed(webm._element(webm.CLUSTER, time + picture))
    passed_on: list[webm.Fragment] = []
    for ticks in range(20, 1_000, 20):
        sound = webm._element(webm.SIMPLE_BLOCK, b"\x82" + ticks.to_bytes(2) + b"\x80sound")
        passed_on += cutter.feed(sound)
    assert passed_on[0].key
    assert len(blocks(b"".join(one.data for one in passed_on))) == 50


def test_time_never_goes_back() -> None:
    early, late = webm._element(webm.TIMECODE, b"\x00"), webm._element(webm.TIMECODE, b"\x64")
    block = b"\x81\x00\x00\x80picture"
    clusters = [
        webm._element(webm.CLUSTER, time + webm._element(webm.SIMPLE_BLOCK, block))
        for time in (late, early)
    ]
    _, fragments = cut(head(recorded()) + b"".join(clusters))
    assert [ticks for ticks, _ in blocks(b"".join(one.data for one in fragments))] == [100, 100]


@given(st.binary(max_size=400))
def test_rubbish_is_refused_as_such(data: bytes) -> None:
    cutter = webm.Cutter()
    try:
        assert cutter.feed(data) == []
    except webm.BadMedia:
        pass


@given(st.integers(0, 20_000), st.binary(min_size=1, max_size=8))
@settings(max_examples=200)
def test_a_damaged_stream_is_passed_on_or_refused(at: int, damage: bytes) -> None:
    data = bytearray(recorded())
    data[at : at + len(damage)] = damage
    try:
        cut(bytes(data))
    except (webm.BadMedia, AssertionError):
        pass


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GIF89a", "no element begins|does not begin"),
        (b"\x1a\x45\xdf\xa3\x88webmwebm" * 2, "second stream"),
        (b"\x1a\x45\xdf\xa3\x10\x7f\xff\xff\xff", "bytes"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, why: str) -> None:
    with pytest.raises(webm.BadMedia, match=why):
        webm.Cutter().feed(data)


def test_a_codec_that_browsers_do_not_all_take_is_refused() -> None:
    with pytest.raises(webm.BadMedia, match="V_AVC"):
        webm.Cutter().feed(recorded().replace(b"V_VP8", b"V_AVC"))


# --- Tools -------------------------------------------------------------------------------------


def head(data: bytes) -> bytes:
    return data[: data.index(webm.CLUSTER.to_bytes(4))]


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """Read blocks as (time, track and picture) out of whole clusters."""
    found = []
    for _, cluster in webm._children(data):
        base = 0
        for identity, content in webm._children(cluster):
            if identity == webm.TIMECODE:
                base = int.from_bytes(content)
            elif identity == webm.SIMPLE_BLOCK:
                ticks = base + int.from_bytes(content[1:3], signed=True)
                found.append((ticks, content[:1] + content[3:]))
            elif identity == webm.BLOCK_GROUP:
                fields = dict(webm._children(content))
                block = fields[webm.BLOCK]
                ticks = base + int.from_bytes(block[1:3], signed=True)
                key = b"\x00" if webm.REFERENCE_BLOCK in fields else b"\x80"
                found.append((ticks, block[:1] + key + block[4:]))
    return found


def durations(data: bytes) -> list[tuple[int, int]]:
    """Read the time and length of every block that tells its length."""
    found = []
    for _, cluster in webm._children(data):
        base = 0
        for identity, content in webm._children(cluster):
            if identity == webm.TIMECODE:
                base = int.from_bytes(content)
            elif identity == webm.BLOCK_GROUP:
                fields = dict(webm._children(content))
                ticks = base + int.from_bytes(fields[webm.BLOCK][1:3], signed=True)
                found.append((ticks, int.from_bytes(fields[webm.BLOCK_DURATION])))
    return found


def one_cluster(data: bytes, *, groups: bool = False) -> bytes:
    """Write the stream anew with all blocks in one cluster of unknown size."""
    body = webm._element(webm.TIMECODE, b"\x00")
    for ticks, content in blocks(b"".join(one.data for one in cut(data)[1])):
        block = content[:1] + ticks.to_bytes(2) + content[1:]
        if not groups:
            body += webm._element(webm.SIMPLE_BLOCK, block)
            continue
        key = content[1] & 0x80
        plain = block[:3] + bytes([block[3] & 0x7F]) + block[4:]
        group = webm._element(webm.BLOCK, plain)
        group += b"" if key else webm._element(webm.REFERENCE_BLOCK, b"\x01")
        body += webm._element(webm.BLOCK_GROUP, group)
    return head(data) + webm.CLUSTER.to_bytes(4) + webm._UNKNOWN_SIZE + body
