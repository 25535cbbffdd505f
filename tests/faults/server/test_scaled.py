"""Several processes on PostgreSQL and Redis, which are killed, fall silent or are held up.

`FAULT_ROUNDS=N` multiplies how often each is killed; `FAULT_REDIS_SECONDS=30` lets Redis be away
as long as a restart of its machine takes (a few seconds otherwise).
"""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import redis as redis_client

from tests.faults.server.forked import ForkedServer
from tests.faults.server.hall import Hall, assemble
from tests.faults.server.test_killed import ROUNDS
from tests.support.databases import PrivatePostgres, PrivateRedis, wait_until
from tests.support.servers import Installation, MakeInstallation

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

AWAY = float(os.environ.get("FAULT_REDIS_SECONDS", "4"))
PATIENCE = 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivatePostgres]:
    """A PostgreSQL that may be killed."""
    made = PrivatePostgres()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def memory() -> Iterator[PrivateRedis]:
    """A Redis that may be killed."""
    made = PrivateRedis()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def installed(
    installation: MakeInstallation, cluster: PrivatePostgres, memory: PrivateRedis
) -> Installation:
    """One installation for all that happens here; each test has a meeting of its own on it."""
    return installation(
        database_url=cluster.new_database(),
        redis_url=memory.new_database(),
        env={"DATABASE_PATIENCE": str(PATIENCE)},
    )


@pytest.fixture(scope="module")
def servers(installed: Installation) -> Iterator[ForkedServer]:
    """Two processes."""
    with ForkedServer(installed, processes=2) as made:
        yield made


@pytest.fixture
def hall(installed: Installation, servers: ForkedServer) -> Hall:
    """A meeting of its own, its people spread over both processes."""
    return assemble(installed, [servers], voters=12)


async def _ends_well(hall: Hall) -> None:
    await hall.close()
    await hall.pages_are_right()
    hall.nothing_is_lost()


async def test_one_of_two_processes_is_killed(
    hall: Hall, servers: ForkedServer, tmp_path: Path
) -> None:
    chance = random.Random(2)
    async with asyncio.timeout(900), hall.entered():
        enough = asyncio.Event()
        voting = asyncio.create_task(hall.vote_until(enough, between=0.05))
        for turn in range(6 * ROUNDS):
            await hall.until_acknowledged(chance.randrange(1, 40))
            servers.kill(turn % 2)
            servers.start(turn % 2)
        enough.set()
        await voting
        await _ends_well(hall)
    hall.evidence_holds(tmp_path)


async def _pages_say_so(hall: Hall, servers: ForkedServer) -> None:
    """Without a database a page, and a ballot sent by POST, get a word rather than an error."""
    session = {"Cookie": f"sessionid={hall.judge.session}", "Accept": "text/html"}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        page = await client.get(f"{servers.url}/meetings/{hall.slug}/", headers=session)
    assert page.status_code == 503, page.text
    assert "请稍后再试" in page.text
    posted = await _posted(hall, servers.url)
    assert posted.status_code == 503, posted.text
    assert posted.json()["error"]["code"] == "unavailable"


async def test_postgresql_is_killed(
    hall: Hall, servers: ForkedServer, cluster: PrivatePostgres, tmp_path: Path
) -> None:
    chance = random.Random(3)
    async with asyncio.timeout(900), hall.entered():
        enough = asyncio.Event()
        voting = asyncio.create_task(hall.vote_until(enough, between=0.05))
        for _ in range(3 * ROUNDS):
            await hall.until_acknowledged(chance.randrange(20, 60))
            await asyncio.to_thread(cluster.kill)
            await _pages_say_so(hall, servers)
            await asyncio.to_thread(cluster.start)
        enough.set()
        await voting
        await _ends_well(hall)
        # Nobody who was in the room had to come anew for it.
        assert all(one.snapshots <= 2 for one in hall.everybody)
    hall.evidence_holds(tmp_path)


async def test_a_process_that_hangs_holds_nobody_up(hall: Hall, servers: ForkedServer) -> None:
    """It may hang in the middle of a transaction, whose locks PostgreSQL then takes from it."""
    chance = random.Random(4)
    process = servers.processes[0]
    assert process is not None
    elsewhere = [one for one in hall.voters if one.person.at == 1]
    assert elsewhere
    async with asyncio.timeout(900), hall.entered():
        for _ in range(4 * ROUNDS):
            voting = asyncio.create_task(hall.vote(3, between=0.0))
            await hall.until_acknowledged(chance.randrange(1, 12))
            process.send_signal(signal.SIGSTOP)
            try:
                # Those at the other process go on; those at this one find out, and go there.
                before = hall.acknowledged
                await voting
                assert hall.acknowledged >= before
            finally:
                process.send_signal(signal.SIGCONT)
        await _ends_well(hall)


async def test_a_long_transaction_holds_the_poll(hall: Hall, installed: Installation) -> None:
    url = installed.environment["DATABASE_URL"]
    async with asyncio.timeout(600), hall.entered():
        await hall.vote(1)
        with psycopg.connect(url) as holding:
            holding.execute("SELECT 1 FROM voting_resolution WHERE id = %s FOR UPDATE", [hall.poll])
            before = hall.acknowledged
            voting = asyncio.create_task(hall.vote(1))
            # They wait, then are told that it has to wait, and send again by themselves.
            await asyncio.to_thread(
                wait_until,
                lambda: any(one.person.put_off for one in hall.voters),
                seconds=60,
                what="a word to wait",
            )
            assert hall.acknowledged == before
        await voting
        await _ends_well(hall)


@pytest.mark.parametrize("how", ["silent", "killed"])
async def test_redis_is_away(
    hall: Hall, memory: PrivateRedis, servers: ForkedServer, how: str
) -> None:
    async with asyncio.timeout(600 + AWAY), hall.entered():
        enough = asyncio.Event()
        voting = asyncio.create_task(hall.vote_until(enough, between=0.05))
        await hall.until_acknowledged(20)
        if how == "silent":
            with memory.silent():
                await _goes_on(hall, servers)
        else:
            memory.kill()
            await _goes_on(hall, servers)
            memory.start()
        await hall.until_acknowledged(20)
        enough.set()
        await voting
        await _ends_well(hall)


async def _goes_on(hall: Hall, servers: ForkedServer) -> None:
    """Voting goes on without Redis, by socket and by POST; rooms of both processes see it."""
    over = asyncio.get_running_loop().time() + AWAY
    while asyncio.get_running_loop().time() < over:
        await hall.until_acknowledged(12)
    for url in servers.urls:
        answer = await _posted(hall, url)
        assert answer.status_code == 200, answer.text
    # No bell rings, hence rooms look by themselves: all come as far as who is furthest now.
    furthest = max(one.seq or 0 for one in hall.everybody)
    for one in hall.everybody:
        await one.until(lambda p: (p.seq or 0) >= furthest, what="the newest events")


async def _posted(hall: Hall, url: str) -> httpx.Response:
    # Whoever was acknowledged something; that is not yet everybody.
    voter = next(one for one in hall.voters if one.person.answered)
    token = "f" * 32
    headers = {
        "Cookie": f"sessionid={voter.person.session}; csrftoken={token}",
        "X-CSRFToken": token,
        "Origin": url,
    }
    # The same command as the last acknowledged one: its answer is the same receipt.
    command, answers = list(voter.person.answered.items())[-1]
    data = {"resolution": hall.poll, "choice": answers[0]["choice"]}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        return await client.post(
            f"{url}/meetings/{hall.slug}/ballots/",
            json={"id": command, "type": "cast_ballot", "data": data},
            headers=headers,
        )


async def test_a_channel_layer_that_is_full(
    installation: MakeInstallation, installed: Installation, tmp_path: Path
) -> None:
    """Rings are lost between the processes; rooms catch up all the same."""
    scarce = Installation(
        installed.data_dir,
        {
            **installed.env,
            "DJANGO_SETTINGS_MODULE": "tests.faults.server.sabotaged",
            "SABOTAGE": str(tmp_path),
            "LAYER_CAPACITY": "1",
            "REDIS_PREFIX": "scarce",
        },
    )
    with ForkedServer(scarce, processes=2) as servers:
        hall = assemble(scarce, [servers], voters=8)
        async with asyncio.timeout(600), hall.entered():
            await hall.vote(5)
            await _ends_well(hall)


def test_nothing_waits_for_redis(installed: Installation, memory: PrivateRedis) -> None:
    """What only counts tries remembers by itself while Redis is silent."""
    script = (
        "import django; django.setup()\n"
        "from django.core.cache import cache\n"
        "print([cache.add('a', 0, 600), cache.incr('a', 2), cache.get('a'), cache.get('b', 7)])\n"
    )
    with memory.silent():
        said = installed.python("-c", script).stdout.strip().splitlines()[-1]
    assert said == "[True, 2, 2, 7]"
    with redis_client.Redis(port=memory.port) as client:
        assert client.ping()
