"""One encoding for every value, so that two programs that hash it hash the same bytes.

It is the JSON Canonicalization Scheme (RFC 8785), of which a ledger uses a part: no floats, and
whole numbers only as far as every reader of JSON holds them exactly.
"""

import hashlib
import json
from typing import Any

LARGEST = 2**53 - 1
"""The largest whole number that is the same in every reader of JSON (RFC 7493)."""


quoted = json.encoder.encode_basestring
"""Writes a text as `text` does: for whoever puts an encoding together from its parts."""


def text(value: Any) -> str:
    """Write a value as JSON: keys in the order of their UTF-16 code units, no blanks.

    Raises TypeError or ValueError for what has no single encoding.
    """
    # json sorts keys by code points, which for ASCII is the same order, and much faster.
    plain = _check(value)
    return json.dumps(
        value if plain else _ordered(value),
        ensure_ascii=False,
        sort_keys=plain,
        separators=(",", ":"),
        allow_nan=False,
    )


def encode(value: Any) -> bytes:
    """Write a value as `text` does, in UTF-8; raises as it does."""
    return text(value).encode("utf-8")


def _check(value: Any) -> bool:
    """Say whether all keys are ASCII. Raises for what has no single encoding."""
    if isinstance(value, str) or value is None or value is True or value is False:
        return True
    if isinstance(value, int):
        if not -LARGEST <= value <= LARGEST:
            raise ValueError(f"{value} is too large a number for a ledger entry: write it as text")
        return True
    plain = True
    if isinstance(value, list | tuple):
        for item in value:
            plain = _check(item) and plain
    elif isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise TypeError(f"a key of a ledger entry must be text, not {name!r}")
            plain = _check(item) and plain and name.isascii()
    else:
        raise TypeError(f"no {type(value).__name__} in a ledger entry: {value!r}")
    return plain


def _ordered(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        # Big-endian pairs of bytes compare as the code units do, surrogates below U+E000.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _ordered(value[name]) for name in names}
    return value


def digest(value: Any) -> str:
    """Return the SHA-256 of a value's encoding."""
    return hashlib.sha256(encode(value)).hexdigest()
