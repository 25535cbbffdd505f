"""Ed25519 signatures of batches, heads and keys, all in lower-case hexadecimal."""

from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from voting.ledger import canonical

SCHEMA = "ledger-batch/1"
HEAD_SCHEMA = "ledger-head/1"
KEY_SCHEMA = "ledger-key/1"


def new_key() -> str:
    """Make a private key."""
    return Ed25519PrivateKey.generate().private_bytes_raw().hex()


@lru_cache(maxsize=16)
def public_key(private: str) -> str:
    """Return the public half of a private key."""
    return _private(private).public_key().public_bytes_raw().hex()


# Kept: reading a key takes as long as signing with it.
@lru_cache(maxsize=16)
def _private(private: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private))


def batch_statement(meeting: int, first: int, size: int, root: str, head: str) -> dict[str, Any]:
    """Return what is signed: which entries of which ledger, their root, the chain's head."""
    return {
        "schema": SCHEMA,
        "meeting": meeting,
        "first": first,
        "size": size,
        "root": root,
        "head": head,
    }


def head_statement(meeting: int, size: int, root: str, head: str, at: str) -> dict[str, Any]:
    """Return what is signed of a whole ledger: its size, its tree's root, the chain's head."""
    return {
        "schema": HEAD_SCHEMA,
        "meeting": meeting,
        "size": size,
        "root": root,
        "head": head,
        "at": at,
    }


def key_statement(public: str, previous: str, since: str) -> dict[str, Any]:
    """Return what a key signs to endorse the one that follows it."""
    return {"schema": KEY_SCHEMA, "public": public, "previous": previous, "since": since}


def sign(private: str, statement: dict[str, Any]) -> str:
    """Sign a statement."""
    return _private(private).sign(canonical.encode(statement)).hex()


def holds(public: str, statement: dict[str, Any], signature: str) -> bool:
    """Whether a signature is the key's under the statement."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), canonical.encode(statement))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
