"""Receipts (回执): what a voter holds to show later that a ballot stands in the ledger."""

from collections.abc import Mapping, Sequence
from typing import Any

from voting.ledger import canonical, chain, merkle, signing

SCHEMA = "receipt/1"


def seal(entries: Sequence[chain.Entry], private: str) -> dict[str, Any]:
    """Sign a batch of entries that follow each other: the statement, signature and key."""
    tree = merkle.Tree([one.entry_hash for one in entries])
    return sign(entries[0].meeting, entries, tree, private)


def sign(
    meeting: int,
    entries: Sequence[chain.Entry] | Sequence[chain.Line],
    tree: merkle.Tree,
    private: str,
) -> dict[str, Any]:
    """Sign a batch of a meeting's ledger whose tree is there already; see `seal`."""
    statement = signing.batch_statement(
        meeting, entries[0].position, len(entries), tree.root, entries[-1].entry_hash
    )
    return sealed(statement, signing.sign(private, statement), signing.public_key(private))


def sealed(statement: Mapping[str, Any], signature: str, key: str) -> dict[str, Any]:
    """Put a statement, its signature and its key together as a seal."""
    return {"statement": statement, "signature": signature, "key": key}


def make(entries: Sequence[chain.Entry], seal_: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the receipt of each entry of a sealed batch.

    The entry's body stands in the receipt's first level, as the voter reads it.
    """
    tree = merkle.Tree([one.entry_hash for one in entries])
    return [one_of(entry, seal_, index, tree) for index, entry in enumerate(entries)]


def one_of(
    entry: chain.Entry, seal_: Mapping[str, Any], index: int, tree: merkle.Tree
) -> dict[str, Any]:
    """Make the receipt of the entry at `index` (from 0) of a sealed batch."""
    return {
        **face(entry),
        "proof": {
            "entry": entry.hashed(),
            "index": index,
            "path": tree.path(index),
            "batch": dict(seal_["statement"]),
            "signature": seal_["signature"],
            "key": seal_["key"],
        },
    }


def face(entry: chain.Entry) -> dict[str, Any]:
    """Return what a voter reads of a receipt: all but its proof."""
    return {
        **entry.body,
        "schema": SCHEMA,
        "at": entry.at,
        "position": entry.position,
        "entry_hash": entry.entry_hash,
    }


def face_written(line: chain.Line) -> str:
    """Write what `face` returns as JSON, for an entry whose body names nothing of it."""
    return (
        f'{line.body[:-1]},"at":{canonical.quoted(line.at)},"entry_hash":"{line.entry_hash}",'
        f'"position":{line.position},"schema":"{SCHEMA}"}}'
    )


def written(
    lines: Sequence[chain.Line], seal_: Mapping[str, Any], tree: merkle.Tree
) -> list[tuple[str, str]]:
    """Write for the first entries of a sealed batch its face and its whole receipt as JSON."""
    same = (
        f'"batch":{canonical.text(seal_["statement"])},"key":"{seal_["key"]}",'
        f'"signature":"{seal_["signature"]}"'
    )
    made = []
    for index, (line, path) in enumerate(zip(lines, tree.paths_written(), strict=False)):
        told = face_written(line)
        proof = f'"entry":{line.hashed},"index":{index},"path":{path}'
        made.append((told, f'{told[:-1]},"proof":{{{same},{proof}}}}}'))
    return made


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
