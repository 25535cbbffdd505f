"""Thousands of sockets in one cheap process: what a hall full of creditors does to a server.

    with Crowd() as crowd:
        joined = crowd.connect([port], path, sessions)      # Joined: seconds, each one's time
        crowd.watch(reply='"ok":true', turn='"meeting/current_item"')
        began = crowd.say_all(frames)                       # a text each, at once
        crowd.say(17, '{"id":…}')                           # one of them alone
        times = crowd.wait("reply", seconds=60)             # perf_counter of each, None: never

The process (`python -m bench.crowd`) imports no Django: one epoll loop, frames read by hand,
pings answered, a watch's first (or last) frame remembered for each socket with its time. All
times are `time.perf_counter()`, which on Linux is one clock for all processes.
"""

import base64
import contextlib
import json
import os
import resource
import select
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 200
"""How many sockets shake hands at the same time."""

Times = list[float | None]


@dataclass(frozen=True)
class Joined:
    """How a crowd came in: when it began, and when each socket was open and had its state."""

    began: float
    ready: list[float]
    again: int
    """How many times a socket was cut before it was in, and knocked again."""

    @property
    def seconds(self) -> float:
        """From the first knock until the last was in."""
        return max(self.ready) - self.began


class Crowd:
    """The parent's side: orders to the process of sockets, and its answers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.crowd"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process of the sockets."""
        return self._process.pid

    def connect(
        self,
        ports: Sequence[int],
        path: str,
        sessions: Sequence[str],
        *,
        ready: str = '"type":"snapshot"',
        at_once: int = AT_ONCE,
        seconds: float = 600,
        hello: str = "",
    ) -> Joined:
        """Open a socket a session, by turns on the ports; return when each read `ready` first.

        `hello` is what each says as soon as its socket is open.
        """
        answer = self._ask(
            "connect", ports=list(ports), path=path, sessions=list(sessions), ready=ready,
            at_once=at_once, seconds=seconds, hello=hello,
        )  # fmt: skip
        missing = sum(one is None for one in answer["ready"])
        if missing:
            raise AssertionError(
                f"{missing} of {len(sessions)} sockets did not get in: {answer['trouble'][:500]}"
            )
        return Joined(answer["began"], answer["ready"], answer["again"])

    def watch(self, last: Iterable[str] = (), **words: str) -> None:
        """Remember from now on when each socket reads frames with these words.

        The first such frame counts, of those named in `last` the last one.
        """
        self._ask("watch", words=words, last=list(last))

    def say_all(self, texts: Sequence[str]) -> float:
        """Send the sockets a text each, as fast as it goes; return when the first was sent."""
        return float(self._ask("say_all", texts=list(texts))["began"])

    def say(self, number: int, text: str) -> float:
        """Send one socket's text; return when."""
        return float(self._ask("say", number=number, text=text)["began"])

    def wait(
        self,
        name: str,
        *,
        seconds: float = 60,
        among: int | None = None,
        quiet: float | None = None,
    ) -> Times:
        """Return when each socket read the words of a watch, as soon as all of them have.

        `among`: the first so many sockets are enough. `quiet`: nothing new for so many seconds
        is enough too. After `seconds` as it then is.
        """
        answer = self._ask("wait", name=name, seconds=seconds, among=among, quiet=quiet)
        return list(answer["times"])

    def frames(self, name: str) -> list[tuple[float, str]]:
        """Return the different frames that a watch saw on any socket, each with its first time."""
        return [(at, text) for at, text in self._ask("frames", name=name)["frames"]]

    def counts(self) -> dict[str, int]:
        """Return how many frames came since the watch began, and how many sockets are open."""
        return dict(self._ask("counts")["counts"])

    def trouble(self) -> list[str]:
        """Return why sockets were closed: the first twenty."""
        return list(self._ask("counts")["trouble"])

    def close(self) -> None:
        """End the process; its sockets close."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _ask(self, order: str, **values: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps({"order": order, **values}, ensure_ascii=False) + "\n"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the crowd's process ended")
        found: dict[str, Any] = json.loads(answer)
        if "error" in found:
            raise RuntimeError(found["error"])
        return found


def sessions(people: Iterable[Any]) -> list[str]:
    """Sign people in, in bulk, and return each one's session key."""
    from datetime import timedelta

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.models import Session
    from django.utils import timezone
    from django.utils.crypto import get_random_string

    from creditor_meetings.cases.session_models import SignedIn
    from creditor_meetings.cases.sessions import RAW_LENGTH, SessionStore, stored

    now, store, keys = timezone.now(), SessionStore(), []
    rows: list[Session] = []
    signed_in: list[SignedIn] = []
    for one in people:
        keys.append(get_random_string(RAW_LENGTH))
        data = {
            SESSION_KEY: str(one.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: one.get_session_auth_hash(),
        }
        rows.append(
            Session(
                session_key=stored(keys[-1]),
                session_data=store.encode(data),
                expire_date=now + timedelta(days=1),
            )
        )
        signed_in.append(
            SignedIn(session=rows[-1], person=one, signed_in_at=now, seen_at=now, device="bench")
        )
    Session.objects.bulk_create(rows, batch_size=500)
    SignedIn.objects.bulk_create(signed_in, batch_size=500)
    return keys


def share(times: Iterable[float], of_them: float) -> float:
    """Return the time within which a share (0 to 1) of them came, by nearest rank."""
    ordered = sorted(times)
    return ordered[max(0, min(len(ordered) - 1, round(of_them * len(ordered) + 0.5) - 1))]


def text_frame(text: str) -> bytes:
    """Write a client's text frame, masked with zeros: masked by the letter, for free."""
    data = text.encode()
    if len(data) < 126:
        return b"\x81" + bytes([128 | len(data)]) + bytes(4) + data
    if len(data) < 65536:
        return b"\x81\xfe" + len(data).to_bytes(2) + bytes(4) + data
    return b"\x81\xff" + len(data).to_bytes(8) + bytes(4) + data


class Member:
    """One socket of the crowd."""

    __slots__ = ("begun", "head", "number", "open", "rest", "socket")

    def __init__(self, number: int, connection: socket.socket, head: bytes) -> None:
        self.number, self.socket, self.head = number, connection, head
        self.rest = b""
        self.begun = self.open = False


class Loop:
    """The process's side: every socket on one epoll, orders from the standard input."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.members: dict[int, Member] = {}
        self.by_number: list[Member] = []
        self.ready_words = self.hello = b""
        self.ready: Times = []
        self.words: dict[str, tuple[bytes, bytes]] = {}
        self.last: set[str] = set()
        self.times: dict[str, Times] = {}
        self.found: dict[str, int] = {}
        self.seen: dict[str, dict[bytes, float]] = {}
        self.new_at = 0.0
        self.frames = 0
        self.trouble: list[str] = []
        self.orders = b""

    def run(self) -> None:
        """Carry out orders until the input ends."""
        os.set_blocking(0, False)
        self.epoll.register(0, select.EPOLLIN)
        while True:
            self.turn(0.5)
            while b"\n" in self.orders:
                line, _, self.orders = self.orders.partition(b"\n")
                self.answer(json.loads(line))

    def answer(self, order: Mapping[str, Any]) -> None:
        """Carry out one order and write its answer."""
        values = {name: value for name, value in order.items() if name != "order"}
        try:
            found = getattr(self, f"do_{order['order']}")(**values)
        except Exception as error:
            found = {"error": repr(error)}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    # --- orders -----------------------------------------------------------------------------

    def do_connect(
        self, ports: list[int], path: str, sessions: list[str], ready: str, at_once: int,
        seconds: float, hello: str,
    ) -> dict[str, Any]:  # fmt: skip
        """Open the sockets, some at a time."""
        self.hello = text_frame(hello) if hello else b""
        self.ready_words, first = ready.encode(), len(self.ready)
        self.ready += [None] * len(sessions)
        began = time.perf_counter()
        waiting = deque(range(first, len(self.ready)))
        pending: set[int] = set()
        again = 0
        while (waiting or pending) and time.perf_counter() < began + seconds:
            while waiting and len(pending) < at_once:
                number = waiting.popleft()
                self._knock(number, ports[number % len(ports)], path, sessions[number - first])
                pending.add(number)
            self.turn(0.5)
            for number in list(pending):
                if self.ready[number] is not None:
                    pending.discard(number)
                elif self.by_number[number].socket.fileno() < 0:
                    # As a page does; those who have not tried yet come first.
                    pending.discard(number)
                    waiting.append(number)
                    again += 1
        trouble = "; ".join(self.trouble)
        return {"began": began, "ready": self.ready[first:], "again": again, "trouble": trouble}

    def do_watch(self, words: dict[str, str], last: list[str]) -> dict[str, Any]:
        """Begin new watches in place of the old."""
        # JSON may be written with blanks after its colons, or without.
        self.words = {
            name: (text.encode(), text.replace('":', '": ').encode())
            for name, text in words.items()
        }
        self.last = set(last)
        self.times = {name: [None] * len(self.by_number) for name in words}
        self.found = dict.fromkeys(words, 0)
        self.seen = {name: {} for name in words}
        self.frames = 0
        return {}

    def do_say_all(self, texts: list[str]) -> dict[str, Any]:
        """Send one frame a socket."""
        # Built before the clock runs: it is the server that is measured.
        ready = [
            (one.socket, text_frame(text)) for one, text in zip(self.by_number, texts, strict=False)
        ]
        began = time.perf_counter()
        for connection, frame in ready:
            connection.send(frame)
        return {"began": began}

    def do_say(self, number: int, text: str) -> dict[str, Any]:
        """Send one frame on one socket."""
        began = time.perf_counter()
        self.by_number[number].socket.send(text_frame(text))
        return {"began": began}

    def do_wait(
        self, name: str, seconds: float, among: int | None, quiet: float | None
    ) -> dict[str, Any]:
        """Read until a watch has seen its words everywhere."""
        until, self.new_at = time.perf_counter() + seconds, time.perf_counter()
        while (now := time.perf_counter()) < until:
            if name not in self.last and self._all_have(name, among):
                break
            if quiet is not None and now > self.new_at + quiet:
                break
            self.turn(0.1 if quiet is None else min(0.1, quiet))
        return {"times": self.times[name]}

    def _all_have(self, name: str, among: int | None) -> bool:
        wanted = len(self.by_number) if among is None else among
        return self.found[name] >= wanted and None not in self.times[name][:wanted]

    def do_frames(self, name: str) -> dict[str, Any]:
        """Return the different frames of a watch."""
        return {"frames": [[at, data.decode()] for data, at in self.seen[name].items()]}

    def do_counts(self) -> dict[str, Any]:
        """Count frames and open sockets."""
        return {"counts": {"frames": self.frames, "open": len(self.members)},
                "trouble": self.trouble}  # fmt: skip

    # --- sockets ----------------------------------------------------------------------------

    def _knock(self, number: int, port: int, path: str, session: str) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect_ex(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://127.0.0.1:{port}\r\nCookie: sessionid={session}\r\n\r\n"
        ).encode()
        member = Member(number, connection, head)
        if number < len(self.by_number):
            self.by_number[number] = member
        else:
            self.by_number.append(member)
        self.members[connection.fileno()] = member
        self.epoll.register(connection.fileno(), select.EPOLLOUT)

    def turn(self, seconds: float) -> None:
        """Wait for something to read, and read it."""
        for descriptor, events in self.epoll.poll(seconds, 1024):
            if descriptor == 0:
                self._hear()
                continue
            member = self.members[descriptor]
            if not member.begun and events & select.EPOLLOUT:
                self._begin(member)
                continue
            try:
                data = member.socket.recv(262_144)
            except BlockingIOError:
                continue
            except OSError as error:
                self._gone(member, repr(error))
                continue
            if not data:
                self._gone(member, "the server closed the socket")
                continue
            self._read(member, member.rest + data if member.rest else data)

    def _hear(self) -> None:
        try:
            data = os.read(0, 1 << 20)
        except BlockingIOError:
            return
        if not data:
            raise SystemExit
        self.orders += data

    def _begin(self, member: Member) -> None:
        member.begun = True
        try:
            member.socket.send(member.head)
        except OSError as error:
            self._gone(member, repr(error))
            return
        member.head = b""
        self.epoll.modify(member.socket.fileno(), select.EPOLLIN)

    def _gone(self, member: Member, why: str) -> None:
        if len(self.trouble) < 20:
            self.trouble.append(f"socket {member.number}: {why}")
        del self.members[member.socket.fileno()]
        self.epoll.unregister(member.socket.fileno())
        member.socket.close()

    def _read(self, member: Member, data: bytes) -> None:
        at = 0
        if not member.open:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                member.rest = data
                return
            if b" 101 " not in data[:20]:
                self._gone(member, data[:100].decode(errors="replace"))
                return
            member.open, at = True, end + 4
            if self.hello:
                member.socket.send(self.hello)
        size = len(data)
        while size - at >= 2:
            length, begin = data[at + 1] & 127, at + 2
            if length == 126:
                if size - at < 4:
                    break
                length, begin = (data[at + 2] << 8) + data[at + 3], at + 4
            elif length == 127:
                if size - at < 10:
                    break
                length, begin = struct.unpack_from("!Q", data, at + 2)[0], at + 10
            end = begin + length
            if end > size:
                break
            self._take(member, data[at] & 15, data[begin:end])
            if member.socket.fileno() < 0:
                return
            at = end
        member.rest = data[at:]

    def _take(self, member: Member, kind: int, payload: bytes) -> None:
        if kind == 9:
            pong = bytes([138, 128 | len(payload)]) + bytes(4) + payload
            member.socket.send(pong)
            return
        if kind == 8:
            self._gone(member, f"the server said goodbye: {payload[:2]!r}")
            return
        number = member.number
        self.frames += 1
        if self.ready[number] is None and self.ready_words in payload:
            self.ready[number] = time.perf_counter()
        for name, (tight, loose) in self.words.items():
            if tight not in payload and loose not in payload:
                continue
            times = self.times[name]
            if number >= len(times):
                continue
            if times[number] is None:
                self.found[name] += 1
            elif name not in self.last:
                continue
            times[number] = self.new_at = time.perf_counter()
            seen = self.seen[name]
            if payload not in seen and len(seen) < 1_000:
                seen[payload] = self.new_at


def main() -> None:
    """Be the process of the sockets."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    Loop().run()


if __name__ == "__main__":
    main()
