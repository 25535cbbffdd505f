"""Waits for orders to draw and read, with the libraries loaded; each is done by a child of its own.

Loading PDFium and Pillow takes longer than drawing a page. This process loads them and never
opens a file: it forks, the child opens one, answers and is gone. So each file still meets a
process with little memory, little time and nothing to lose, only it need not wait for it.

Runs as a script; orders come as lines of JSON `{"arguments": [verb, ...], "calm": false}`, what
`pages_process` answers goes back as one line each. Ends with its standard input.
"""

import ctypes
import importlib.util
import json
import os
import select
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
NICER = 10
OVERTIME = 2  # seconds of the clock beyond those of the processor


def _load_process() -> Any:
    # Isolated from every path: the neighbour is found by its place alone.
    place = Path(__file__).with_name("pages_process.py")
    found = importlib.util.spec_from_file_location("pages_process", place)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _load_libraries() -> None:
    import pypdfium2  # noqa: F401
    from PIL import Image, ImageOps, JpegImagePlugin, WebPImagePlugin  # noqa: F401

    Image.preinit()


def main() -> None:
    """Serve orders until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    process = _load_process()
    _load_libraries()
    libc = ctypes.CDLL(None, use_errno=True)
    for line in sys.stdin.buffer:
        order = json.loads(line)
        answer = _by_child(process, libc, order["arguments"], bool(order.get("calm")))
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def _by_child(process: Any, libc: Any, arguments: list[str], calm: bool) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _as_child(process, libc, arguments, calm, writing)
    os.close(writing)
    try:
        return _heard(reading, child, process.SECONDS + OVERTIME)
    finally:
        os.close(reading)


def _as_child(process: Any, libc: Any, arguments: list[str], calm: bool, writing: int) -> NoReturn:
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        if calm:
            os.nice(NICER)
        process.limit()
        answer = json.dumps(process.answer(arguments)).encode()
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        # Neither the parent's buffers nor its handlers are the child's.
        os._exit(0)


def _heard(reading: int, child: int, seconds: float) -> bytes:
    until = time.monotonic() + seconds
    pieces = []
    while True:
        ready, _w, _x = select.select([reading], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return b'{"error": "too_heavy"}'
        piece = os.read(reading, 1 << 16)
        if not piece:
            break
        pieces.append(piece)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        slow = os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)
        return b'{"error": "too_heavy"}' if slow else b'{"error": "damaged"}'
    return b"".join(pieces) or b'{"error": "damaged"}'


if __name__ == "__main__":
    main()
