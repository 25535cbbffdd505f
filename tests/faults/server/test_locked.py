"""Others hold the database (SQLite): a long reader, a writer that keeps its lock.

`FAULT_LOCK_SECONDS=20` lets the writer keep it so long (a few seconds otherwise).
"""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.faults.server.forked import ForkedServer
from tests.faults.server.hall import assemble
from tests.faults.server.test_supervised import ONE
from tests.support.servers import MakeInstallation

HELD = float(os.environ.get("FAULT_LOCK_SECONDS", "3"))


async def test_a_long_reader_and_a_writer_that_keeps_its_lock(
    installation: MakeInstallation, tmp_path: Path
) -> None:
    # The server waits for one second, in place of thirty, before it says that it must wait.
    made = installation(env={**ONE, "SABOTAGE": str(tmp_path), "LOCK_SECONDS": "1"})
    with ForkedServer(made) as server:
        hall = assemble(made, [server], voters=8)
        path = made.data_dir / "db.sqlite3"
        async with asyncio.timeout(600 + HELD), hall.entered():
            with closing(sqlite3.connect(path, isolation_level=None)) as reading:
                reading.execute("BEGIN")
                reading.execute("SELECT count(*) FROM voting_ballot").fetchone()
                await hall.vote(3)
                seen = reading.execute("SELECT count(*) FROM voting_ballot").fetchone()
                assert seen == (0,)
            with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as writing:
                writing.execute("BEGIN IMMEDIATE")
                before = hall.acknowledged
                voting = asyncio.create_task(hall.vote(2))
                over = asyncio.get_running_loop().time() + HELD
                while asyncio.get_running_loop().time() < over:
                    for voter in hall.voters:
                        told = len(voter.person.put_off)
                        await voter.person.until(
                            lambda p, told=told: len(p.put_off) > told, what="a word to wait"
                        )
                assert hall.acknowledged == before
                # Who only looks is not held up.
                await hall.judge.until(lambda p: p.live)
                writing.execute("ROLLBACK")
            await voting
            assert hall.acknowledged == before + 2 * len(hall.voters)
            await hall.close()
            await hall.pages_are_right()
            hall.nothing_is_lost()
    hall.evidence_holds(tmp_path)
