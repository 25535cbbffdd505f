"""Sockets under Daphne, reached directly: what ten thousand of them cost is decided here.

An ASGI application has `receive` and `send` alone. Through them a socket holds a task, a queue
and what is left of its handshake, every frame is built anew for every reader, nobody can see how
much waits for one that does not read, and a message of one megabyte is the largest that can be
sent. `install()` puts the protocol object into the scope (`scope["extensions"]`), so that a room
can be attended without any of that:

- `DaphneLine` writes a finished frame to the socket when nothing waits there, else it goes the
  usual way; always the usual way when Daphne ends TLS itself or compresses.
- `attend()` hands incoming messages to the room as they come, and lets the application's task,
  its queue and the handshake go. A message that comes in one piece, as nearly all do, is read here;
  whatever else comes, and whatever breaks a rule, is Autobahn's.

It uses names that Daphne, Autobahn and Twisted call their own. Their versions are pinned,
`missing()` says what is not as it was, and then nothing is touched: rooms live by ASGI alone.
"""

import asyncio
import logging
import socket
import time
from typing import Any, Protocol

from creditor_meetings.realtime import figures
from creditor_meetings.realtime.frames import Frame
from creditor_meetings.realtime.lines import MOST_WAITING, STUCK_SECONDS

logger = logging.getLogger(__name__)

EXTENSION = "creditor_meetings.socket"
OPEN = 3
"""Autobahn's `STATE_OPEN`."""
GROUND = 0
"""Autobahn's `SEND_STATE_GROUND`: no message is being sent in pieces."""
MOST_BYTES = 256 * 1024
"""The largest message (bytes) that a room takes in: its 64 × 1024 characters, whatever they are."""
MOST_EARLY = 200
"""So many messages may come before a person is let in."""


class Attendant(Protocol):
    """Who attends to a socket: a room."""

    def take(self, text: str | None) -> None:
        """Take what came; None stands for bytes that are no text."""

    def ended(self) -> None:
        """Clean up: the socket is closed."""


def missing() -> list[str]:
    """Name what Daphne, Autobahn or Twisted no longer have as it is used here."""
    from autobahn.websocket.protocol import WebSocketProtocol as Autobahn
    from daphne.server import Server
    from daphne.ws_protocol import WebSocketProtocol
    from twisted.internet.tcp import Connection

    wanted: list[tuple[Any, str]] = [
        *((Server, name) for name in ("create_application", "protocol_disconnected")),
        *((WebSocketProtocol, name) for name in ("onMessage", "onClose", "serverSend")),
        *((WebSocketProtocol, name) for name in ("dataReceived", "sendCloseFrame")),
        (WebSocketProtocol, "sendData"),
        *((WebSocketProtocol, name) for name in ("handle_reply", "dropConnection", "sendMessage")),
        *((Connection, name) for name in ("dataBuffer", "offset", "write", "unregisterProducer")),
    ]
    gone = [f"{where.__name__}.{name}" for where, name in wanted if not hasattr(where, name)]
    if getattr(Autobahn, "STATE_OPEN", None) != OPEN:
        gone.append("WebSocketProtocol.STATE_OPEN")
    if getattr(Autobahn, "SEND_STATE_GROUND", None) != GROUND:
        gone.append("WebSocketProtocol.SEND_STATE_GROUND")
    return gone


def install() -> bool:
    """Let rooms reach their sockets, once; whether Daphne is as we know it."""
    global _installed
    if _installed:
        return True
    gone = missing()
    if gone:
        logger.error("rooms live by ASGI alone, since Daphne has changed: %s", ", ".join(gone))
        return False
    _installed = True
    from daphne.server import Server
    from daphne.ws_protocol import WebSocketProtocol

    create_application = Server.create_application
    on_message, on_close = WebSocketProtocol.onMessage, WebSocketProtocol.onClose
    send_data = WebSocketProtocol.sendData
    close_frame, drop = WebSocketProtocol.sendCloseFrame, WebSocketProtocol.dropConnection
    server_send, data_received = WebSocketProtocol.serverSend, WebSocketProtocol.dataReceived

    def creating(self: Any, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, WebSocketProtocol):
            scope.setdefault("extensions", {})[EXTENSION] = protocol
        return create_application(self, protocol, scope)

    def got_data(self: Any, data: bytes) -> None:
        if self.attendant is not None and _at_rest(self):
            data = _messages(self, data)
            if not data:
                return
        data_received(self, data)

    def got_message(self: Any, payload: bytes, isBinary: bool) -> None:  # noqa: N803
        attendant = self.attendant
        if attendant is None:
            if getattr(self, "early", 0) > MOST_EARLY:
                self.dropConnection(abort=True)
                return
            if hasattr(self, "early"):
                self.early += 1
            on_message(self, payload, isBinary)
        elif not self.muted:
            self.last_ping = time.time()
            _give(attendant, None if isBinary else payload.decode("utf8"))

    def got_close(self: Any, wasClean: bool, code: Any, reason: Any) -> None:  # noqa: N803
        attendant = self.attendant
        _shut(self)
        on_close(self, wasClean, code, reason)
        if attendant is not None:
            _end(self)

    def sending_data(self: Any, *arguments: Any, **named: Any) -> None:
        # Whatever Autobahn writes (pings, goodbyes, texts in their turn) may wait in the transport.
        send_data(self, *arguments, **named)
        if self.line is not None:
            self.line.clear = False

    def closing(self: Any, *arguments: Any, **named: Any) -> None:
        # Nothing is written behind a goodbye; sent or read, it comes by here.
        close_frame(self, *arguments, **named)
        _shut(self)

    def dropping(self: Any, *arguments: Any, **named: Any) -> None:
        _shut(self)
        drop(self, *arguments, **named)

    def sending(self: Any, content: Any, binary: bool = False) -> None:
        # The limit is for what comes in; a room's state may be larger.
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            server_send(self, content, binary)
        finally:
            self.maxMessagePayloadSize = limit

    WebSocketProtocol.attendant = WebSocketProtocol.attendance = WebSocketProtocol.line = None
    WebSocketProtocol.sendCloseFrame, WebSocketProtocol.dropConnection = closing, dropping
    WebSocketProtocol.dataReceived, WebSocketProtocol.sendData = got_data, sending_data
    Server.create_application = creating
    WebSocketProtocol.onMessage = got_message
    WebSocketProtocol.onClose = got_close
    WebSocketProtocol.serverSend = sending
    return True


_installed = False


def reach(scope: dict[str, Any]) -> Any | None:
    """Return Daphne's protocol object of a socket, where there is one that we know."""
    protocol = scope.get("extensions", {}).get(EXTENSION)
    needed = ("state", "send_queue", "send_state", "transport", "data", "server")
    if protocol is None or not all(hasattr(protocol, name) for name in needed):
        return None
    return protocol


def attendance(scope: dict[str, Any]) -> "asyncio.Future[None] | None":
    """Return the future that is done when an attended socket is closed; None where none is."""
    protocol = scope.get("extensions", {}).get(EXTENSION)
    future: asyncio.Future[None] | None = getattr(protocol, "attendance", None)
    return future


def narrow(protocol: Any) -> None:
    """Bound what comes in before it is put together: the size, and how much before entering."""
    protocol.maxFramePayloadSize = protocol.maxMessagePayloadSize = MOST_BYTES
    protocol.early = 0


def attend(protocol: Any, attendant: Attendant) -> bool:
    """Hand the socket to a room from now on; the application may return.

    False when it was closed meanwhile. What Daphne keeps of the application is a bare future
    that is done when the socket is closed; what came early is taken now.
    """
    details = protocol.server.connections.get(protocol)
    if protocol.state != OPEN or details is None or "disconnected" in details:
        return False
    queue = protocol.application_queue
    stands_for = asyncio.get_running_loop().create_future()
    details["application_instance"] = stands_for
    protocol.attendant, protocol.attendance = attendant, stands_for
    # Only when the server ends is it cancelled from outside.
    stands_for.add_done_callback(lambda _future: _end(protocol))
    _let_go(protocol)
    while not queue.empty():
        message = queue.get_nowait()
        if message["type"] == "websocket.receive":
            _give(attendant, message.get("text"))
    return True


def _at_rest(protocol: Any) -> bool:
    """Whether what comes now begins a message, and Autobahn waits for nothing."""
    return (
        protocol.state == OPEN
        and not protocol.data
        # Whatever of these is not there as it was is not None.
        and getattr(protocol, "current_frame", protocol) is None
        and getattr(protocol, "inside_message", protocol) is False
        and getattr(protocol, "muted", protocol) is False
        # Whatever comes answers a ping as well; Autobahn notes it.
        and getattr(protocol, "autoPingTimeoutCall", protocol) is None
    )


def _messages(protocol: Any, data: bytes) -> bytes:
    """Hand on whole, masked, unfragmented texts that stand first; return what is left."""
    at, size = 0, len(data)
    while size - at >= 6 and data[at] == WHOLE_TEXT and data[at + 1] >= MASKED:
        length, begin = data[at + 1] & 127, at + 2
        if length == 126:
            length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        elif length == 127:
            break
        end = begin + 4 + length
        if end > size or (length < 126) != (begin == at + 2):
            break
        try:
            text = unmasked(data[begin : begin + 4], data[begin + 4 : end]).decode()
        except UnicodeDecodeError:
            break
        at = end
        protocol.last_ping = time.time()
        _give(protocol.attendant, text)
        if protocol.attendant is None or protocol.state != OPEN:
            return b""
    return data[at:] if at else data


WHOLE_TEXT = 0x81
MASKED = 0x80


def unmasked(mask: bytes, payload: bytes) -> bytes:
    """Take a client's mask off."""
    length = len(payload)
    if not length or mask == b"\0\0\0\0":
        return payload
    over = (mask * (length // 4 + 1))[:length]
    whole = int.from_bytes(payload, "little") ^ int.from_bytes(over, "little")
    return whole.to_bytes(length, "little")


def _give(attendant: Attendant, text: str | None) -> None:
    try:
        attendant.take(text)
    except Exception:
        logger.exception("what came by a socket could not be taken")


def _shut(protocol: Any) -> None:
    """Let nothing more be written."""
    line, protocol.line = protocol.line, None
    if line is not None:
        line.open = False


def _end(protocol: Any) -> None:
    _shut(protocol)
    attendant, protocol.attendant = protocol.attendant, None
    future = protocol.attendance
    if future is not None and not future.done():
        future.set_result(None)
    if attendant is not None:
        try:
            attendant.ended()
        except Exception:
            logger.exception("a room was not cleaned up")


class _Path:
    """What is left of a handshake: Daphne names its path when the socket closes."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


def _let_go(protocol: Any) -> None:
    """Drop what only the handshake needed; it is more than half of what a socket costs."""
    protocol.transport.unregisterProducer()
    protocol.request = _Path(protocol.request.path)
    for name in (
        "application_deferred", "application_queue", "clean_headers", "http_headers",
        "http_request_data", "http_request_params", "http_request_uri", "http_status_line",
        "_transport_details", "_raw_query_string", "websocket_extensions", "websocket_protocols",
    ):  # fmt: skip
        protocol.__dict__.pop(name, None)


class DaphneLine:
    """The way out to a socket of Daphne's."""

    __slots__ = (
        "_bound", "_mark", "_protocol", "_send", "_since", "_transport", "behind", "clear", "open",
    )  # fmt: skip

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        # Kept, since each step on the way costs a miss of the cache for every socket.
        self._transport = protocol.transport
        self._send: Any = protocol.transport.socket.send if is_plain(protocol) else None
        self.open = protocol.state == OPEN
        # Nothing waits in the transport, for all that is known without looking into it.
        self.clear = False
        protocol.line = self
        self._bound = MOST_WAITING
        self._since = 0.0
        self._mark: tuple[int, int] = (0, 0)
        self.behind = False

    def write(self, frame: Frame) -> bool:
        """Write a frame: to the socket itself when nothing waits before it, else in its turn."""
        if not self.open:
            return False
        send = self._send
        if not self.clear and (send is None or not self._look()):
            return self._write_in_turn(frame)
        data = frame.data
        try:
            sent = send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # The reactor meets the same error and closes it.
            return False
        figures.frames_direct += len(frame.texts)
        self.behind = sent < len(data)
        if self.behind:
            self._bound = max(self._bound, MOST_WAITING + len(data))
            self._since = time.monotonic()
            self.clear = False
            self._transport.write(data[sent:] if sent else data)
            self._mark = self._place()
        return True

    def _look(self) -> bool:
        """Look whether anything waits in the transport."""
        transport = self._transport
        self.clear = not (transport._tempDataLen or transport.dataBuffer)
        return self.clear

    def _write_in_turn(self, frame: Frame) -> bool:
        if not self.check():
            return False
        waiting = self.waiting()
        if waiting > self._bound:
            self.cut()
            return False
        if not waiting:
            self._bound, self._since = MOST_WAITING, time.monotonic()
        self._bound = max(self._bound, MOST_WAITING + len(frame.data))
        for text in frame.texts:
            self._protocol.handle_reply({"type": "websocket.send", "text": text})
        figures.frames_asgi += len(frame.texts)
        self.behind = True
        return True

    def close(self, code: int) -> None:
        """Say goodbye behind what was written, and close."""
        if self.open:
            self._protocol.handle_reply({"type": "websocket.close", "code": code})

    def cut(self) -> None:
        """Close at once, without a goodbye that would not be read either."""
        figures.dropped_slow += 1
        self._protocol.dropConnection(abort=True)

    def waiting(self) -> int:
        """Return how many bytes wait in this process for the reader."""
        below = _tcp(self._protocol.transport)
        if below is None:
            return 0
        return int(len(below.dataBuffer) - below.offset + below._tempDataLen)

    def check(self) -> bool:
        """Cut the line if its reader has taken nothing for long; whether it still stands."""
        if not self.open:
            return False
        if not self.waiting():
            self.behind = False
            return True
        mark = self._place()
        if mark != self._mark:
            self._mark, self._since = mark, time.monotonic()
        elif time.monotonic() - self._since > STUCK_SECONDS:
            self.cut()
            return False
        return True

    def _place(self) -> tuple[int, int]:
        """Return what changes whenever the kernel takes something of what waits."""
        below = _tcp(self._protocol.transport)
        return (0, 0) if below is None else (id(below.dataBuffer), below.offset)


def is_plain(protocol: Any) -> bool:
    """Whether bytes written to the socket itself are what the other end gets."""
    from twisted.internet.tcp import Connection

    transport = protocol.transport
    return (
        isinstance(transport, Connection)
        and not getattr(transport, "TLS", False)
        and isinstance(getattr(transport, "socket", None), socket.socket)
        and getattr(protocol, "_perMessageCompress", protocol) is None
        and not getattr(protocol, "logOctets", False)
        # No message is sent in pieces, hence nothing can come between them.
        and getattr(protocol, "autoFragmentSize", None) == 0
        and protocol.send_state == GROUND
        and not protocol.send_queue
    )


def _tcp(transport: Any) -> Any | None:
    """Return the connection under a transport, through whatever ends TLS above it."""
    from twisted.internet.tcp import Connection

    for _ in range(4):
        if isinstance(transport, Connection):
            return transport
        transport = getattr(transport, "transport", None)
    return None
