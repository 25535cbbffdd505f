"""Closing and counting a poll of 50,000 ballots, and the checking of its bundle by a stranger."""

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.hall import Hall, make, sized
from bench.report import Measure
from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting import ballot_box, book
from voting.evidence import bundle
from voting.ledger import chain, signing
from voting.models import Ballot, Resolution

VOTERS = sized(50_000)
BATCH = 200
ROOT = Path(__file__).resolve().parents[1]


def measure() -> list[Measure]:
    """Let everybody vote, close, make the bundle, have it checked."""
    hall = make(VOTERS)
    resolution = hall.open_poll()
    _vote(hall, resolution)
    # What a count that knows nothing beforehand reads at least: each ballot with its creditor.
    reading = _seconds(lambda: list(Ballot.objects.filter(resolution=resolution)))
    closing = _seconds(lambda: world.close_poll(resolution, hall.judge))
    with tempfile.TemporaryDirectory(prefix="bench-evidence-") as directory:
        path = Path(directory) / "evidence.zip"
        meeting = Meeting.objects.select_related("case").get(pk=hall.meeting.pk)
        with path.open("wb") as file:
            bundle.write(meeting, file)
        checking = _seconds(lambda: _check(path))
    note = f"{VOTERS} ballots"
    return [
        Measure("closing and counting a poll", "s", closing, reading,
                "reading the ballots as objects", False, note),
        Measure("verification of the bundle", "s", checking, _signature_each(meeting),
                "hash chain and a signature a ballot in C", False, note),
    ]  # fmt: skip


def _vote(hall: Hall, resolution: Resolution) -> None:
    for start in range(0, VOTERS, BATCH):
        casts = [
            ballot_box.read(
                hall.context(number, f"evidence-{number}"),
                {"resolution": resolution.pk, "choice": ("for", "against", "abstain")[number % 3]},
            )
            for number in range(start, min(start + BATCH, VOTERS))
        ]
        ballot_box.write(casts)
        for one in casts:
            one.answer.result(timeout=0)


def _check(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", ROOT / bundle.VERIFIER, path, "--lang", "en"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise AssertionError(f"the bundle does not hold:\n{done.stdout[-2000:]}{done.stderr}")


def _signature_each(meeting: Meeting) -> float:
    """Check chain and, as other systems have it, one signature a ballot, all in C."""
    entries = list(book.entries_of(meeting))
    private = signing.new_key()
    statement = {"hash": hashlib.sha256(b"a ballot").hexdigest()}
    signature, public = signing.sign(private, statement), signing.public_key(private)

    def work() -> None:
        if chain.problems(entries):
            raise AssertionError("the chain does not hold")
        for _ in range(VOTERS):
            if not signing.holds(public, statement, signature):
                raise AssertionError("the signature does not hold")

    return _seconds(work)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
