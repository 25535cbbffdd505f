"""A copy made while people vote, brought back elsewhere: what was acknowledged before is there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import PrivatePostgres, wait_until
from tests.support.servers import ROOT, Installation, StartServer
from tests.voting.test_durability import SEATS, Voter

DJANGO = "import django; django.setup(); from tests.running import busy; busy."


def acknowledged(voters: list[Voter]) -> list[dict[str, Any]]:
    return [one for voter in voters for one in list(voter.acknowledged.values())]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_copy_made_while_people_vote_is_whole(
    daphne_server: StartServer, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cluster: PrivatePostgres | None = None
    if kind == "postgres":
        cluster = request.getfixturevalue("postgres")
    server = daphne_server(database_url=cluster.new_database() if cluster else "")
    made = server.installation
    hall = json.loads(made.python("-c", SEATS).stdout)
    stop, copies = tmp_path / "stop", tmp_path / "copies"
    bringing = subprocess.Popen(
        [sys.executable, "-c", f"{DJANGO}papers({str(stop)!r})"],
        cwd=ROOT, env=made.environment, stdout=subprocess.PIPE,
    )  # fmt: skip
    voters = [Voter(server, hall, seat) for seat in hall["voters"]]
    try:
        for voter in voters[:6]:
            voter.start()
        wait_until(lambda: len(acknowledged(voters)) >= 30, seconds=120, what="thirty ballots")
        made.manage("backup", copies)
        for voter in voters[6:]:
            voter.start()
        wait_until(lambda: len(acknowledged(voters)) >= 80, seconds=120, what="eighty ballots")
        before = acknowledged(voters)
        said = made.manage("backup", copies, "--keep", "1").stdout
        after = len(acknowledged(voters))
    finally:
        stop.touch()
        bringing.communicate(timeout=60)
    server.kill()
    assert bringing.returncode == 0
    assert "taken away" in said
    (copy,) = [one for one in copies.iterdir() if one.is_dir()]

    elsewhere = Installation(
        tmp_path / "elsewhere" / "data",
        {"DATABASE_URL": cluster.new_database()} if cluster else {},
    )
    elsewhere.data_dir.mkdir(parents=True)
    told = elsewhere.manage("restore", copy).stdout
    assert "the record holds" in told
    held = json.loads(elsewhere.python("-c", f"{DJANGO}holds()", stdin=json.dumps(before)).stdout)
    assert held["lost"] == []
    assert held["bad_receipts"] == []
    assert held["without_file"] == []
    assert held["papers"] > 0
    assert len(before) <= held["ballots"]
    assert after >= len(before)
    assert held["running"]
    assert held["ledger"] == []
    assert held["copies"] == 1  # the first: the second could not yet know of itself
    for key in ("ledger_key", "secret_key"):
        kept = elsewhere.data_dir / key
        assert kept.read_bytes() == (made.data_dir / key).read_bytes()
        assert kept.stat().st_mode & 0o077 == 0

    if cluster is None:
        bundle = tmp_path / "bundle.zip"
        elsewhere.manage("evidence", held["slug"], "--output", bundle)
        checked = elsewhere.python(
            "verify_evidence.py", bundle, "--lang", "en", "--key", held["key"]
        )
        assert checked.returncode == 0
        return
    # A database that lives is not overwritten, though the directory is empty.
    beside = Installation(
        tmp_path / "beside", {"DATABASE_URL": elsewhere.environment["DATABASE_URL"]}
    )
    beside.data_dir.mkdir()
    refused = beside.manage("restore", copy, check=False)
    assert "the database of DATABASE_URL is not empty" in refused.stderr
    assert not (beside.data_dir / "ledger_key").exists()
