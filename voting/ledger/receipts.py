"""Receipts (回执): what a voter holds to show later that a ballot stands in the ledger."""

from collections.abc import Mapping, Sequence
from typing import Any

from voting.ledger import canonical, chain, merkle, signing

SCHEMA = "receipt/1"


def seal(entries: Sequence[chain.Entry], private: str) -> dict[str, Any]:
    """Sign a batch of entries that follow each other: the statement, signature and key."""
    statement = signing.batch_statement(
        entries[0].meeting,
        entries[0].position,
        len(entries),
        merkle.root([one.entry_hash for one in entries]),
        entries[-1].entry_hash,
    )
    return {
        "statement": statement,
        "signature": signing.sign(private, statement),
        "key": signing.public_key(private),
    }


def make(entries: Sequence[chain.Entry], seal_: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the receipt of each entry of a sealed batch.

    The entry's body stands in the receipt's first level, as the voter reads it.
    """
    all_paths = merkle.paths([one.entry_hash for one in entries])
    return [
        {
            **entry.body,
            "schema": SCHEMA,
            "at": entry.at,
            "position": entry.position,
            "entry_hash": entry.entry_hash,
            "proof": {
                "entry": entry.hashed(),
                "index": index,
                "path": path,
                "batch": dict(seal_["statement"]),
                "signature": seal_["signature"],
                "key": seal_["key"],
            },
        }
        for index, (entry, path) in enumerate(zip(entries, all_paths, strict=True))
    ]


def problems(receipt: Mapping[str, Any], public: str) -> list[str]:
    """Say what of a receipt does not hold under the ledger's public key; empty when all does."""
    try:
        return _problems(receipt, public)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"the receipt is not whole: {error}"]


def _problems(receipt: Mapping[str, Any], public: str) -> list[str]:
    proof = receipt["proof"]
    entry, batch = proof["entry"], proof["batch"]
    found = []
    read = {**entry["body"], "at": entry["at"], "position": entry["position"]}
    found += [
        f"{name} is not what the ledger holds"
        for name, value in read.items()
        if receipt[name] != value
    ]
    if canonical.digest(entry) != receipt["entry_hash"]:
        found.append("the entry's hash does not fit its content")
    if (entry["meeting"], entry["position"]) != (batch["meeting"], batch["first"] + proof["index"]):
        found.append("the entry does not stand where the batch says")
    led_to = merkle.root_from(receipt["entry_hash"], proof["index"], batch["size"], proof["path"])
    if led_to != batch["root"]:
        found.append("the path does not lead to the batch's root")
    if not signing.holds(public, batch, proof["signature"]):
        found.append("the batch is not signed by this key")
    return found
