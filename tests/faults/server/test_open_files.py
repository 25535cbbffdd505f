"""A process has no files left to open: the room goes on, newcomers are turned away for a while."""

import asyncio
import os
import resource
from pathlib import Path

import httpx

from tests.faults.server.forked import ForkedServer
from tests.faults.server.hall import assemble
from tests.support.servers import MakeInstallation

TICKS = os.sysconf("SC_CLK_TCK")


def _spent(pid: int) -> float:
    """Seconds of CPU that a process has spent."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def _comes_to_rest(pid: int) -> None:
    """Wait until a process spends little of its time; one that spins never does."""
    loop = asyncio.get_running_loop()
    over, share = loop.time() + 60, 1.0
    while share >= 0.5:
        assert loop.time() < over, f"it spins: {share:.0%}"
        before, began = _spent(pid), loop.time()
        await asyncio.sleep(2)  # what it spends while nothing happens is measured
        share = (_spent(pid) - before) / (loop.time() - began)


Connected = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _come(port: int, number: int) -> list[Connected]:
    return [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]


async def _asked(url: str) -> httpx.Response | None:
    """Ask whether the process lives, on a connection of one's own; None where it is cut."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        try:
            return await client.get(url + "/healthz")
        except httpx.TransportError:
            return None


async def test_newcomers_wait_and_the_room_goes_on(
    installation: MakeInstallation, tmp_path: Path
) -> None:
    made = installation()
    with ForkedServer(made) as server:
        hall = assemble(made, [server], voters=8)
        late = hall.voters.pop()
        async with asyncio.timeout(600), hall.entered():
            await hall.vote(1)
            pid = server.pid()
            limit = len(list(Path(f"/proc/{pid}/fd").iterdir())) + 90
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
            crowd: list[Connected] = []
            try:
                # Those who come in before there is no room left stay, and say nothing.
                while (turned := await _asked(server.url)) is not None and turned.is_success:
                    crowd += await _come(server.ports[0], 10)
                assert turned is not None
                assert turned.status_code == 503
                assert turned.headers["Retry-After"]
                # What closes from now on, such as who only asked, makes room for nobody.
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit - 20, limit - 20))
                # More than can even be told so: they are let go at once.
                crowd += await _come(server.ports[0], 100)
                async with late.person:
                    # In the room nobody notices anything.
                    await hall.vote(3)
                    assert not any(one.put_off for one in hall.everybody)
                    assert all(one.connections == 1 for one in hall.everybody)
                    assert late.person.connections == 0
                    await _comes_to_rest(pid)
                    for _reader, writer in crowd:
                        writer.transport.abort()
                    # The latecomer gets in without doing anything, and votes.
                    await late.person.until(lambda p: p.live and p.room, what="an open room")
                    hall.voters.append(late)
                    await hall.vote(1)
                    await hall.close()
                    await hall.pages_are_right()
                    hall.nothing_is_lost()
            finally:
                for _reader, writer in crowd:
                    writer.transport.abort()
        assert "newcomers are turned away" in server.log()
    hall.evidence_holds(tmp_path)
