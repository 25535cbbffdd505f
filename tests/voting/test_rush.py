"""Many ballots at once from several writers, a close among them: nothing lost, nothing late."""

import json
from typing import Any

from tests.support.servers import Installation, MakeInstallation

RUSH = "import django; django.setup(); from tests.voting import rush; rush.main()"


def holds(made: Installation) -> dict[str, Any]:
    done = made.python("-c", RUSH, timeout=1500)
    report: dict[str, Any] = json.loads(done.stdout)
    print(report, done.stderr[-4000:])
    assert report["broken"] == []
    assert report["receipts"] > 0
    assert set(report["refusals"]) <= {"poll_not_open"}
    assert report["receipts_stored"], "an acknowledged ballot is missing, or one more is there"
    assert report["last_receipts_effective"], (
        "the last acknowledged ballot is not the one that counts"
    )
    assert report["recount"]
    assert report["other_recount"]
    assert report["ledger"] == []
    assert report["states"] == [True, True, True], "stale state + events is not fresh state"
    assert "Traceback" not in done.stderr, done.stderr[-4000:]
    return report


def test_rush_on_sqlite(installation: MakeInstallation) -> None:
    assert holds(installation())["database"] == "sqlite"


def test_rush_on_postgresql(installation: MakeInstallation, postgres_url: str) -> None:
    assert holds(installation(database_url=postgres_url))["database"] == "postgresql"
