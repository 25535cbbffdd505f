"""Writing fragmented MP4: ISO/IEC 14496-12, with H.264 (14496-15) and AAC (14496-14) in it."""

import struct
from dataclasses import dataclass

from creditor_meetings.video.worker.h264 import Parameters
from creditor_meetings.video.worker.packets import TICKS

VIDEO_TRACK, AUDIO_TRACK = 1, 2
RATE = 48_000
AAC_UNIT = 1_024
AAC_CODEC = "mp4a.40.2"

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
# Of a sample: depends on nothing, can be begun at; depends on others, cannot.
_KEY, _OTHER = 0x02000000, 0x01010000


@dataclass(frozen=True)
class Sample:
    """A coded picture on the time line of its track, in ticks; `shown` is later than `at`."""

    at: int
    shown: int
    duration: int
    key: bool
    data: bytes


def head(video: Parameters | None, audio: bytes | None) -> bytes:
    """Return the init segment of a picture, a sound (its AudioSpecificConfig), or both."""
    tracks, extends = b"", b""
    if video is not None:
        tracks += _video_track(video)
        extends += _full(b"trex", 0, 0, struct.pack(">5I", VIDEO_TRACK, 1, 0, 0, 0))
    if audio is not None:
        tracks += _audio_track(audio)
        extends += _full(b"trex", 0, 0, struct.pack(">5I", AUDIO_TRACK, 1, AAC_UNIT, 0, 0))
    movie = _full(
        b"mvhd",
        0,
        0,
        struct.pack(">IIIIIHHII", 0, 0, 1000, 0, 0x10000, 0x100, 0, 0, 0)
        + _MATRIX
        + bytes(24)
        + struct.pack(">I", 3),
    )
    brands = _box(b"ftyp", b"iso5" + struct.pack(">I", 512) + b"iso5iso6mp41")
    return brands + _box(b"moov", movie + tracks + _box(b"mvex", extends))


def fragment(number: int, pictures: list[Sample], sounds: list[bytes], sound_at: int) -> bytes:
    """Return a movie fragment of pictures and of units of AAC that follow each other."""
    for_video = sum(len(one.data) for one in pictures)
    blank = _moof(number, pictures, sounds, sound_at, 0, 0)
    begin = len(blank) + 8
    moof = _moof(number, pictures, sounds, sound_at, begin, begin + for_video)
    content = b"".join([one.data for one in pictures] + sounds)
    return moof + _box(b"mdat", content)


def _moof(
    number: int, pictures: list[Sample], sounds: list[bytes], sound_at: int, video: int, audio: int
) -> bytes:
    content = _full(b"mfhd", 0, 0, struct.pack(">I", number))
    if pictures:
        run = struct.pack(">Ii", len(pictures), video)
        for one in pictures:
            flags = _KEY if one.key else _OTHER
            run += struct.pack(">IIIi", one.duration, len(one.data), flags, one.shown - one.at)
        # Offset of the data; per sample duration, size, flags, and how much later it is shown.
        trun = _full(b"trun", 1, 0x1 | 0x100 | 0x200 | 0x400 | 0x800, run)
        content += _traf(VIDEO_TRACK, pictures[0].at, trun)
    if sounds:
        run = struct.pack(f">Ii{len(sounds)}I", len(sounds), audio, *map(len, sounds))
        content += _traf(AUDIO_TRACK, sound_at, _full(b"trun", 0, 0x1 | 0x200, run))
    return _box(b"moof", content)


def _traf(track: int, at: int, trun: bytes) -> bytes:
    # Offsets count from the beginning of the fragment ("default-base-is-moof").
    header = _full(b"tfhd", 0, 0x20000, struct.pack(">I", track))
    return _box(b"traf", header + _full(b"tfdt", 1, 0, struct.pack(">Q", at)) + trun)


def _video_track(video: Parameters) -> bytes:
    entry = _box(
        b"avc1",
        bytes(6)
        + struct.pack(">H", 1)
        + bytes(16)
        + struct.pack(">HHIIIH", video.width, video.height, 0x480000, 0x480000, 0, 1)
        + bytes(32)
        + struct.pack(">Hh", 24, -1)
        + _box(b"avcC", video.record()),
    )
    media = _full(b"vmhd", 0, 1, bytes(8))
    size = (video.width, video.height)
    return _track(VIDEO_TRACK, TICKS, b"vide", media, entry, size, 0)


def _audio_track(config: bytes) -> bytes:
    channels = (config[1] >> 3) & 0xF
    entry = _box(
        b"mp4a",
        bytes(6)
        + struct.pack(">H", 1)
        + bytes(8)
        + struct.pack(">HHII", channels, 16, 0, RATE << 16)
        + _full(b"esds", 0, 0, _descriptors(config)),
    )
    return _track(AUDIO_TRACK, RATE, b"soun", _full(b"smhd", 0, 0, bytes(4)), entry, (0, 0), 0x100)


def _descriptors(config: bytes) -> bytes:
    def descriptor(tag: int, content: bytes) -> bytes:
        return bytes([tag, len(content)]) + content

    # Audio of MPEG-4, in a stream of audio; sizes and rates unknown.
    decoder = bytes([0x40, 0x15]) + bytes(11) + descriptor(5, config)
    return descriptor(3, struct.pack(">HB", 0, 0) + descriptor(4, decoder) + descriptor(6, b"\2"))


def _track(
    number: int,
    scale: int,
    handler: bytes,
    media: bytes,
    entry: bytes,
    size: tuple[int, int],
    volume: int,
) -> bytes:
    header = _full(
        b"tkhd",
        0,
        3,
        struct.pack(">5I8xHHHH", 0, 0, number, 0, 0, 0, 0, volume, 0)
        + _MATRIX
        + struct.pack(">II", size[0] << 16, size[1] << 16),
    )
    references = _box(
        b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1) + _full(b"url ", 0, 1, b""))
    )
    table = _full(b"stsd", 0, 0, struct.pack(">I", 1) + entry)
    table += _full(b"stts", 0, 0, bytes(4)) + _full(b"stsc", 0, 0, bytes(4))
    table += _full(b"stsz", 0, 0, bytes(8)) + _full(b"stco", 0, 0, bytes(4))
    inside = _full(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, scale, 0, 0x55C4, 0))
    inside += _full(b"hdlr", 0, 0, bytes(4) + handler + bytes(12) + b"\0")
    inside += _box(b"minf", media + references + _box(b"stbl", table))
    return _box(b"trak", header + _box(b"mdia", inside))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _full(name: bytes, version: int, flags: int, content: bytes) -> bytes:
    return _box(name, struct.pack(">I", version << 24 | flags) + content)
