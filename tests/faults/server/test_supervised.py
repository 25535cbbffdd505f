"""What works in the background breaks, in ways nobody thought of: it begins anew by itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from creditor_meetings.cases import clock
from tests.faults.server.forked import ForkedServer
from tests.faults.server.hall import assemble
from tests.support.databases import wait_until
from tests.support.servers import MakeInstallation

ONE = {"DJANGO_SETTINGS_MODULE": "tests.faults.server.sabotaged"}


@pytest.fixture
def sabotage(tmp_path: Path) -> Path:
    """Where files break things."""
    made = tmp_path / "sabotage"
    made.mkdir()
    return made


async def test_ballot_box_hub_and_watch_begin_anew(
    installation: MakeInstallation, sabotage: Path, tmp_path: Path
) -> None:
    made = installation(env={**ONE, "SABOTAGE": str(sabotage)})
    with ForkedServer(made) as server:
        hall = assemble(made, [server], voters=6)
        async with asyncio.timeout(600), hall.entered():
            for broken in ("ballot_box", "hub", "ballot_box"):
                (sabotage / broken).touch()
                await hall.vote(2)
                await asyncio.to_thread(
                    wait_until, lambda b=broken: not (sabotage / b).exists(), what=f"{broken} broke"
                )
            # A poll closes at its time although what looks for it broke just before.
            (sabotage / "due").touch()
            closes_at = clock.rfc3339(datetime.now(UTC) + timedelta(seconds=6))
            extend = {"resolution": hall.poll, "closes_at": closes_at, "reasons": "测试"}
            await hall.judge.command("extend_poll", **extend)
            await hall.all_see_the_outcome()
            await asyncio.to_thread(
                wait_until, lambda: not (sabotage / "due").exists(), seconds=60, what="it broke"
            )
            await hall.pages_are_right()
            hall.nothing_is_lost()
        assert "begins anew" in server.log()
        # Senders in the batch that broke were told at once, not left to wait.
        assert any(voter.person.put_off for voter in hall.voters)
    hall.evidence_holds(tmp_path)
