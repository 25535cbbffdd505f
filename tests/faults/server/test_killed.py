"""Daphne is killed in the middle of a vote, again and again; people vote on as if nothing was.

`FAULT_ROUNDS=N` multiplies how often each is killed: make a long run of it before a release.
"""

import asyncio
import os
import random
from pathlib import Path

from tests.faults.server.forked import ForkedServer
from tests.faults.server.hall import assemble
from tests.support.servers import MakeInstallation

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))


async def test_killed_twenty_times_in_a_burst_of_ballots(
    installation: MakeInstallation, tmp_path: Path
) -> None:
    """The moments are spread over a burst by a fixed chance."""
    chance = random.Random(20)
    made = installation()
    with ForkedServer(made) as server:
        hall = assemble(made, [server], voters=12)
        async with asyncio.timeout(900), hall.entered():
            enough = asyncio.Event()
            voting = asyncio.create_task(hall.vote_until(enough, between=0.05))
            for _ in range(20 * ROUNDS):
                await hall.until_acknowledged(chance.randrange(1, 40))
                await asyncio.sleep(chance.random() * 0.05)
                server.kill()
                server.start()
            enough.set()
            await voting
            await hall.close()
            await hall.pages_are_right()
            hall.nothing_is_lost()
    hall.evidence_holds(tmp_path)
