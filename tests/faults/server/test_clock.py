"""The server's clock is set back and forth in the middle of a vote."""

import asyncio
from pathlib import Path

from tests.faults.server.forked import ForkedServer
from tests.faults.server.hall import assemble
from tests.faults.server.test_supervised import ONE
from tests.support.servers import MakeInstallation

HOUR = 3600


async def test_a_clock_set_back_and_forth(installation: MakeInstallation, tmp_path: Path) -> None:
    wrong = tmp_path / "clock"
    made = installation(env={**ONE, "SABOTAGE": str(tmp_path)})
    with ForkedServer(made) as server:
        hall = assemble(made, [server], voters=6)
        async with asyncio.timeout(600), hall.entered():
            for seconds in (0, HOUR, -HOUR, 3 * HOUR, -30, 0):
                wrong.write_text(str(seconds))
                await hall.vote(2)
                # One goes and comes while the clock says something else: who is there is counted
                # all the same, and nobody left before coming.
                one = hall.voters[0].person
                one.cut()
                await one.until(lambda p: p.live, what="the room again")
                asked = await hall.judge.command("ask_question", text=f"现在几点？{seconds}")
                assert asked
            await hall.judge.until(
                lambda p: p.room["attendance"]["online"] == len(hall.everybody),
                what="everybody counted as there",
            )
            await hall.close()
            await hall.pages_are_right()
            record = hall.nothing_is_lost()
            # Times of the record never go back; what was an hour ahead stands still till then.
            assert len(set(record["times"])) > 3
        assert "presence was not written" not in server.log()
    hall.evidence_holds(tmp_path)
