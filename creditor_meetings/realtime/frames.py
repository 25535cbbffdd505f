"""Frames as they go over the wire (RFC 6455): made once, written to every socket alike."""

import json
from collections.abc import Iterable
from typing import Any


class Frame:
    """One or more texts as finished frames, unmasked as a server's are.

    Ten thousand sockets share the same bytes; the text is kept for the few whose server frames
    for itself.
    """

    __slots__ = ("data", "texts")

    def __init__(self, text: str) -> None:
        # Half a character (a lone surrogate) must not stop the hub; it goes out as a "?".
        payload = text.encode("utf-8", "replace")
        self.data = head(len(payload)) + payload
        self.texts: tuple[str, ...] = (text,)


def joined(frames: Iterable[Frame]) -> Frame:
    """Return frames as one, written to a socket in one go."""
    several = list(frames)
    if len(several) == 1:
        return several[0]
    whole = Frame.__new__(Frame)
    whole.data = b"".join(frame.data for frame in several)
    whole.texts = tuple(text for frame in several for text in frame.texts)
    return whole


def head(length: int) -> bytes:
    """Write the head of a final, unmasked text frame of `length` bytes."""
    if length < 126:
        return bytes((0x81, length))
    if length < 0x10000:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")


def dumps(frame: dict[str, Any]) -> str:
    """Write a frame's text: JSON without needless blanks, Chinese as it is."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
