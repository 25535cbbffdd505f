"""The bundle of evidence (证据包): all that is needed to check a meeting without this software.

A zip whose bytes depend on the state alone: the ledger, its seals, signed heads with their
timestamps, the keys, every file that the ledger names, and the program that checks them. Its
manifest names each file with its SHA-256, and is signed.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.meetings.models import Meeting
from voting import book, signing_key
from voting.evidence import files, proofs, readme, timestamps
from voting.ledger import canonical, chain, signing, tree
from voting.models import HeadTimestamp, LedgerKey, LedgerSeal, Occasion, SignedHead

SCHEMA = "evidence/1"
VERIFIER = "verify_evidence.py"
_PIECE = 1024 * 1024
_STORED = (".webm", ".pdf", ".png", ".jpg", ".jpeg", ".webp")


def prepare(meeting: Meeting) -> SignedHead | None:
    """Sign the ledger as it stands, and ask for timestamps that are missing."""
    with transaction.atomic():
        head = book.sign_head(meeting, Occasion.BUNDLE)
    timestamps.fetch_later()
    return head


def write(meeting: Meeting, target: IO[bytes], *, recordings: bool = True) -> dict[str, Any]:
    """Write a meeting's bundle to an open file and return its manifest.

    Without `recordings` these are named by their hashes alone.
    """
    head = prepare(meeting)
    size = head.size if head is not None else 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        writer = _Writer(archive)
        entries = _Ledger(meeting, size)
        writer.stream("ledger.jsonl", entries.lines())
        writer.stream("seals.json", _rows(_seals(meeting, size)))
        writer.stream("heads.json", _rows(_heads(meeting, size, entries.hashes)))
        writer.stream("keys.json", _rows(_keys()))
        for token in (
            HeadTimestamp.objects.filter(head__meeting=meeting, head__size__lte=size)
            .order_by("head__size")
            .select_related("head")
        ):
            writer.data(f"timestamps/{token.head.size}.tsr", bytes(token.token))
        left_out = _exhibits(writer, entries.exhibits, recordings=recordings)
        writer.data("README.txt", readme.text(meeting).encode())
        writer.data(VERIFIER, (Path(settings.BASE_DIR) / VERIFIER).read_bytes())
        manifest = {
            "schema": SCHEMA,
            "meeting": _facts(meeting),
            "ledger": {"entries": size, "head": head.head if head is not None else ""},
            "files": sorted(writer.written, key=lambda one: str(one["path"])),
            "left_out": left_out,
        }
        private = signing_key.private_key()
        signature = {
            "signature": signing.sign(private, manifest),
            "key": signing.public_key(private),
        }
        writer.data("manifest.json", canonical.encode(manifest))
        writer.data("manifest.sig.json", canonical.encode(signature))
    return manifest


class _Ledger:
    """Reads the ledger once, for its lines; notes hashes and files on the way."""

    def __init__(self, meeting: Meeting, size: int) -> None:
        self.hashes: list[str] = []
        self.exhibits: list[files.Exhibit] = []
        self._meeting, self._size = meeting, size

    def lines(self) -> Iterator[bytes]:
        naming: list[chain.Entry] = []
        for entry in book.entries_of(self._meeting, self._size):
            self.hashes.append(entry.entry_hash)
            if entry.kind in files.NAMING:
                naming.append(entry)
            yield canonical.encode({**entry.hashed(), "entry_hash": entry.entry_hash}) + b"\n"
        self.exhibits = files.named_by(naming)


class _Writer:
    """Writes files into the archive, all dated alike, and lists them for the manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.written: list[dict[str, Any]] = []

    def data(self, name: str, content: bytes) -> None:
        self.stream(name, iter([content]))

    def stream(self, name: str, pieces: Iterator[bytes]) -> None:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.create_system, info.external_attr = 3, 0o100644 << 16
        stored = name.endswith(_STORED)
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        self.written.append({"path": name, "size": size, "sha256": digest.hexdigest()})


def _rows(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Write a list as JSON, a row a line, so that it can be read and compared by eye."""
    first = True
    for row in rows:
        yield (b"[\n" if first else b",\n") + canonical.encode(row)
        first = False
    yield b"[]\n" if first else b"\n]\n"


def _seals(meeting: Meeting, size: int) -> Iterator[dict[str, Any]]:
    rows = LedgerSeal.objects.filter(meeting=meeting, first__lte=size).order_by("first")
    for one in rows.iterator():
        yield {
            "first": one.first,
            "size": one.size,
            "root": one.root,
            "head": one.head,
            "signature": one.signature,
            "key": one.key,
        }


def _heads(meeting: Meeting, size: int, hashes: list[str]) -> Iterator[dict[str, Any]]:
    heads = list(SignedHead.objects.filter(meeting=meeting, size__lte=size).order_by("size"))
    before = 0
    for one in heads:
        # From each head to the next: whoever kept one sees that nothing before it was changed.
        proof = tree.consistency(hashes[: one.size], before)
        yield {**proofs.head_json(one), "consistency": {"from": before, "path": proof}}
        before = one.size


def _keys() -> Iterator[dict[str, Any]]:
    for one in LedgerKey.objects.order_by("pk"):
        yield {
            "public": one.public,
            "since": one.since,
            "previous": one.previous,
            "endorsement": one.endorsement,
        }


def _facts(meeting: Meeting) -> dict[str, Any]:
    case = meeting.case
    return {
        "id": meeting.pk,
        "slug": meeting.slug,
        "title": meeting.title,
        "state": meeting.state,
        "case": case.number,
        "court": case.court,
        "debtor": case.debtor,
        "opened_at": clock.rfc3339(meeting.opened_at) if meeting.opened_at else None,
        "closed_at": clock.rfc3339(meeting.closed_at) if meeting.closed_at else None,
    }


def _exhibits(
    writer: _Writer, found: list[files.Exhibit], *, recordings: bool
) -> list[dict[str, Any]]:
    left_out = []
    for one in found:
        wanted = recordings or one.kind != "recording"
        if wanted and one.place is not None:
            writer.stream(one.name, _pieces(one.place))
            continue
        reason = "not_here" if wanted else "not_asked_for"
        left_out.append({"path": one.name, "sha256": one.sha256, "reason": reason})
    return left_out


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
