"""Which scripts and styles this process gives out, as a short name that changes with them.

A page says which it was made with; the server says which it has. Where the two differ, the
system was renewed while the page was open, and the page offers to load itself anew.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

_KINDS = ("*.js", "*.mjs", "*.css")


@lru_cache
def name() -> str:
    """Return the name: the same in every process, on every machine, with the same files."""
    collected = getattr(staticfiles_storage, "manifest_hash", "")
    if collected:
        return str(collected)[:12]
    digest = hashlib.sha256()
    for directory in settings.STATICFILES_DIRS:
        for kind in _KINDS:
            for path in sorted(Path(directory).rglob(kind)):
                digest.update(f"{path.relative_to(directory)}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
