"""Frames between the server and its worker process, one format each way."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from creditor_meetings.video.media import RENDITIONS, Fragment, Init

BEGIN, DATA = 1, 2
INIT, FRAGMENT, PCM, TAKEN, FAILED = 11, 12, 13, 14, 15

MAX_FRAME = 64 * 1024 * 1024

_IN = struct.Struct(">BBI")
_OUT = struct.Struct(">BBBBqII")


@dataclass(frozen=True)
class Job:
    """What a worker is to do with what follows."""

    kind: str
    pcm: bool


def begin(job: Job) -> bytes:
    """Tell a worker what comes."""
    body = json.dumps({"kind": job.kind, "pcm": job.pcm}).encode()
    return _IN.pack(BEGIN, 0, len(body)) + body


def read_begin(body: bytes) -> Job:
    """Read what `begin` wrote."""
    told = json.loads(body)
    return Job(str(told["kind"]), bool(told["pcm"]))


def data(track: int, body: bytes) -> bytes:
    """Pack what a worker is fed."""
    return _IN.pack(DATA, track, len(body)) + body


def read_in(rest: bytearray) -> tuple[int, int, bytes] | None:
    """Take kind, track and body of the first whole frame off what was read."""
    if len(rest) < _IN.size:
        return None
    kind, track, length = _IN.unpack_from(rest)
    end = _IN.size + length
    if len(rest) < end:
        return None
    body = bytes(rest[_IN.size : end])
    del rest[:end]
    return kind, track, body


def init(rendition: str, made: Init) -> bytes:
    """Pack the head of a rendition."""
    mime = made.mime.encode()
    body = struct.pack(">H", len(mime)) + mime + made.data
    return _OUT.pack(INIT, RENDITIONS.index(rendition), 0, 0, 0, 0, len(body)) + body


def fragment(rendition: str, made: Fragment) -> bytes:
    """Pack a piece of a rendition."""
    head = _OUT.pack(
        FRAGMENT,
        RENDITIONS.index(rendition),
        made.key,
        made.level,
        made.start_ms,
        made.duration_ms,
        len(made.data),
    )
    return head + made.data


def pcm(samples: bytes) -> bytes:
    """Pack sound for a recogniser."""
    return _OUT.pack(PCM, 0, 0, 0, 0, 0, len(samples)) + samples


def taken(frames: int) -> bytes:
    """Say how many frames were taken in so far."""
    return _OUT.pack(TAKEN, 0, 0, 0, frames, 0, 0)


def failed(reason: str) -> bytes:
    """Say why nothing more comes."""
    body = reason.encode()[:2_000]
    return _OUT.pack(FAILED, 0, 0, 0, 0, 0, len(body)) + body


@dataclass(frozen=True)
class Said:
    """A frame of a worker: what it is about, and its content by kind."""

    kind: int
    rendition: str
    content: Init | Fragment | bytes
    number: int


def read_out(rest: bytearray) -> Iterator[Said]:
    """Take all whole frames off what was read. Raises ValueError on what no worker says."""
    position = 0
    while len(rest) - position >= _OUT.size:
        kind, index, key, level, number, duration, length = _OUT.unpack_from(rest, position)
        if length > MAX_FRAME or index >= len(RENDITIONS) or not INIT <= kind <= FAILED:
            raise ValueError(f"a frame of kind {kind}, rendition {index}, {length} bytes")
        end = position + _OUT.size + length
        if len(rest) < end:
            break
        body = bytes(rest[position + _OUT.size : end])
        position = end
        content: Init | Fragment | bytes = body
        if kind == INIT:
            width = int.from_bytes(body[:2])
            content = Init(body[2 : 2 + width].decode(), body[2 + width :])
        elif kind == FRAGMENT:
            content = Fragment(body, bool(key), number, duration, min(level, 100))
        yield Said(kind, RENDITIONS[index], content, number)
    del rest[:position]
