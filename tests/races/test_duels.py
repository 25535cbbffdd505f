"""Close races votes, an extension races the close, voiding races all: on both databases."""

import json
from typing import Any

from tests.support.servers import Installation, MakeInstallation

DUELS = "import django; django.setup(); from tests.races import duels; duels.main()"


def holds(made: Installation) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(made.python("-c", DUELS, timeout=1800).stdout)
    print(json.dumps(report, ensure_ascii=False, indent=1))
    assert report["wrong"] == []
    assert report["complaints"] == []
    assert report["ledger"] == []
    assert report["deadlocks"] == 0
    assert len(report["ends"]) >= 8
    return report


def test_duels_on_sqlite(installation: MakeInstallation) -> None:
    assert holds(installation())["database"] == "sqlite"


def test_duels_on_postgresql(installation: MakeInstallation, postgres_url: str) -> None:
    assert holds(installation(database_url=postgres_url))["database"] == "postgresql"
