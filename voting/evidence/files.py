"""The files that entries of a ledger name, and where each lies in the bundle."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from creditor_meetings.cases.files import scans
from creditor_meetings.meetings import exhibits, mandates
from voting import paper
from voting.ledger.chain import Entry
from voting.papers import store

# Which kinds of entry name a file: the folder, the body's id, the body's hash of the file.
NAMING: dict[str, tuple[str, str, str]] = {
    "document_handed_out": ("documents", "document", "sha256"),
    "recording": ("recordings", "recording", "sha256"),
    "paper_made": ("papers", "paper", "sha256"),
    "paper_signed": ("papers", "paper", "sha256"),
    "mandate_submitted": ("mandates", "mandate", "sha256"),
    "mandate_accepted": ("mandates", "mandate", "sha256"),
    "mandate_refused": ("mandates", "mandate", "sha256"),
    "mandate_revoked": ("mandates", "mandate", "sha256"),
    "paper_entered": ("ballots", "paper", "scan_sha256"),
}


def lend() -> None:
    """Lend what lies in rooms that know nothing of evidence: papers, and scans by their hash."""
    for kind in ("paper_made", "paper_signed"):
        exhibits.lend(kind, lambda body: store.path_of(body["sha256"]))
    for kind in ("submitted", "accepted", "refused", "revoked"):
        exhibits.lend(f"mandate_{kind}", lambda body: scans.path_of(mandates.ROOM, body["sha256"]))
    exhibits.lend("paper_entered", lambda body: scans.path_of(paper.ROOM, body["scan_sha256"]))


@dataclass(frozen=True)
class Exhibit:
    """A file that the ledger names; `place` is None where it is not on this machine."""

    position: int
    kind: str
    name: str
    sha256: str
    place: Path | None


def named_by(entries: Iterable[Entry]) -> list[Exhibit]:
    """Return the files that entries name, each once, in the order of the ledger."""
    found: dict[tuple[str, str], Exhibit] = {}
    for entry in entries:
        one = _exhibit(entry)
        if one is not None:
            # A recording's last entry says what it came to, a mandate's first where its scan is.
            key = (one.kind, one.name) if one.kind == "recording" else (one.sha256, "")
            if key not in found or one.kind == "recording":
                found[key] = one
    return list(found.values())


def _exhibit(entry: Entry) -> Exhibit | None:
    if entry.kind not in NAMING:
        return None
    folder, identity, hashed = NAMING[entry.kind]
    body = entry.body
    sha256 = str(body.get(hashed) or "")
    if not sha256:
        return None
    place = exhibits.file_of(entry.kind, body)
    name = f"{folder}/{_stem(entry.kind, body, identity, entry.position)}{_suffix(body)}"
    return Exhibit(entry.position, entry.kind, name, sha256, place)


def _stem(kind: str, body: Any, identity: str, position: int) -> str:
    if kind == "paper_made":
        return f"{body['paper']}-{body['kind']}-{body['version']}"
    if kind == "paper_signed":
        return f"{body['paper']}-signed-{position}"
    return str(body[identity])


def _suffix(body: Any) -> str:
    """Return the file's suffix, from its name where the entry has one; papers are PDF."""
    named = str(body.get("file_name") or body.get("path") or ("x.pdf" if "kind" in body else ""))
    suffix = PurePosixPath(named).suffix.lower()
    if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix):
        return suffix
    return ".pdf" if "role" in body else ""
