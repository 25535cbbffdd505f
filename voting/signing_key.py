"""The keys that sign ledgers: one signs, those before it stay on record so that it can be checked.

Private keys lie beside the data (mode 0600), the first in `ledger_key`, each later one in
`ledger_keys/` under its public half. Which of them signs says the newest row of `LedgerKey`,
read with every batch: a new key is used at once by every process, without a restart.
"""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from creditor_meetings.cases import clock, rows
from voting.ledger import signing
from voting.models import LedgerKey


def private_key() -> str:
    """Return the installation's private key of now. Raises RuntimeError when it is not here."""
    newest = rows.select("SELECT public FROM voting_ledgerkey ORDER BY id DESC LIMIT 1")
    public = newest[0][0] if newest else _first().public
    return _kept(Path(settings.DATA_DIR), public)


def public_key() -> str:
    """Return the key by which anybody checks this installation's new signatures."""
    return signing.public_key(private_key())


def is_ours(public: str) -> bool:
    """Whether a key signs or signed the ledgers of this installation."""
    return LedgerKey.objects.filter(public=public).exists()


def rotate() -> LedgerKey:
    """Put a new key in the place of the one that signs, endorsed by it; return it."""
    old = private_key()
    new = signing.new_key()
    public, previous = signing.public_key(new), signing.public_key(old)
    # The file first: a row without its file would stop all writing, a file without a row nothing.
    _write(_path(Path(settings.DATA_DIR), public), new)
    with transaction.atomic():
        newest = LedgerKey.objects.select_for_update(no_key=True).order_by("-pk").first()
        if newest is None or newest.public != previous:
            raise RuntimeError("the key was changed by somebody else at this moment: try again")
        since = clock.rfc3339(clock.now())
        return LedgerKey.objects.create(
            public=public,
            previous=previous,
            since=since,
            endorsement=signing.sign(old, signing.key_statement(public, previous, since)),
        )


def _first() -> LedgerKey:
    path = Path(settings.DATA_DIR) / "ledger_key"
    if not path.exists():
        _write(path, signing.new_key())
    public = signing.public_key(path.read_text().strip())
    since = clock.rfc3339(clock.now())
    return LedgerKey.objects.get_or_create(public=public, defaults={"since": since})[0]


def _path(directory: Path, public: str) -> Path:
    return directory / "ledger_keys" / public


@lru_cache(maxsize=16)
def _kept(directory: Path, public: str) -> str:
    for path in (_path(directory, public), directory / "ledger_key"):
        if path.is_file():
            private = path.read_text().strip()
            if signing.public_key(private) == public:
                return private
    raise RuntimeError(
        f"the private key of {public} is neither in {directory}/ledger_key nor in "
        f"{directory}/ledger_keys: bring it back from the backup, or the ledger cannot be signed"
    )


def _write(path: Path, private: str) -> None:
    # Two processes that start at once agree: the link fails for the second, who then reads
    # what the first one put in place.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(private)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
