"""One encoding for every value, so that two programs that hash it hash the same bytes."""

import hashlib
import json
from typing import Any


def encode(value: Any) -> bytes:
    """Write a value as JSON in UTF-8: keys in code-point order, no blanks, no floats.

    Raises TypeError or ValueError for what has no single encoding.
    """
    _check(value)
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def _check(value: Any) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise TypeError(f"a key of a ledger entry must be text, not {name!r}")
            _check(item)
    else:
        raise TypeError(f"no {type(value).__name__} in a ledger entry: {value!r}")


def digest(value: Any) -> str:
    """Return the SHA-256 of a value's encoding."""
    return hashlib.sha256(encode(value)).hexdigest()
