"""The pure parts: canonical JSON after RFC 8785, trees and proofs after RFC 6962."""

import hashlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.ledger import canonical, merkle, signing, tree

HASHES = [hashlib.sha256(bytes([n])).hexdigest() for n in range(80)]

# Values with their one encoding; the order of keys is the example of RFC 8785, 3.2.3.
VECTORS: list[tuple[object, str]] = [
    (
        {"€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
         "1": "One", "\U0001f600": "Emoji: Grinning Face", "\x80": "Control",
         "ö": "Latin Small Letter O With Diaeresis"},
('{"\\r":"Carriage Return","1":"One","\x80":"Control",'
        '"ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign",'
        '"\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'),
    ),
    ({"string": '€$\x0f\nA\'B"\\\\"/'}, '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'),
    ("\b\t\n\f\r\x00\x1f\x7f", '"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f"'),
    ({"b": [], "a": {}, "": None}, '{"":null,"a":{},"b":[]}'),
    ([2**53 - 1, -(2**53) + 1, True], "[9007199254740991,-9007199254740991,true]"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), VECTORS)
def test_one_encoding(verifier: SimpleNamespace, value: object, text: str) -> None:
    assert canonical.encode(value) == text.encode()
    assert verifier.encode(value) == text.encode()


@pytest.mark.parametrize("value", [2**53, -(2**53), 1.0, float("nan"), {1: 2}, b"x", "\ud800"])
def test_what_has_no_single_encoding(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical.encode({"in": [value]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_both_programs_write_the_same(verifier: SimpleNamespace, value: object) -> None:
    written = canonical.encode(value)
    assert verifier.encode(value) == written
    assert verifier.parse(written) == value


def test_a_tree_grows_as_if_it_had_been_built_at_once() -> None:
    frontier: list[str] = []
    for size, one in enumerate(HASHES, start=1):
        frontier = tree.grow(frontier, size - 1, [one])
        assert tree.root(frontier) == merkle.root(HASHES[:size])
    assert tree.root([]) == hashlib.sha256(b"").hexdigest()
    with pytest.raises(ValueError, match="peaks"):
        tree.grow(frontier, 1, HASHES)


@given(st.integers(1, 80), st.data())
def test_an_entry_is_included_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion(HASHES[:size], index)
    assert merkle.root_from(HASHES[index], index, size, path) == merkle.root(HASHES[:size])
    assert merkle.root_from("00" * 32, index, size, path) != merkle.root(HASHES[:size])


@given(st.integers(1, 80), st.data())
def test_a_tree_is_consistent_with_what_it_grew_from(
    verifier: SimpleNamespace, size: int, data: st.DataObject
) -> None:
    earlier = data.draw(st.integers(1, size))
    before, after = merkle.root(HASHES[:earlier]), merkle.root(HASHES[:size])
    proof = tree.consistency(HASHES[:size], earlier)

    def theirs(first: str, steps: list[str]) -> bool:
        path = [bytes.fromhex(one) for one in steps]
        return verifier.consistent(earlier, bytes.fromhex(first), size, bytes.fromhex(after), path)

    assert tree.grew(earlier, before, size, after, proof)
    assert theirs(before, proof)
    for first, steps in ((HASHES[0], proof), (before, [*proof, before]), (before, proof[1:])):
        if (first, steps) != (before, proof):
            assert not tree.grew(earlier, first, size, after, steps)
            assert not theirs(first, steps)


def test_the_verifier_takes_every_right_signature_and_finds_a_wrong_one(
    verifier: SimpleNamespace,
) -> None:
    private = signing.new_key()
    key = bytes.fromhex(signing.public_key(private))
    statements = [{"n": n} for n in range(40)]
    made = [
        verifier.Signature(
            key, canonical.encode(one), bytes.fromhex(signing.sign(private, one)), one["n"]
        )
        for one in statements
    ]
    assert verifier.bad_signatures(made) == []
    wrong = verifier.Signature(
        key, b"something else", bytes.fromhex(signing.sign(private, statements[0])), "wrong"
    )
    assert verifier.bad_signatures([*made[:7], wrong, *made[7:]]) == [wrong]


def test_signatures_that_would_cancel_each_other_out_do_not(verifier: SimpleNamespace) -> None:
    private = signing.new_key()
    key = bytes.fromhex(signing.public_key(private))
    pair = []
    for number, by in ((1, 1), (2, -1)):
        statement = {"n": number}
        signature = bytes.fromhex(signing.sign(private, statement))
        scalar = (int.from_bytes(signature[32:], "little") + by) % verifier.L
        forged = signature[:32] + scalar.to_bytes(32, "little")
        pair.append(verifier.Signature(key, canonical.encode(statement), forged, number))
    assert len(verifier.bad_signatures(pair)) == 2


def test_vector_of_rfc_8032(verifier: SimpleNamespace) -> None:
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verifier.bad_signatures([verifier.Signature(key, b"r", signature, "")]) == []
    assert len(verifier.bad_signatures([verifier.Signature(key, b"s", signature, "")])) == 1
