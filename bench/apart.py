"""A benchmark once more on PostgreSQL: Django has one database, so a process of its own has it."""

import json
import os
import subprocess
import sys
import tempfile

from bench.report import Measure


def on_postgresql(module: str) -> list[Measure]:
    """Run a module that prints its measures as JSON, on a durable PostgreSQL of our own."""
    from tests.support.databases import PrivatePostgres

    server = PrivatePostgres(durable=True)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as directory:
            done = subprocess.run(
                [sys.executable, "-m", module],
                env={**os.environ, "DATA_DIR": directory, "DATABASE_URL": server.new_database()},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"measuring on PostgreSQL failed:\n{done.stderr}")
        return [Measure(**one) for one in json.loads(done.stdout)]
    finally:
        server.stop()
