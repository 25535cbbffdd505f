"""What a copy says of itself: which files it holds, how large they are, and their hashes."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME = "manifest.json"
FORM = 1
"""The form of copies that this software writes and reads."""

_PIECE = 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}(?:\.[a-z]\w*)?")
_BY_HASH = frozenset({
    "claims_tables", "estate", "filings", "mandates", "media", "objections", "paper", "papers",
    "undisputed_lists", "waivers",
})  # fmt: skip
"""The folders of DATA_DIR whose files are named by their own SHA-256, and never change."""


class Unusable(Exception):
    """A copy cannot be made or brought back; says what is wrong and what would be right."""


@dataclass(frozen=True)
class Entry:
    """A file of a copy: path below the copy, size (bytes), SHA-256, mode."""

    path: str
    size: int
    sha256: str
    mode: int


@dataclass(frozen=True)
class Manifest:
    """A copy: when it was begun and ended (RFC 3339), of what kind its database is, its files.

    `damaged` are files whose bytes are not those that their name promises; `elsewhere` what the
    installation keeps outside DATA_DIR, which no copy holds.
    """

    began_at: str
    made_at: str
    database: str
    migrations: list[str]
    files: list[Entry]
    damaged: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    form: int = FORM

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(one.size for one in self.files)

    def write(self, directory: Path) -> None:
        """Write it into the copy; whoever changes a file afterwards is found out by `check`."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (directory / NAME).write_text(text + "\n", encoding="utf-8")


def read(directory: Path) -> Manifest:
    """Read what a copy says of itself. Raises `Unusable`."""
    try:
        told: dict[str, Any] = json.loads((directory / NAME).read_text(encoding="utf-8"))
        if told.get("form") != FORM:
            raise Unusable(
                f"{directory}: a copy of form {told.get('form')}; this software reads form {FORM}"
            )
        files = [Entry(**one) for one in told.pop("files")]
        for one in files:
            place = Path(one.path)
            if place.is_absolute() or ".." in place.parts or not isinstance(one.size, int):
                raise Unusable(f"{directory / NAME}: {one.path!r} leads out of the copy")
        return Manifest(files=files, **told)
    except FileNotFoundError:
        raise Unusable(
            f"{directory}: there is no {NAME}; name the directory of one copy, such as "
            f"{directory}/20261129T020000Z"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unusable(f"{directory / NAME} is damaged: {error}") from None


def check(directory: Path, manifest: Manifest) -> None:
    """Compare every file of a copy with its hash. Raises `Unusable`, naming what is wrong."""
    wrong = []
    for one in manifest.files:
        path = directory / one.path
        if not path.is_file():
            wrong.append(f"{one.path} is missing")
        elif path.stat().st_size != one.size or hash_of(path) != one.sha256:
            wrong.append(f"{one.path} is not what was copied")
    if wrong:
        more = f" and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise Unusable(f"{directory} is damaged: {'; '.join(wrong[:20])}{more}")


def hash_of(path: Path) -> str:
    """Return the SHA-256 (hexadecimal) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copied(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file as it is now; returns the size and SHA-256 of what was written."""
    digest, size = hashlib.sha256(), 0
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open("rb") as read_from, target.open("wb") as write_to:
        while piece := read_from.read(_PIECE):
            digest.update(piece)
            size += write_to.write(piece)
    return size, digest.hexdigest()


def promised(path: str) -> str | None:
    """Return the hash that a file's name below DATA_DIR promises, None for one that does not."""
    place = Path(path)
    if place.parts[0] not in _BY_HASH or not _HASH.fullmatch(place.name):
        return None
    return place.name[:64]


def is_draft(path: str) -> bool:
    """Whether a file is one that is being written, and will get another name."""
    place = Path(path)
    return place.suffix in (".part", ".restoring", ".tmp") or (
        place.suffix[1:].isdigit() and bool(_HASH.fullmatch(place.stem))
    )
