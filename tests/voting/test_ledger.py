"""The ledger: what was written cannot be changed without showing."""

import copy
import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.ledger import canonical, chain, merkle, receipts, signing

KEY = "11" * 32


def entries(size: int = 5, length: int = 0, head: str = chain.GENESIS) -> list[chain.Entry]:
    items = [
        chain.Item("ballot", "2026-01-31T01:30:00.000Z", {"number": f"1-{n}", "choice": "for"})
        for n in range(size)
    ]
    return chain.extend(7, length, head, items)


def test_encoding_is_the_one_that_is_documented() -> None:
    assert canonical.encode({"b": [1, True, None], "a": "计\n"}) == (
        '{"a":"计\\n","b":[1,true,null]}'.encode()
    )
    assert canonical.digest({}) == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.parametrize("value", [1.0, {"a": 0.5}, {1: "a"}, {"a": {1, 2}}, b"x"])
def test_what_has_no_single_encoding_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical.encode(value)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError):
        canonical.encode("\ud800")


def test_a_ledger_written_in_two_batches_holds() -> None:
    first = entries(3)
    second = entries(4, 3, first[-1].entry_hash)
    assert chain.problems([*first, *second]) == []
    assert [one.position for one in [*first, *second]] == list(range(1, 8))


@pytest.mark.parametrize(
    "change",
    [
        {"body": {"number": "1-1", "choice": "against"}},
        {"at": "2026-01-31T01:30:00.001Z"},
        {"kind": "result"},
        {"meeting": 8},
        {"position": 9},
        {"previous": "00" * 32},
        {"entry_hash": "00" * 32},
    ],
)
def test_a_changed_entry_shows(change: dict[str, object]) -> None:
    ledger = entries()
    ledger[1] = dataclasses.replace(ledger[1], **change)  # type: ignore[arg-type]
    assert chain.problems(ledger)


def test_a_missing_a_swapped_and_a_rehashed_entry_show() -> None:
    ledger = entries()
    assert chain.problems(ledger[1:])
    assert chain.problems([*ledger[:1], *ledger[2:]])
    assert chain.problems([ledger[1], ledger[0], *ledger[2:]])
    forged = dataclasses.replace(ledger[1], body={"number": "1-1", "choice": "against"})
    forged = dataclasses.replace(forged, entry_hash=canonical.digest(forged.hashed()))
    assert chain.problems([ledger[0], forged, *ledger[2:]])


@given(st.integers(1, 70))
def test_every_path_leads_to_the_root_and_no_other_does(size: int) -> None:
    hashes = [hashlib.sha256(bytes([n])).hexdigest() for n in range(size)]
    root = merkle.root(hashes)
    for index, path in enumerate(merkle.paths(hashes)):
        assert merkle.root_from(hashes[index], index, size, path) == root
        assert merkle.root_from("00" * 32, index, size, path) != root
        with pytest.raises(ValueError):
            merkle.root_from(hashes[index], index, size, [*path, root])
        with pytest.raises(ValueError):
            merkle.root_from(hashes[index], size, size, path)


def test_root_is_that_of_rfc_6962() -> None:
    def leaf(text: str) -> bytes:
        return hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest()

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    a, b, c = "aa" * 32, "bb" * 32, "cc" * 32
    assert merkle.root([a]) == leaf(a).hex()
    assert merkle.root([a, b, c]) == node(node(leaf(a), leaf(b)), leaf(c)).hex()


def test_receipts_hold_under_the_key_that_signed_them() -> None:
    batch = entries(5, 2, "ab" * 32)
    seal = receipts.seal(batch, KEY)
    for receipt in receipts.make(batch, seal):
        assert receipts.problems(receipt, signing.public_key(KEY)) == []
        assert receipts.problems(receipt, signing.public_key(signing.new_key())) != []


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(choice="against"),
        lambda one: one.update(position=4),
        lambda one: one.update(at="2026-01-31T01:31:00.000Z"),
        lambda one: one.update(entry_hash="00" * 32),
        lambda one: one["proof"]["entry"]["body"].update(choice="against"),
        lambda one: one["proof"]["batch"].update(root="00" * 32),
        lambda one: one["proof"]["batch"].update(size=6),
        lambda one: one["proof"].update(index=0),
        lambda one: one["proof"].update(index=-1),
        lambda one: one["proof"].update(path=[]),
        lambda one: one["proof"].update(path=["zz"]),
        lambda one: one["proof"].update(path=None),
        lambda one: one["proof"].update(signature="00" * 64),
        lambda one: one["proof"].update(signature="?"),
        lambda one: one.pop("proof"),
        lambda one: one.update(proof=[]),
    ],
)
def test_a_changed_receipt_does_not_hold(change: object) -> None:
    batch = entries(5)
    receipt = copy.deepcopy(receipts.make(batch, receipts.seal(batch, KEY))[2])
    change(receipt)  # type: ignore[operator]
    assert receipts.problems(receipt, signing.public_key(KEY)) != []


def test_ed25519_test_vector_of_rfc_8032() -> None:
    secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signing.public_key(secret) == public
    statement = {"a": 1}
    assert signing.holds(public, statement, signing.sign(secret, statement))
    assert not signing.holds(public, {"a": 2}, signing.sign(secret, statement))
