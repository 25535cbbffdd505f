"""What sends without letting go of the interpreter sends as a socket does."""

import socket
from collections.abc import Iterator

import pytest

from creditor_meetings.realtime.sending import sender

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a line that do not block."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    yield ends
    for end in ends:
        end.close()


def test_bytes_arrive_whatever_they_are(pair: Pair) -> None:
    here, there = pair
    data = bytes(range(256)) * 3
    assert sender(here)(data) == len(data)
    assert there.recv(10_000) == data


def test_a_full_line_says_so(pair: Pair) -> None:
    here, _there = pair
    taken: list[int] = []

    def fill() -> None:
        while True:
            taken.append(sender(here)(b"x" * 100_000))

    with pytest.raises(BlockingIOError):
        fill()
    assert sum(taken) > 0


def test_a_line_whose_other_end_is_gone_says_so(pair: Pair) -> None:
    here, there = pair
    there.close()
    with pytest.raises(BrokenPipeError):
        sender(here)(b"x")


def test_a_closed_socket_sends_to_nobody_though_its_number_is_taken_again(pair: Pair) -> None:
    here, _there = pair
    send, number = sender(here), here.fileno()
    here.close()
    one, other = socket.socketpair()
    with one, other:
        assert number in (one.fileno(), other.fileno())
        with pytest.raises(OSError, match="Bad file descriptor"):
            send(b"for somebody else")
