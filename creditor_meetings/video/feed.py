"""What viewers of this process are sent: a stream's head, its last seconds, what comes next."""

from typing import Protocol

from creditor_meetings.video.frames import Head, Piece

MAX_SINCE_KEYFRAME = 8 * 1024 * 1024
"""Bytes kept for those who come late; a stream without keyframes is joined at the next one."""


class Listener(Protocol):
    """Somebody who is sent streams; none of these calls may wait."""

    def begin(self, head: Head) -> None:
        """Take the head of a stream; what was of it before is void."""

    def push(self, piece: Piece) -> None:
        """Take the next piece."""

    def end(self, stream: int) -> None:
        """Learn that nothing of a stream follows until its next `begin`."""


class Feed:
    """One rendition of one stream as it passes through this process.

    Parts follow each other: once a later one has begun, what an earlier one still sends is void.
    """

    def __init__(self, stream: int) -> None:
        self.stream = stream
        self.head: Head | None = None
        self.part = 0
        self._since_keyframe: list[Piece] = []
        self._kept = 0
        self._listeners: set[Listener] = set()

    @property
    def has_listeners(self) -> bool:
        """Whether anybody is sent this stream."""
        return bool(self._listeners)

    def begin(self, head: Head) -> None:
        """Begin a part: everybody starts over with its head."""
        if head.part < self.part:
            return
        self._forget()
        self.head, self.part = head, head.part
        for listener in list(self._listeners):
            listener.begin(head)

    def push(self, piece: Piece) -> None:
        """Pass on a piece, and keep it for those who come before the next keyframe."""
        if self.head is None or piece.part != self.part:
            return
        self._keep(piece)
        for listener in list(self._listeners):
            listener.push(piece)

    def _keep(self, piece: Piece) -> None:
        if piece.key:
            self._since_keyframe, self._kept = [piece], piece.size
        elif self._since_keyframe:
            self._since_keyframe.append(piece)
            self._kept += piece.size
            if self._kept > MAX_SINCE_KEYFRAME:
                self._since_keyframe, self._kept = [], 0

    def end(self, part: int) -> None:
        """End the stream, unless a later part goes on."""
        if part < self.part or self.head is None:
            return
        self._forget()
        for listener in list(self._listeners):
            listener.end(self.stream)

    def _forget(self) -> None:
        self.head, self._since_keyframe, self._kept = None, [], 0

    def join(self, listener: Listener) -> None:
        """Send a listener the stream from its last keyframe on."""
        self._listeners.add(listener)
        if self.head is not None:
            listener.begin(self.head)
            for piece in self._since_keyframe:
                listener.push(piece)

    def leave(self, listener: Listener) -> None:
        """Send a listener nothing any more."""
        self._listeners.discard(listener)
