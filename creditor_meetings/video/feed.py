"""What viewers of this process are sent: a stream's head, its last seconds, what comes next."""

from typing import Protocol

from creditor_meetings.video.media import Fragment, Init

MAX_SINCE_KEYFRAME = 8 * 1024 * 1024
"""Bytes kept for those who come late; a stream without keyframes is joined at the next one."""


class Listener(Protocol):
    """Somebody who is sent a stream; none of these calls may wait."""

    def begin(self, init: Init) -> None:
        """Take the head of a stream; what was before is void."""

    def push(self, fragment: Fragment) -> None:
        """Take the next piece."""

    def end(self) -> None:
        """Learn that nothing follows until the next `begin`."""


class Feed:
    """The stream of one meeting as it passes through this process."""

    def __init__(self) -> None:
        self.init: Init | None = None
        self._writer: object | None = None
        self._since_keyframe: list[Fragment] = []
        self._kept = 0
        self._listeners: set[Listener] = set()

    @property
    def has_listeners(self) -> bool:
        """Whether anybody is sent this stream."""
        return bool(self._listeners)

    def take_over(self, writer: object) -> None:
        """Let `writer` be the only one whose pieces are passed on."""
        self._writer = writer
        self._forget()

    def begin(self, writer: object, init: Init) -> None:
        """Begin a stream: everybody starts over with its head."""
        if writer is not self._writer:
            return
        self._forget()
        self.init = init
        for listener in list(self._listeners):
            listener.begin(init)

    def push(self, writer: object, fragment: Fragment) -> None:
        """Pass on a piece, and keep it for those who come before the next keyframe."""
        if writer is not self._writer or self.init is None:
            return
        self._keep(fragment)
        for listener in list(self._listeners):
            listener.push(fragment)

    def _keep(self, fragment: Fragment) -> None:
        if fragment.key:
            self._since_keyframe, self._kept = [fragment], len(fragment.data)
        elif self._since_keyframe:
            self._since_keyframe.append(fragment)
            self._kept += len(fragment.data)
            if self._kept > MAX_SINCE_KEYFRAME:
                self._since_keyframe, self._kept = [], 0

    def end(self, writer: object) -> None:
        """End the stream, if it is still this writer's, who may begin another."""
        if writer is not self._writer or self.init is None:
            return
        self._forget()
        for listener in list(self._listeners):
            listener.end()

    def _forget(self) -> None:
        self.init, self._since_keyframe, self._kept = None, [], 0

    def join(self, listener: Listener) -> None:
        """Send a listener the stream from its last keyframe on."""
        self._listeners.add(listener)
        if self.init is not None:
            listener.begin(self.init)
            for fragment in self._since_keyframe:
                listener.push(fragment)

    def leave(self, listener: Listener) -> None:
        """Send a listener nothing any more."""
        self._listeners.discard(listener)
