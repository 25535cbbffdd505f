"""Asking ClamAV whether a file carries a virus, where its address is configured.

`clamd` is spoken to over its socket (INSTREAM), so that it needs no access to our files. Where
it does not answer, nothing is taken: an unchecked file must not pass for a checked one.
"""

import logging
import socket
import struct
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

PIECE = 256 * 1024
SECONDS = 120
"""Seconds that clamd may be silent."""


class Infected(Exception):
    """Something was found; `found` is clamd's name for it."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class Unavailable(Exception):
    """clamd is configured and does not answer, or not what it should."""


class TooLarge(Exception):
    """The file is larger than clamd is set to look at (its StreamMaxLength)."""


def configured() -> bool:
    """Whether files are checked."""
    return bool(settings.CLAMD_ADDRESS)


def check(path: Path) -> None:
    """Return when a file is clean or no clamd is configured.

    Raises `Infected`, `TooLarge` or `Unavailable`.
    """
    if not configured():
        return
    try:
        answer = _ask(path)
    except OSError as error:
        log.error("clamd at %s does not answer: %s", settings.CLAMD_ADDRESS, error)
        raise Unavailable from None
    # "stream: OK", "stream: Eicar FOUND", "INSTREAM size limit exceeded. ERROR"
    if answer == "stream: OK":
        return
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        raise Infected(answer.removeprefix("stream: ").removesuffix(" FOUND"))
    if "size limit exceeded" in answer:
        raise TooLarge
    log.error("clamd at %s answers %r", settings.CLAMD_ADDRESS, answer[:200])
    raise Unavailable


def _ask(path: Path) -> str:
    with _connect() as line, path.open("rb") as file:
        line.sendall(b"zINSTREAM\0")
        try:
            while piece := file.read(PIECE):
                line.sendall(struct.pack(">I", len(piece)) + piece)
            line.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            # It may have said why before it hung up.
            pass
        answer = b""
        while b"\0" not in answer and len(answer) < 4096 and (more := line.recv(4096)):
            answer += more
    return answer.split(b"\0")[0].decode(errors="replace").strip()


def _connect() -> socket.socket:
    kind, _, rest = settings.CLAMD_ADDRESS.partition(":")
    if kind == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        try:
            line.connect(rest)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = settings.CLAMD_ADDRESS.rpartition(":")
    if not port.isdigit():
        raise OSError("CLAMD_ADDRESS must be unix:/path or host:port")
    return socket.create_connection((host.strip("[]"), int(port)), SECONDS)
