"""The key that signs ledgers: made when first needed, kept beside the data (mode 0600)."""

import os
from functools import cache
from pathlib import Path

from django.conf import settings

from voting.ledger import signing


def private_key() -> str:
    """Return the installation's private key."""
    return _kept(Path(settings.DATA_DIR) / "ledger_key")


def public_key() -> str:
    """Return the key by which anybody checks this installation's signatures."""
    return signing.public_key(private_key())


@cache
def _kept(path: Path) -> str:
    # Two processes that start at once agree: the link fails for the second, who then reads
    # what the first one put in place.
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(signing.new_key())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
