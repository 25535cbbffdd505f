"""Recordings: every chunk as it arrived, on disk before anybody sees it.

Beside `NAME.webm` stands `NAME.webm.chunks`: a line of JSON a chunk with its offset, length,
the moment it was received (UTC) and the SHA-256 of the whole file up to and with it. A killed
server loses at most the chunk in flight; what was written can be shown to be what arrived.
"""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from creditor_meetings.cases import clock

SYNC_EVERY_SECONDS = 5.0
_READ = 1024 * 1024


def directory() -> Path:
    """Return where recordings are kept."""
    return Path(settings.DATA_DIR) / "recordings"


def file_of(path: str) -> Path:
    """Return the file of a recording's `path`; refuses to leave the directory (ValueError)."""
    found = (directory() / path).resolve()
    if not found.is_relative_to(directory().resolve()):
        raise ValueError(f"{path!r} is outside the recordings")
    return found


def suffix_of(mime: str) -> str:
    """Return how the name of a recording of this type ends."""
    container = mime.split(";", maxsplit=1)[0].strip()
    if container == "webrtc":
        return "rtp"
    return "mkv" if container.endswith("x-matroska") else "webm"


@dataclass(frozen=True)
class Measure:
    """What a recording's file holds."""

    bytes: int
    chunks: int
    sha256: str


class Writer:
    """Writes one recording; used by one thread at a time."""

    def __init__(self, path: str) -> None:
        file = file_of(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered and exclusive: what `write` returned from is with the operating system,
        # and no recording is ever written over.
        self._media = file.open("xb", buffering=0)
        self._sidecar = sidecar_of(file).open("xb", buffering=0)
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._lines = 0
        self._chunks = 0
        self._synced = time.monotonic()

    @property
    def measure(self) -> Measure:
        """What was written so far."""
        return Measure(self._bytes, self._chunks, self._hash.hexdigest())

    def append(self, chunk: bytes) -> None:
        """Write a chunk and its line. OSError when the disk does not take it."""
        received = clock.rfc3339(clock.now())
        total = self._hash.copy()
        total.update(chunk)
        line = {
            "offset": self._bytes,
            "length": len(chunk),
            "received": received,
            "sha256": total.hexdigest(),
        }
        written = json.dumps(line).encode() + b"\n"
        try:
            _write_all(self._media.fileno(), chunk)
            _write_all(self._sidecar.fileno(), written)
        except OSError:
            # Half a chunk, or one without its line, is in no digest: take it back.
            self._media.truncate(self._media.seek(self._bytes))
            self._sidecar.truncate(self._sidecar.seek(self._lines))
            raise
        self._hash = total
        self._bytes += len(chunk)
        self._lines += len(written)
        self._chunks += 1
        if time.monotonic() - self._synced > SYNC_EVERY_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Have the disk itself take what was written."""
        os.fdatasync(self._media.fileno())
        os.fdatasync(self._sidecar.fileno())
        self._synced = time.monotonic()

    def close(self) -> Measure:
        """End the recording; return what it holds."""
        if not self._media.closed:
            try:
                self.sync()
            finally:
                self._media.close()
                self._sidecar.close()
        return self.measure


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sidecar_of(file: Path) -> Path:
    """Return the file of receive times and hashes beside a recording."""
    return file.with_name(file.name + ".chunks")


def lines_of(file: Path) -> list[dict[str, object]]:
    """Read the whole lines of a recording's sidecar; a last one cut short is left out."""
    sidecar = sidecar_of(file)
    if not sidecar.exists():
        return []
    whole, _, _cut = sidecar.read_bytes().rpartition(b"\n")
    return [json.loads(line) for line in whole.splitlines()]


def measure(path: str) -> Measure | None:
    """Measure a file that a killed process left; None where it is not on this machine."""
    file = file_of(path)
    if not file.exists():
        return None
    total = hashlib.sha256()
    size = 0
    with file.open("rb") as media:
        while part := media.read(_READ):
            total.update(part)
            size += len(part)
    return Measure(size, len(lines_of(file)), total.hexdigest())
