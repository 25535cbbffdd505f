"""The worker's pipeline: nothing is lost between a recorder and a player."""

import io
import random
from contextlib import suppress
from itertools import pairwise

import av
import numpy as np
import pytest

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker import h264
from creditor_meetings.video.worker.boxes import RATE
from creditor_meetings.video.worker.packets import AUDIO, TICKS, VIDEO, Packet, Track
from creditor_meetings.video.worker.pipeline import Pipeline
from creditor_meetings.video.worker.sound import Sound
from tests.video import streams
from tests.video.streams import FPS, pictures, sounds
from tests.video.worker_runs import Made, coded, made_of, packets_of, run, times

STEP = 1 / FPS


@pytest.fixture(scope="module")
def vp8() -> Made:
    return made_of(streams.recorded())


@pytest.fixture(scope="module")
def copied() -> Made:
    return made_of(streams.recorded_h264())


@pytest.fixture(scope="module")
def screen() -> Made:
    return made_of(streams.from_browser("screen.mkv"))


@pytest.mark.parametrize("source", ["vp8", "copied"])
def test_every_picture_and_all_the_sound_come_out(
    source: str, request: pytest.FixtureRequest
) -> None:
    made: Made = request.getfixturevalue(source)

    assert pictures(made.file("full")) == 4 * FPS
    assert pictures(made.file("low")) == 4 * FPS
    for rendition in ("full", "low", "audio"):
        assert sounds(made.file(rendition)) == pytest.approx(4, abs=0.05)


def test_what_a_browser_wrote_comes_out_whole(screen: Made) -> None:
    raw = streams.from_browser("screen.mkv")
    alpha = made_of(streams.from_browser("alpha.webm"))

    assert sum(map(pictures, screen.files("full"))) == pictures(raw) == 49
    assert sounds(screen.file("audio")) == pytest.approx(sounds(raw), abs=0.06)
    assert pictures(alpha.file("full")) == 34
    assert sounds(alpha.file("full")) == pytest.approx(2.05, abs=0.06)


def test_types_are_told_as_players_ask_for_them(vp8: Made, screen: Made) -> None:
    assert screen.heads["full"][0].mime == 'video/mp4; codecs="avc1.42C015,mp4a.40.2"'
    assert vp8.heads["full"][0].mime.startswith('video/mp4; codecs="avc1.4D')
    assert vp8.heads["audio"][0].mime == 'audio/mp4; codecs="mp4a.40.2"'


@pytest.mark.parametrize("slice_bytes", [1, 100_000])
def test_slices_may_end_anywhere(slice_bytes: int) -> None:
    recording = streams.from_browser("screen.mkv")

    assert packets_of(recording, slice_bytes) == packets_of(recording, 333)


def test_h264_goes_on_as_it_came(copied: Made) -> None:
    tracks, packets = packets_of(streams.recorded_h264())
    width, sets = h264.read_record(tracks[0].extradata)
    came = [packet for packet in packets if packet.kind == VIDEO]
    went = coded(copied.file("full"))

    for before, after in zip(came, went, strict=True):
        units = [
            unit
            for unit in h264.units_by_length(before.data, width)
            if h264.kind(unit) not in (h264.DELIMITER, h264.FILLER)
        ]
        if before.key and not any(h264.kind(unit) == h264.SPS for unit in units):
            units = sets + units
        assert list(h264.units_by_length(after, 4)) == units


@pytest.mark.parametrize("rendition", ["full", "low"])
@pytest.mark.parametrize("source", ["vp8", "copied", "screen"])
def test_a_player_may_begin_at_every_keyframe(
    source: str, rendition: str, request: pytest.FixtureRequest
) -> None:
    made: Made = request.getfixturevalue(source)
    counts = [pictures(data) for data in made.from_key(rendition)]

    assert len(counts) >= 3
    assert all(counts)
    if source != "screen":
        assert counts == [(4 - second) * FPS for second in range(4)]


def test_a_keyframe_begins_a_fragment_and_stands_nowhere_else(copied: Made) -> None:
    for fragment in copied.fragments["full"]:
        data = copied.heads["full"][0].data + fragment.data
        with av.open(io.BytesIO(data)) as container:
            keys = [one.is_keyframe for one in container.demux(video=0) if one.size]
        assert keys[:1] == [True] if fragment.key else not any(keys[:1])
        assert not any(keys[1:])


def test_another_size_begins_with_a_head_of_its_own(screen: Made) -> None:
    sizes = []
    for data in screen.files("full"):
        with av.open(io.BytesIO(data)) as container:
            sizes.append({(one.width, one.height) for one in container.decode(video=0)})

    assert sizes == [{(320, 180)}, {(240, 180)}]
    # Parameter sets stand in the stream, too, so that a replay of the whole decodes.
    assert pictures(screen.file("full")) == 49
    assert [len(screen.heads[name]) for name in ("low", "audio")] == [2, 1]


@pytest.mark.parametrize("source", ["vp8", "copied", "screen"])
def test_decoding_times_have_no_holes_that_players_drop_pictures_at(
    source: str, request: pytest.FixtureRequest
) -> None:
    made: Made = request.getfixturevalue(source)
    for data in made.files("full"):
        keys = {round(one.start_ms / 1000, 2) for one in made.fragments["full"] if one.key}
        before = None
        for decoded, shown in times(data, VIDEO):
            assert shown >= decoded
            if before is not None and round(decoded, 2) not in keys:
                assert 0 < decoded - before < 0.3
            before = decoded
        heard = [decoded for decoded, _ in times(data, AUDIO)]
        assert np.diff(heard) == pytest.approx(1024 / 48_000, abs=1e-4)


def test_pictures_are_shown_when_they_were_taken(copied: Made) -> None:
    _, packets = packets_of(streams.recorded_h264())
    taken = [one.pts / TICKS for one in packets if one.kind == VIDEO]
    shown = [shown for _, shown in times(copied.file("full"), VIDEO)]

    assert np.array(shown) - shown[0] == pytest.approx(np.array(taken) - taken[0], abs=0.01)


def test_fragments_say_where_they_stand(copied: Made) -> None:
    fragments = copied.fragments["full"]
    begins = [one.start_ms for one in fragments]

    assert begins == sorted(begins)
    assert fragments[-1].start_ms + fragments[-1].duration_ms == pytest.approx(4_000, abs=60)
    for before, after in pairwise(fragments):
        assert before.start_ms + before.duration_ms == pytest.approx(after.start_ms, abs=70)
    assert max(one.duration_ms for one in fragments) < 300


def test_the_loudness_is_told(copied: Made) -> None:
    # The tone is a quarter of full scale: -14.7 dB of sixty.
    assert {one.level for one in copied.fragments["audio"][2:-2]} <= {74, 75, 76}
    assert {one.level for one in made_of(streams.recorded_flashes()).fragments["audio"]} >= {0}


def test_sound_alone_is_the_best_there_is() -> None:
    made = made_of(streams.recorded_sound())

    assert set(made.fragments) == {"full", "audio"}
    assert made.file("full") == made.file("audio")
    assert sounds(made.file("full")) == pytest.approx(3, abs=0.05)
    assert all(one.key for one in made.fragments["full"])


def test_pictures_alone_come_without_a_track_of_sound() -> None:
    made = made_of(streams.recorded_h264(sound=False))

    assert set(made.fragments) == {"full", "low"}
    assert made.heads["full"][0].mime == 'video/mp4; codecs="avc1.42C00C"'
    assert pictures(made.file("full")) == 4 * FPS


def test_a_recogniser_hears_the_tone() -> None:
    made = made_of(streams.recorded_sound())
    heard = np.frombuffer(made.pcm, "<i2").astype(float)

    assert heard.size / 16_000 == pytest.approx(3, abs=0.05)
    spectrum = np.abs(np.fft.rfft(heard[8_000:24_000]))
    assert int(spectrum.argmax()) == 1_000


def test_parameter_sets_that_come_in_the_stream_alone_suffice() -> None:
    tracks, packets = packets_of(streams.from_browser("screen.mkv"))
    bare = [
        Track(one.kind, one.codec, b"" if one.kind == VIDEO else one.extradata) for one in tracks
    ]

    assert sum(map(pictures, run(bare, packets).files("full"))) == 49


def test_pictures_out_of_order_are_put_in_order() -> None:
    made = made_of(streams.recorded_out_of_order())
    shown = [when for data in made.files("full") for _, when in times(data, VIDEO)]

    # Of the first second, before it shows, those are lost that came late.
    assert len(shown) >= 3 * FPS - 3
    assert shown == sorted(shown)
    assert max(np.diff(shown)) < 4 * STEP
    assert sum(map(pictures, made.files("full"))) == len(shown)
    assert all(pictures(data) for data in made.from_key("low"))


class Clock:
    """The time that the pipeline sees."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def live(clock: Clock, tracks: list[Track], packets: list[Packet], most: float = 99) -> Made:
    """Let packets arrive when they were taken, and the pipeline do what it does meanwhile."""
    made = Made()
    pipeline = Pipeline(tracks, made.on_init, made.on_fragment)
    began = clock.now
    for packet in sorted(packets, key=lambda one: one.pts):
        while clock.now < began + packet.pts / TICKS:
            clock.now = min(clock.now + 0.05, began + packet.pts / TICKS)
            pipeline.idle()
        pipeline.take(packet)
    while clock.now < began + most and most != 99:
        clock.now += 0.05
        pipeline.idle()
    pipeline.finish()
    return made


def between(packets: list[Packet], kind: str, begin: float, end: float) -> list[Packet]:
    """Leave out the packets of one kind from one time to another, in seconds."""
    return [
        one for one in packets if one.kind != kind or not begin * TICKS <= one.pts < end * TICKS
    ]


@pytest.mark.parametrize("record", [streams.recorded, streams.recorded_h264])
def test_a_picture_that_stands_still_does_not_hold_up_the_sound(record, clock: Clock) -> None:
    tracks, packets = packets_of(record())
    made = live(clock, tracks, between(packets, VIDEO, 1.2, 2.5))

    shown = [when for data in made.files("full") for _, when in times(data, VIDEO)]
    assert max(np.diff(shown)) < 0.8
    assert sum(map(pictures, made.files("full"))) == len(shown)
    assert all(pictures(data) for data in made.from_key("full"))
    assert sounds(made.file("audio")) == pytest.approx(4, abs=0.05)
    # What follows is passed on as it came from its next keyframe on.
    assert pictures(made.files("full")[-1]) >= FPS


def test_a_picture_that_seldom_moves_is_passed_on_as_it_came(clock: Clock) -> None:
    tracks, packets = packets_of(streams.recorded_h264())
    videos = [one for one in packets if one.kind == VIDEO]
    # Twice a second, as pages send a screen that stands still.
    seldom = [one for one in packets if one.kind == AUDIO or one in videos[::7]]
    made = live(clock, tracks, seldom)

    assert len(made.heads["full"]) == 1
    assert len(coded(made.file("full"))) == len(videos[::7])


def test_a_picture_alone_that_stands_still_is_shown_again(clock: Clock) -> None:
    tracks, packets = packets_of(streams.recorded_h264(sound=False))
    made = live(clock, tracks, between(packets, VIDEO, 1.0, 99), most=6)

    shown = [when for data in made.files("full") for _, when in times(data, VIDEO)]
    assert len(shown) in (FPS + 4, FPS + 5)
    assert shown[-1] > 4.5


def test_sound_is_not_kept_from_viewers_until_a_picture_comes(clock: Clock) -> None:
    _, packets = packets_of(streams.recorded_sound())
    tracks = [Track(VIDEO, "h264"), Track(AUDIO, "opus")]
    made = live(clock, tracks, packets)

    assert sounds(made.file("full")) == pytest.approx(3, abs=0.5)
    assert pictures(made.file("full")) > 3


def test_silence_takes_the_place_of_sound_that_does_not_come(clock: Clock) -> None:
    tracks, packets = packets_of(streams.recorded_h264())
    made = live(clock, tracks, between(packets, AUDIO, 1.0, 99))

    assert sounds(made.file("full")) > 2.7
    assert made.fragments["audio"][0].level or made.fragments["audio"][1].level
    assert made.fragments["audio"][-1].level == 0


def test_a_hole_in_the_sound_stays_as_long_as_it_was() -> None:
    tracks, packets = packets_of(streams.recorded())
    made = run(tracks, between(packets, AUDIO, 1.0, 2.0))

    assert sounds(made.file("audio")) == pytest.approx(4, abs=0.05)
    assert pictures(made.file("full")) == 4 * FPS


@pytest.mark.parametrize("drift", [-0.002, 0.002])
def test_sound_and_picture_do_not_drift_apart(drift: float) -> None:
    tracks, packets = packets_of(streams.recorded_sound())
    sound = Sound(tracks[0])
    jitter = random.Random(1)
    lap_ticks = packets[-1].pts
    at = []
    # A clock that is wrong by 2 in 1,000, many times what is usual: 40 ms in 20 seconds.
    for lap in range(7):
        for one in packets[:-1]:
            right = (one.pts + lap * lap_ticks) * (1 + drift)
            moved = max(0, int(right) + jitter.randint(-900, 900))
            sound.take(Packet(AUDIO, moved, True, one.data))
            at.append(sound.heard / RATE - right / TICKS - 0.02)

    assert np.abs(at).max() < 0.035
    assert abs(np.mean(at[-100:])) < 0.015


def test_a_flash_is_seen_when_its_beep_is_heard() -> None:
    recording = streams.recorded_flashes()
    made = made_of(recording)

    before, after = _flashes(recording), _flashes(made.file("full"))
    assert len(after) == len(before) == 3
    # The beeps' edges are found to within 3 ms, flashes to within a picture that is moved by 1 ms.
    for (seen, heard), (seen_later, heard_later) in zip(before, after, strict=True):
        assert (seen_later - heard_later) - (seen - heard) == pytest.approx(0, abs=0.012)


def _flashes(data: bytes) -> list[tuple[float, float]]:
    """When each flash is seen and its beep heard, in seconds."""
    with av.open(io.BytesIO(data)) as container:
        light = [
            (one.time, one.to_ndarray(format="gray").mean()) for one in container.decode(video=0)
        ]
    seen = [after[0] for before, after in pairwise(light) if before[1] < 100 < after[1]]
    heard = []
    with av.open(io.BytesIO(data)) as container:
        loud = [
            (frame.time + at / frame.sample_rate, float(np.abs(samples[at : at + 96]).max()))
            for frame in container.decode(audio=0)
            for samples in [frame.to_ndarray()[0]]
            for at in range(0, samples.size, 96)
        ]
    quiet_since = 0.0
    for when, volume in loud:
        if volume > 0.1:
            if when - quiet_since > 0.2:
                heard.append(when)
            quiet_since = when
    return list(zip(seen, heard, strict=True))


def test_time_stamps_that_jump_are_bad_media() -> None:
    tracks, packets = packets_of(streams.recorded_sound())
    wild = [Packet(AUDIO, one.pts + TICKS * 3_600, True, one.data) for one in packets]

    with pytest.raises(BadMedia, match=r"time jumps from .* to 360"):
        run(tracks, packets + wild)
    # One alone is nothing but damage.
    made = run(tracks, [*packets[:50], wild[0], *packets[50:]])
    assert sounds(made.file("audio")) == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_end_a_part_with_a_reason_or_do_not_matter(seed: int) -> None:
    record = [streams.recorded, streams.recorded_h264][seed % 2]
    data = bytearray(record())
    chance = random.Random(seed)
    for _ in range(30):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)

    # Whatever else it raises would be a fault of ours.
    with suppress(BadMedia):
        assert made_of(bytes(data)).fragments["full"]
