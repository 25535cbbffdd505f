"""The disk takes nothing more: everybody is told so, nothing is half written, all goes on later.

The limit of file sizes (RLIMIT_FSIZE) stands for a full disk, where the tests may not make one of
their own; root does, on a small file system in memory.
"""

import asyncio
import base64
import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from creditor_meetings.video import recordings
from tests.claims.papers import SAMPLE
from tests.documents import papers
from tests.faults.server.forked import ForkedServer
from tests.faults.server.hall import NEXT_NUMBERS, Hall, assemble
from tests.support.servers import Installation, MakeInstallation

FULL = "暂时无法保存"
_ADMINISTRATOR = f"""
{NEXT_NUMBERS}
import json, sys
from creditor_meetings.meetings.models import Meeting
from tests.voting.seats import session_of
meeting = Meeting.objects.get(slug=sys.argv[1])
person = world.make_person(meeting.case, "administrator")
other = world.make_case()
world.give_role(person, other, "administrator")
print(json.dumps(dict(session=session_of(person), case=other.pk)))
"""
_CLAIMS = """
import django; django.setup()
import sys
from creditor_meetings.claims.models import Claim, ClaimsTable
print(Claim.objects.filter(case=sys.argv[1]).count(), ClaimsTable.objects.count())
"""
FillDisk = Callable[[ForkedServer], AbstractContextManager[None]]


@contextmanager
def limited(server: ForkedServer) -> Iterator[None]:
    """Let no file of the server grow beyond a page of the disk."""
    before = resource.prlimit(server.pid(), resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid(), resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid(), resource.RLIMIT_FSIZE, before)


@contextmanager
def filled(server: ForkedServer) -> Iterator[None]:
    """Fill the file system that holds the server's data."""
    ballast = server.installation.data_dir / "ballast"
    with ballast.open("wb") as file:
        size = 1 << 20
        while size >= 512:
            try:
                os.write(file.fileno(), bytes(size))
            except OSError:
                size //= 2
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def small_disk(installation: MakeInstallation, tmp_path: Path) -> Iterator[Installation]:
    """An installation on a disk of its own, of 64 MB."""
    made = installation()
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=True)
    try:
        shutil.copytree(made.data_dir, disk / "data")
        yield Installation(disk / "data", made.env)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


class Office:
    """The administrator at its desk, over HTTP."""

    def __init__(self, hall: Hall, url: str) -> None:
        done = hall.installation.python("-c", _ADMINISTRATOR, hall.slug)
        facts = json.loads(done.stdout.strip().splitlines()[-1])
        token = "f" * 32
        self.slug, self.case = hall.slug, facts["case"]
        self.installation = hall.installation
        self.client = httpx.AsyncClient(
            base_url=url,
            cookies={"sessionid": facts["session"], "csrftoken": token},
            headers={"X-CSRFToken": token},
            timeout=60,
            trust_env=False,
        )

    async def begin_upload(self, data: bytes) -> httpx.Response:
        """Begin to upload a report."""
        name = base64.b64encode("工作报告.pdf".encode()).decode()
        return await self.client.post(
            f"/meetings/{self.slug}/documents/uploads/",
            headers={
                "Tus-Resumable": "1.0.0",
                "Accept": "application/json",
                "Upload-Length": str(len(data)),
                "Upload-Metadata": f"filename {name}",
            },
        )

    async def add(self, address: str, start: int, data: bytes) -> httpx.Response:
        """Send what follows byte `start`."""
        return await self.client.patch(
            address,
            content=data[start:],
            headers={
                "Tus-Resumable": "1.0.0",
                "Accept": "application/json",
                "Upload-Offset": str(start),
                "Content-Type": "application/offset+octet-stream",
            },
        )

    async def offset(self, address: str) -> int:
        """Ask how far an upload is."""
        answer = await self.client.head(address, headers={"Tus-Resumable": "1.0.0"})
        return int(answer.headers["Upload-Offset"])

    async def until_document(self, address: str) -> None:
        """Wait until an upload became a document."""
        async with asyncio.timeout(180):
            while (  # noqa: ASYNC110 - it is another process that checks
                told := (await self.client.get(address)).json()
            )["state"] == "checking":
                await asyncio.sleep(0.1)
        assert told["state"] == "done", told

    async def import_table(self) -> httpx.Response:
        """Upload the sample claims table for the other case."""
        files = {"file": ("债权表.xlsx", SAMPLE.read_bytes())}
        return await self.client.post(
            f"/cases/{self.case}/claims/import/", files=files, headers={"Accept": "text/html"}
        )

    def claims(self) -> tuple[int, int]:
        """Count the other case's claims, and tables."""
        done = self.installation.python("-c", _CLAIMS, str(self.case))
        claims, tables = done.stdout.split()
        return int(claims), int(tables)


def _said(answer: httpx.Response) -> str:
    if answer.headers["Content-Type"] == "application/json":
        return str(answer.json()["error"]["message"])
    return answer.text


async def _goes_through(made: Installation, full: FillDisk, directory: Path) -> None:
    report = papers.report()
    with ForkedServer(made) as server:
        hall = assemble(made, [server], voters=6)
        office = Office(hall, server.url)
        async with asyncio.timeout(600), office.client, hall.entered():
            await hall.vote(2)
            begun = await office.begin_upload(report)
            assert begun.status_code == 201, begun.text
            address = begun.headers["Location"]
            preview = (await office.import_table()).headers["Location"]
            with full(server):
                enough = asyncio.Event()
                voting = asyncio.create_task(hall.vote_until(enough, between=0.02))
                judge = asyncio.create_task(hall.judge.command("ask_question", text="还能提问吗？"))
                for one in [*(voter.person for voter in hall.voters), hall.judge]:
                    await one.until(lambda p: p.put_off, what="the word that it cannot be saved")
                # What is read is there; what is sent is refused with a word, in every form.
                assert (await office.client.get("/healthz")).status_code == 200
                page = await office.client.get(f"/meetings/{hall.slug}/")
                assert page.status_code == 200
                refused = [
                    await office.add(address, 0, report),
                    await office.begin_upload(report),
                    await office.import_table(),
                    await office.client.post(preview, headers={"Accept": "text/html"}),
                ]
                assert [one.status_code for one in refused] == [503] * 4, refused
                assert all(FULL in _said(one) for one in refused)
                before = hall.acknowledged
                recorded = hall.record()
                assert len(recorded["ballots"]) == before
            # Space again: everything goes on by itself, from where it stood.
            enough.set()
            await voting
            assert "question" in await judge
            assert any(FULL in said for said in hall.voters[0].person.put_off)
            answer = await office.add(address, await office.offset(address), report)
            assert answer.status_code == 204, answer.text
            await office.until_document(address)
            assert office.claims() == (0, 1)  # the table that was looked through, and no claim
            done = await office.client.post(preview, headers={"Accept": "text/html"})
            assert done.status_code == 302, done.text
            assert office.claims() == (333, 1)
            await hall.close()
            await hall.pages_are_right()
            hall.nothing_is_lost()
    hall.evidence_holds(directory)


async def test_no_file_may_grow(installation: MakeInstallation, tmp_path: Path) -> None:
    await _goes_through(installation(), limited, tmp_path)


if os.geteuid() == 0:

    async def test_no_space_is_left(small_disk: Installation, tmp_path: Path) -> None:
        await _goes_through(small_disk, filled, tmp_path)


def _append_on(writer: recordings.Writer, chunk: bytes) -> None:
    for _ in range(1000):
        writer.append(chunk)


def test_a_recording_ends_with_a_whole_chunk(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    writer = recordings.Writer("one.webm")
    for _ in range(3):
        writer.append(b"x" * 1000)
    lines = (tmp_path / "recordings" / "one.webm.chunks").stat().st_size
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The disk ends within the chunk; or there is room for a small one, and half of its line.
    for largest, chunk in ((3500, b"y" * 1000), (max(lines, 3010) + 20, b"y" * 5)):
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, limit[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                _append_on(writer, chunk)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert recordings.measure("one.webm") == writer.measure
        assert writer.measure.bytes <= largest
    writer.append(b"z" * 10)
    assert recordings.measure("one.webm") == writer.close()
