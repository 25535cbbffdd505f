"""A process that is asked to end does, whatever its threads are at."""

import signal
import subprocess
import sys

from tests.support.databases import end
from tests.support.servers import ASGI, ROOT, MakeInstallation, Server

STUCK = """
import sys, threading
threading.Thread(target=threading.Event().wait, name="stuck").start()
from daphne.cli import CommandLineInterface
CommandLineInterface().run(sys.argv[1:])
"""


def test_a_thread_that_waits_for_ever_holds_nobody_up(installation: MakeInstallation) -> None:
    server = Server(installation())
    arguments = ["-b", "127.0.0.1", "-p", str(server.ports[0]), ASGI]
    with server.log_path().open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", STUCK, *arguments],
            cwd=ROOT, env=server.installation.environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    server.processes[0] = process
    server.wait_ready()
    assert end(process, signal.SIGTERM) == 0
    (said,) = [line for line in server.log().splitlines() if "threads that do not end" in line]
    assert "stuck at" in said, said
