"""Asking a script of ours that runs as a process of its own, with nothing of the server's in it."""

import json
import os
import subprocess  # nosec B404
import sys
from typing import Any

from creditor_meetings.cases.files.opening import Failed

SECONDS = 150
"""What is not done by then is given up; the scripts themselves allow less of the processor."""


def ask(script: str, *arguments: str, seconds: float = SECONDS) -> dict[str, Any]:
    """Run `script` (a path) with arguments; return the JSON that it prints.

    Raises `opening.Failed` with its error code, "too_heavy" when it takes too long, "damaged"
    when it ends without a word.
    """
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, "-I", script, *arguments],
            env={"PATH": os.environ.get("PATH", "")},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed("too_heavy") from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Failed("damaged") from None
    if "error" in answer:
        raise Failed(answer["error"])
    return answer
