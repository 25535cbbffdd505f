"""500 MB sent to a real server: refused at once, and nothing grows by it."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.documents import papers
from tests.support.servers import Server, StartServer

HUGE = 500 * 1024 * 1024
LIST = "/meetings/demo/documents/"


@pytest.fixture
def server(daphne_server: StartServer) -> Server:
    """A server of this test's own with the demo case."""
    return daphne_server(demo=True)


def _memory(server: Server) -> int:
    """Return the most memory (KiB) that the server ever held."""
    process = server.processes[0]
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def _connect(server: Server, *headers: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", server.ports[0]), timeout=30)
    person = server.people.one("administrator")
    head = [
        f"POST {LIST} HTTP/1.1",
        f"Host: 127.0.0.1:{server.ports[0]}",
        f"Cookie: sessionid={person.sessionid}",
        "Content-Type: multipart/form-data; boundary=x",
        "Accept: application/json",
        *headers,
    ]
    line.sendall("\r\n".join([*head, "", ""]).encode())
    return line


def _answer(line: socket.socket) -> tuple[int, dict]:
    data = b""
    while piece := line.recv(65536):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_a_huge_body_is_refused_before_it_is_sent(server: Server) -> None:
    with closing(_connect(server, f"Content-Length: {HUGE}")) as line, line.makefile("rb") as told:
        assert told.readline().startswith(b"HTTP/1.1 413 ")
        # The connection stays open for the body: the answer says itself where it ends.
        head = [one.strip().lower() for one in iter(told.readline, b"\r\n")]
        (size,) = (int(one.split()[1]) for one in head if one.startswith(b"content-length:"))
        assert "过大" in told.read(size).decode()


@pytest.mark.parametrize("announced", [True, False])
def test_a_huge_body_that_is_sent_all_the_same_costs_no_memory(
    server: Server, announced: bool
) -> None:
    httpx.get(f"{server.url}/healthz")
    before = _memory(server)
    waiting = _incoming(server)
    how = f"Content-Length: {HUGE}" if announced else "Transfer-Encoding: chunked"
    with closing(_connect(server, how)) as line:
        for piece in _pieces(announced):
            line.sendall(piece)
        status, told = _answer(line)
    assert status == 413
    assert "MB" in told["error"]["message"]
    assert _memory(server) - before < 40 * 1024
    assert _incoming(server) <= waiting
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def _incoming(server: Server) -> set[Path]:
    return set(server.installation.data_dir.glob("media/incoming/*"))


def _pieces(announced: bool) -> Iterator[bytes]:
    size = 1024 * 1024
    piece = bytes(size)
    for _ in range(HUGE // size):
        yield piece if announced else b"%x\r\n%s\r\n" % (size, piece)
    if not announced:
        yield b"0\r\n\r\n"


def test_a_file_as_large_as_allowed_is_taken(server: Server) -> None:
    # A PDF may be followed by a remark of any length before its last line.
    body = papers.blank_pdf()
    filler = b"\n%" + b"x" * (49 * 1024 * 1024)
    data = body.replace(b"\nstartxref", filler + b"\nstartxref")
    person = server.people.one("administrator")
    with httpx.Client(base_url=server.url, cookies=person.cookies, timeout=120) as client:
        client.get(LIST)
        answer = client.post(
            LIST,
            files={"files": ("大.pdf", data, "application/pdf")},
            headers={"Accept": "application/json", "X-CSRFToken": client.cookies["csrftoken"]},
        )
    assert answer.status_code == 201, answer.text
    assert answer.json()["stored"][0]["size"] == len(data)
