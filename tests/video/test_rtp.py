"""RTP back into frames: in whatever order it comes, whatever is missing, whatever it holds."""

import asyncio
import io
import random
import struct
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.video import workers
from creditor_meetings.video.media import FULL, RTP, BadMedia, Fragment, Init
from creditor_meetings.video.worker import packets, rtp, rtp_frames
from creditor_meetings.video.worker.rtp import ABOUT, H264, OPUS, VP8, Frame, Session
from tests.support.media import picture

FPS = 15
FRAMES = 45
MTU = 400


@cache
def coded(codec: str) -> list[tuple[bytes, bool]]:
    """Encode the frame counter, a keyframe a second: (frame, key)."""
    context = av.CodecContext.create({"vp8": "libvpx", "h264": "libx264"}[codec], "w")
    context.width, context.height, context.pix_fmt = 320, 180, "yuv420p"
    context.time_base, context.bit_rate = Fraction(1, FPS), 200_000
    context.options = (
        {"deadline": "realtime", "g": str(FPS)}
        if codec == "vp8"
        else {"tune": "zerolatency", "profile": "baseline", "g": str(FPS), "threads": "1"}
    )
    made = []
    for number in range(FRAMES):
        grey = picture(number)[::2, ::2]
        frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=-1), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        made += [(bytes(one), bool(one.is_keyframe)) for one in context.encode(frame)]
    return made + [(bytes(one), bool(one.is_keyframe)) for one in context.encode()]


@cache
def sounds() -> list[bytes]:
    """Encode a tone in packets of 20 ms."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48_000, "mono", "s16"
    made = []
    for number in range(FRAMES * 50 // FPS):
        time = (np.arange(960) + number * 960) / 48_000
        samples = (np.sin(2 * np.pi * 1000 * time) * 12_000).astype(np.int16)[None, :]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
        made += [bytes(one) for one in context.encode(frame)]
    return made


def datagram(
    seq: int, timestamp: int, payload: bytes, *, marker: bool = False, ssrc: int = 7
) -> bytes:
    head = struct.pack(
        "!BBHII", 0x80, (0x80 if marker else 0) | 96, seq & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc
    )
    return head + payload


def payloads(codec: str, frame: bytes) -> list[bytes]:
    """Cut a frame as senders do."""
    if codec == "vp8":
        parts = [frame[at : at + MTU] for at in range(0, len(frame), MTU)]
        # The long form of the descriptor: picture id of 15 bits, TL0PICIDX, temporal layer.
        return [
            bytes([0x90 if not i else 0x80, 0xE0, 0x81, 2, 3, 0]) + p for i, p in enumerate(parts)
        ]
    units = [unit for unit in frame.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    small = [unit for unit in units if len(unit) <= MTU]
    made: list[bytes] = []
    if len(small) > 1:
        together = b"".join(struct.pack("!H", len(unit)) + unit for unit in small)
        made.append(bytes([0x78]) + together)
    else:
        made += small
    for unit in units:
        if len(unit) > MTU:
            body = unit[1:]
            for at in range(0, len(body), MTU):
                last = at + MTU >= len(body)
                flags = (0x80 if at == 0 else 0) | (0x40 if last else 0)
                head = bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 31])
                made.append(head + body[at : at + MTU])
    return made


def stream(codec: str, *, seq: int = 65_500, timestamp: int = 2**32 - 90_000) -> list[bytes]:
    """Send pictures whose numbers wrap around on the way."""
    made = []
    for number, (frame, _key) in enumerate(coded(codec)):
        parts = payloads(codec, frame)
        for i, part in enumerate(parts):
            last = i == len(parts) - 1
            made.append(datagram(seq, timestamp + number * 6000, part, marker=last))
            seq += 1
    return made


def taken(track: int, datagrams: list[bytes], *, step_us: int = 2_000) -> list[Frame]:
    session = Session()
    made: list[Frame] = []
    for number, one in enumerate(datagrams):
        made += session.push(track, one, number * step_us)
    return made + session.flush()


def decoded(codec: str, frames: list[Frame]) -> int:
    """Decode frames one after the other; returns how many pictures come out."""
    context = av.CodecContext.create(codec, "r")
    shown = 0
    for frame in frames:
        shown += len(context.decode(av.Packet(frame.data)))
    return shown + len(context.decode(None))


@pytest.mark.parametrize(("codec", "track"), [("vp8", VP8), ("h264", H264)])
def test_pictures_come_out_as_they_went_in(codec: str, track: int) -> None:
    frames = taken(track, stream(codec))
    assert [frame.key for frame in frames] == [key for _frame, key in coded(codec)]
    assert decoded(codec, frames) == FRAMES
    steps = {b.pts_us - a.pts_us for a, b in pairwise(frames)}
    assert steps <= {66_666, 66_667}


@pytest.mark.parametrize(("codec", "track"), [("vp8", VP8), ("h264", H264)])
def test_order_is_restored_and_copies_fall_away(codec: str, track: int) -> None:
    rest = stream(codec)
    mixed: list[bytes] = []
    chance = random.Random(4)
    while rest:
        few, rest = rest[:6], rest[6:]
        chance.shuffle(few)
        mixed += few + few[:2]
    in_order = taken(track, stream(codec))
    # The first datagram is taken for the beginning: what it overtook is lost with its picture.
    assert [f.data for f in taken(track, mixed)][-30:] == [f.data for f in in_order][-30:]


@pytest.mark.parametrize(("codec", "track"), [("vp8", VP8), ("h264", H264)])
def test_after_a_loss_pictures_begin_with_one_that_stands_alone(codec: str, track: int) -> None:
    whole = stream(codec)
    # The last one of a picture; in the other half a keyframe follows.
    lost = next(i for i in range(len(whole) // 2, len(whole)) if whole[i][1] & 0x80)
    frames = taken(track, whole[:lost] + whole[lost + 1 :], step_us=20_000)
    assert 0 < len(frames) < FRAMES
    assert decoded(codec, frames) == len(frames)
    gap = next(
        i for i, (a, b) in enumerate(pairwise(frames))
        if b.pts_us - a.pts_us > 70_000
    )  # fmt: skip
    assert frames[gap + 1].key


def test_parameter_sets_are_put_before_keyframes_that_lack_them() -> None:
    out = []
    session = Session()
    seq = 0
    for number, (frame, key) in enumerate(coded("h264")):
        units = [one for one in frame.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if one]
        if key and number:
            units = [unit for unit in units if unit[0] & 31 not in (7, 8)]
        for i, unit in enumerate(units):
            last = i == len(units) - 1
            out += session.push(
                H264, datagram(seq, number * 6000, unit, marker=last), number * 66_000 + i
            )
            seq += 1
    for frame in [*out, *session.flush()]:
        kinds = {unit[0] & 31 for unit in frame.data.split(b"\0\0\0\1") if unit}
        assert frame.key == (5 in kinds)
        assert not frame.key or {7, 8} <= kinds
    # A decoder that comes late begins at any keyframe.
    begin = [i for i, frame in enumerate(out) if frame.key][2]
    assert decoded("h264", out[begin:]) == len(out) - begin > 10


def test_sound_and_picture_are_brought_onto_one_line() -> None:
    """Each clock begins anywhere; what was said at the same time comes out at the same time."""
    session = Session()
    sent: list[tuple[int, int, bytes]] = []  # (when it arrives in µs, track, datagram)
    chance = random.Random(1)
    for number, sound in enumerate(sounds()):
        arrives = number * 20_000 + chance.randrange(0, 15_000)
        sent.append((arrives, OPUS, datagram(number, 123_456 + number * 960, sound)))
    for number, (frame, _key) in enumerate(coded("vp8")):
        arrives = number * 66_667 + chance.randrange(0, 30_000)
        for i, part in enumerate(payloads("vp8", frame)):
            one = datagram(number * 50 + i, 4_000_000_000 + number * 6000, part,
                           marker=i == len(payloads("vp8", frame)) - 1)  # fmt: skip
            sent.append((arrives + i * 10, VP8, one))
    # Sequence numbers must follow one another.
    seq = 0
    out: list[Frame] = []
    for arrives, track, one in sorted(sent, key=lambda each: each[0]):
        if track == VP8:
            one = one[:2] + struct.pack("!H", seq & 0xFFFF) + one[4:]
            seq += 1
        out += session.push(track, one, arrives)
    sound_at = [frame.pts_us for frame in out if frame.track == OPUS]
    seen_at = [frame.pts_us for frame in out if frame.track == VP8]
    assert len(sound_at) == len(sounds())
    assert len(seen_at) == FRAMES
    assert abs(sound_at[50] - sound_at[0] - 1_000_000) < 1_000
    assert abs((seen_at[15] - seen_at[0]) - 1_000_005) < 1_000
    # Both began at 0; what differs is what the network's jitter left unknown.
    assert abs(sound_at[0] - seen_at[0]) < 20_000


def test_another_sender_goes_on_where_the_clock_on_the_wall_is() -> None:
    session = Session()
    first = [session.push(OPUS, datagram(n, n * 960, b"x"), n * 20_000) for n in range(50)]
    again = [
        session.push(OPUS, datagram(900 + n, 77 + n * 960, b"y", ssrc=8), 3_000_000 + n * 20_000)
        for n in range(5)
    ]
    frames = [frame for made in first + again for frame in made]
    assert frames[-1].data == b"y"
    assert abs(frames[-1].pts_us - 3_080_000) < 2_000


def test_what_is_missing_is_waited_for_only_so_long() -> None:
    order = rtp_frames.Order(wait_us=100_000)
    assert list(order.push(rtp_frames.Packet(1, 0, 7, False, b""), 0))
    held = [list(order.push(rtp_frames.Packet(n, 0, 7, False, b""), n * 10_000)) for n in (3, 4)]
    assert held == [[], []]
    came = list(order.push(rtp_frames.Packet(5, 0, 7, False, b""), 200_000))
    assert came[0] is None
    assert [one.seq for one in came[1:] if one] == [3, 4, 5]
    for seq in range(10, 10 + 3 * rtp_frames.MOST_HELD, 2):
        list(order.push(rtp_frames.Packet(seq, 0, 7, False, b""), 200_000))
    assert len(order._held) <= rtp_frames.MOST_HELD


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 255]), st.binary(max_size=80)), max_size=60))
def test_nothing_that_comes_breaks_it(came: list[tuple[int, bytes]]) -> None:
    session = Session()
    for number, (track, data) in enumerate(came):
        session.push(track, data, number * 50_000)


@given(st.data())
def test_damaged_datagrams_break_nothing(data: st.DataObject) -> None:
    codec, track = data.draw(st.sampled_from([("vp8", VP8), ("h264", H264)]))
    session = Session()
    sent = stream(codec)[:60]
    made = 0
    for number, one in enumerate(sent):
        if data.draw(st.integers(0, 3)) == 0:
            at = data.draw(st.integers(0, len(one) - 1))
            one = (
                one[:at]
                + data.draw(st.binary(max_size=8))
                + one[at + data.draw(st.integers(0, 8)) :]
            )
        made += len(session.push(track, one, number * 30_000))
    assert made <= len(sent)


def test_a_picture_without_an_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtp_frames, "LONGEST_FRAME", 10_000)
    for assembler, head in (
        (rtp_frames.Vp8Assembler(), b"\x10"),
        (rtp_frames.H264Assembler(), b""),
    ):
        for seq in range(200):
            if isinstance(assembler, rtp_frames.H264Assembler):
                head = bytes([0x7C, 0x85 if seq == 0 else 0x05])
            packet = rtp_frames.Packet(seq, 1, 7, False, head + bytes(1000))
            assert not list(assembler.push(packet))
        kept = sum(len(part) for part in assembler._picture.parts)
        kept += sum(map(len, getattr(assembler, "_fragment", None) or []))
        assert kept <= 11_100


@pytest.mark.parametrize(
    ("said", "reason"),
    [(b"nonsense", "cannot be read"), (b'{"tracks": [1, 2]}', "one of pictures"),
     (b'{"tracks": [9]}', "0 is opus"), (b'{"tracks": []}', "one track")],
)  # fmt: skip
def test_a_wrong_list_of_tracks_is_refused(said: bytes, reason: str) -> None:
    with pytest.raises(BadMedia, match=reason):
        rtp.read_about(said)


def test_a_recording_is_read_back_up_to_where_it_was_cut() -> None:
    kept = b"".join(rtp.framed(track, bytes([track]) * 9) for track in (ABOUT, OPUS, H264))
    assert [track for track, _ in rtp.frames_of_file(kept)] == [ABOUT, OPUS, H264]
    assert [track for track, _ in rtp.frames_of_file(kept[:-1])] == [ABOUT, OPUS]


def fed(codec: str, track: int) -> Iterator[tuple[int, bytes]]:
    """Send a part as the engine does."""
    yield ABOUT, rtp.about([OPUS, track])
    pictures = iter(stream(codec))
    for number, sound in enumerate(sounds()):
        yield OPUS, datagram(number, number * 960, sound, ssrc=9)
        for _ in range(3):
            one = next(pictures, None)
            if one is not None:
                yield track, one
    for one in pictures:
        yield track, one


@pytest.mark.parametrize(("codec", "track"), [("h264", H264), ("vp8", VP8)])
def test_the_worker_makes_pieces_of_it(
    codec: str, track: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine is not what is tried here.
    monkeypatch.setattr(workers, "START_SECONDS", 60)
    monkeypatch.setattr(workers, "SLOW_SECONDS", 60)
    heads: dict[str, Init] = {}
    pieces: list[Fragment] = []
    died: list[str] = []

    def push(rendition: str, fragment: Fragment) -> None:
        if rendition == FULL:
            pieces.append(fragment)

    async def run() -> None:
        worker = await workers.Worker.start(
            RTP, on_init=heads.__setitem__, on_fragment=push, on_died=died.append
        )
        for number, data in fed(codec, track):
            worker.feed(data, number)
            await asyncio.sleep(0.002)
        await worker.finish(60)

    asyncio.run(run())
    assert not died
    assert set(heads) == {"full", "low", "audio"}
    whole = heads[FULL].data + b"".join(piece.data for piece in pieces)
    with av.open(io.BytesIO(whole)) as container:
        assert sum(1 for _ in container.decode(video=0)) >= FRAMES - 2
    with av.open(io.BytesIO(whole)) as container:
        heard = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    assert heard == pytest.approx(len(sounds()) / 50, abs=0.3)
    assert packets.TICKS == 90_000
