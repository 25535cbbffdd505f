"""Sending to a socket without letting go of the interpreter.

`socket.send` gives way to other threads at every call, and gets its turn back after up to the
interpreter's switch interval. While ballots are written by a thread of their own, a word to ten
thousand sockets would so wait ten thousand times. What never blocks needs to give way to nobody.
"""

import ctypes
import os
import socket
from collections.abc import Callable

_FLAGS = socket.MSG_DONTWAIT | getattr(socket, "MSG_NOSIGNAL", 0)


def _found() -> Callable[[int, bytes, int, int], int] | None:
    try:
        send = ctypes.PyDLL(None, use_errno=True).send
    except (OSError, AttributeError):
        return None
    send.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int)
    send.restype = ctypes.c_ssize_t
    return send


_send = _found()


def sender(to: socket.socket) -> Callable[[bytes], int]:
    """Return what sends bytes to a socket that does not block, as its own `send` does.

    It returns how many bytes were taken; raises BlockingIOError or another OSError.
    """
    send = _send
    if send is None:
        return to.send
    number_of = to.fileno

    def send_now(data: bytes) -> int:
        # Asked for each time: of a closed socket it is -1, never the number of another's.
        sent = send(number_of(), data, len(data), _FLAGS)
        if sent < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return sent

    return send_now
