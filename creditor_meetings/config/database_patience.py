"""A server that hangs, or is cut off, in the middle of a transaction does not keep its locks.

PostgreSQL ends a transaction that does nothing for `DATABASE_PATIENCE` seconds, and whoever waits
for a lock for twice as long is told so. For serving processes alone: commands take their time.
"""

from django.conf import settings
from django.db import connections


def install() -> None:
    """Ask PostgreSQL for it with every connection made from now on."""
    database = connections.settings["default"]
    if not database["ENGINE"].endswith("postgresql"):
        return
    patience = settings.DATABASE_PATIENCE
    wanted = f"-c idle_in_transaction_session_timeout={patience}s -c lock_timeout={2 * patience}s"
    options = database["OPTIONS"]
    if "idle_in_transaction_session_timeout" not in options.get("options", ""):
        options["options"] = f"{options.get('options', '')} {wanted}".strip()
