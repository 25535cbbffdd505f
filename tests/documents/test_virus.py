"""ClamAV: a real clamd with one signature of its own, and what happens when it is not there."""

import os
import pwd
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from creditor_meetings.cases.files.content import BadFile
from documents.models import Document
from tests.documents import papers
from tests.documents.conftest import House
from tests.support.databases import end, wait_until
from voting.models import LedgerEntry

Stored = Callable[[], list[Path]]

# In two halves, so that no scanner takes this file for what it only speaks of.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

CONFIGURATION = """
LocalSocket {place}/clamd.ctl
DatabaseDirectory {place}/signatures
TemporaryDirectory {place}
Foreground yes
LogFile {place}/clamd.log
StreamMaxLength 1M
DisableCache yes
Debug no
{user}
"""


@pytest.fixture(scope="module")
def clamd() -> Iterator[str]:
    """The address of a clamd that knows one virus."""
    program = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.fail("clamd is missing: apt-get install clamav-daemon")
    # A socket's path may be no longer than a hundred letters.
    with tempfile.TemporaryDirectory(prefix="clamd-") as name:
        place = Path(name)
        (place / "signatures").mkdir()
        (place / "signatures" / "own.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
        user = f"User {pwd.getpwuid(os.geteuid()).pw_name}"
        configuration = place / "clamd.conf"
        configuration.write_text(CONFIGURATION.format(place=place, user=user))
        process = subprocess.Popen(
            [program, "--config-file", str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(lambda: _answers(place / "clamd.ctl"), seconds=60)
            yield f"unix:{place}/clamd.ctl"
        finally:
            end(process, signal.SIGTERM)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(path))
            line.sendall(b"zPING\0")
            return line.recv(10) == b"PONG\0"
        except OSError:
            return False


def _infected() -> bytes:
    body = papers.blank_pdf()
    return body.replace(b"\nstartxref", b"\n%" + EICAR + b"\nstartxref")


def test_what_is_infected_is_refused_and_on_record(
    clamd: str, house: House, settings, stored: Stored
) -> None:
    settings.CLAMD_ADDRESS = clamd
    with pytest.raises(BadFile, match=r"发现病毒“Test\.Eicar(\.UNOFFICIAL)?”"):
        house.upload(_infected(), name="报告.pdf", address="192.0.2.3")
    assert stored() == []
    assert not Document.objects.exists()
    body = LedgerEntry.objects.get(kind="infected_file_refused").body
    assert body["file_name"] == "报告.pdf"
    assert body["found"].startswith("Test.Eicar")
    assert (body["by_name"], body["address"]) == ("administrator", "192.0.2.3")
    assert len(body["sha256"]) == 64


def test_what_is_clean_is_taken(clamd: str, house: House, settings) -> None:
    settings.CLAMD_ADDRESS = clamd
    assert house.upload().pages == 3
    assert house.upload(papers.picture(), name="a.png").pages == 1


def test_what_is_too_large_for_it_is_refused(
    clamd: str, house: House, settings, stored: Stored
) -> None:
    settings.CLAMD_ADDRESS = clamd
    filler = b"\n%" + b"x" * (3 * 1024 * 1024)
    large = papers.blank_pdf().replace(b"\nstartxref", filler + b"\nstartxref")
    with pytest.raises(BadFile, match="病毒扫描的上限"):
        house.upload(large, name="大.pdf")
    assert stored() == []


@pytest.mark.parametrize(
    "address", ["unix:/no/such/socket", "127.0.0.1:1", "nonsense", "127.0.0.1:x"]
)
def test_where_it_does_not_answer_nothing_is_taken(
    address: str, house: House, settings, stored: Stored
) -> None:
    settings.CLAMD_ADDRESS = address
    with pytest.raises(BadFile, match="病毒扫描暂不可用"):
        house.upload()
    assert stored() == []


@pytest.mark.parametrize("answer", [b"", b"stream: what? ERROR\0", b"PONG\0", b"x" * 10_000])
def test_an_answer_of_another_kind_is_no_clean_bill(
    answer: bytes, house: House, settings, stored: Stored
) -> None:
    class Odd(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            left = self.request.recv(10)
            while not left.endswith(b"\0\0\0\0"):
                left = (left + self.request.recv(1024 * 1024))[-4:]
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
        with pytest.raises(BadFile, match="病毒扫描暂不可用"):
            house.upload()
        server.shutdown()
    assert stored() == []
