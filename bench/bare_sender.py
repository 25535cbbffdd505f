"""The reference of the fan-out: sends one frame to every open socket, and does nothing else.

No loop of events, no buffers, no protocol: what `send` itself costs in this language. Each line of
the standard input is written to all as one frame.
"""

import base64
import hashlib
import re
import resource
import select
import socket
import sys

SOCKETS: list[socket.socket] = []


def frame(text: str) -> bytes:
    """Write a text frame."""
    data = text.encode()
    if len(data) < 126:
        return b"\x81" + bytes([len(data)]) + data
    return b"\x81\x7e" + len(data).to_bytes(2, "big") + data


def accept_key(head: bytes) -> str:
    """Return the answer to a client's key (RFC 6455)."""
    found = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    assert found is not None
    whole = found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(whole, usedforsecurity=False).digest()).decode()


def shake_hands(one: socket.socket) -> None:
    """Answer a handshake and keep the socket; who says nothing is let go."""
    one.settimeout(10)
    head = b""
    try:
        while not head.endswith(b"\r\n\r\n"):
            more = one.recv(4096)
            if not more:
                one.close()
                return
            head += more
        one.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(head).encode() + b"\r\n\r\n" + frame("hello")
        )
    except OSError:
        one.close()
        return
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    one.setblocking(False)
    SOCKETS.append(one)


def main(port: int) -> None:
    """Serve until the input ends."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    while True:
        for ready in select.select([sys.stdin, listener], [], [])[0]:
            if ready is listener:
                shake_hands(listener.accept()[0])
                continue
            line = sys.stdin.readline()
            if not line:
                return
            told = frame(line.rstrip("\n"))
            for one in SOCKETS:
                one.send(told)


if __name__ == "__main__":
    main(int(sys.argv[1]))
