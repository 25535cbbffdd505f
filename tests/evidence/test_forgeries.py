"""Whatever is changed in a bundle, the verifier says so and names the place."""

import io
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.evidence.forging import Forgery

pytestmark = pytest.mark.django_db


def problems(verifier: SimpleNamespace, bundle: bytes) -> list[str]:
    """Check a bundle and return the problems."""
    return verifier.verify(io.BytesIO(bundle), "en").problems


def test_all_of_an_honest_bundle_holds(verifier: SimpleNamespace, held_meeting: bytes) -> None:
    report = verifier.verify(io.BytesIO(held_meeting), "en")
    assert report.problems == []
    assert any("registers drawn up anew" in line for line in report.lines)
    chinese = verifier.verify(io.BytesIO(held_meeting), "zh")
    assert chinese.problems == []
    assert any("重新计票" in line for line in chinese.lines)


def test_the_meeting_has_every_kind_of_entry(held_meeting: bytes) -> None:
    assert set(Forgery(held_meeting).first_of_each_kind()) == {
        "agenda", "answer", "attendance", "ballot", "claim_confirmed", "document_handed_out",
        "document_presented", "election_result", "floor_ended", "floor_granted",
        "group_decided", "mandate_accepted", "mandate_refused", "mandate_revoked",
        "mandate_submitted", "meeting_state", "notice_delivered", "notice_sent", "objection",
        "objection_accepted", "objection_answered", "objection_maintained", "objection_suit",
        "objection_withdrawn", "outcome_confirmed", "paper_checked", "paper_entered",
        "paper_made", "paper_signed", "poll_closed", "poll_extended", "poll_opened",
        "poll_resumed", "poll_suspended", "poll_voided", "presentation_ended", "question",
        "question_moderated", "recording", "recording_chunk", "register_frozen", "result",
        "ruling", "temporary_amount", "verification_ended", "verification_period",
        "waiver_accepted", "waiver_refused", "waiver_submitted", "waiver_withdrawn",
    }  # fmt: skip


# --- every kind of entry, changed without a thought for the rest --------------------------------


def flip(lines: list[bytes], at: int) -> None:
    middle = len(lines[at]) // 2
    changed = bytearray(lines[at])
    changed[middle] ^= 1
    lines[at] = bytes(changed)


def drop(lines: list[bytes], at: int) -> None:
    del lines[at]


def add(lines: list[bytes], at: int) -> None:
    lines.insert(at, lines[at])


def move(lines: list[bytes], at: int) -> None:
    other = at + 1 if at + 1 < len(lines) else at - 1
    lines[at], lines[other] = lines[other], lines[at]


def date_anew(lines: list[bytes], at: int) -> None:
    entry = json.loads(lines[at])
    entry["at"] = "2001-01-01T00:00:00.000Z"
    lines[at] = json.dumps(
        entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


@pytest.mark.parametrize("change", [flip, drop, add, move, date_anew])
def test_a_changed_line_of_every_kind_is_named(
    verifier: SimpleNamespace, held_meeting: bytes, change: Callable[[list[bytes], int], None]
) -> None:
    whole = Forgery(held_meeting)
    for kind, at in whole.first_of_each_kind().items():
        forged = Forgery(held_meeting)
        change(forged.lines, at)
        found = problems(verifier, forged.bundle(manifest=False))
        assert found[0].startswith("ledger.jsonl"), (kind, found[:3])
        near = {at, at + 1, at + 2}
        named = {int(n) for n in re.findall(r"(?:entry|line) (\d+)", " ".join(found[1:4]))}
        gone = change is drop and at == len(forged.lines) and "tail" in " ".join(found)
        assert named & near or gone, (kind, at + 1, found[:4])


# --- every kind of entry, by a forger who makes all right that needs no key ----------------------


def test_an_entry_of_every_kind_that_is_hashed_anew_breaks_its_signature(
    verifier: SimpleNamespace, held_meeting: bytes
) -> None:
    seals = Forgery(held_meeting).read("seals.json")
    for kind, at in Forgery(held_meeting).first_of_each_kind().items():
        forged = Forgery(held_meeting)
        entries = forged.entries()
        entries[at]["at"] = "2001-01-01T00:00:00.000Z"
        forged.rehash(entries)
        found = problems(verifier, forged.bundle())
        seal = next(s for s in seals if s["first"] <= at + 1 < s["first"] + s["size"])
        place = f"seal of entries {seal['first']} to {seal['first'] + seal['size'] - 1}: "
        assert f"{place}the signature does not hold" in found, (kind, found)


def test_a_tail_that_is_cut_off_with_all_that_names_it(
    verifier: SimpleNamespace, held_meeting: bytes
) -> None:
    forged = Forgery(held_meeting)
    heads = forged.read("heads.json")
    # Back to an earlier head: seals, heads and hashes of what is left are all genuine.
    size = heads[0]["statement"]["size"]
    forged.lines = forged.lines[:size]
    forged.put("heads.json", heads[:1])
    forged.put("seals.json", [s for s in forged.read("seals.json") if s["first"] <= size])
    assert "manifest.json: the signature does not hold" in problems(verifier, forged.bundle())


@pytest.mark.parametrize("by", [1, 2, 7])
def test_a_cut_tail_is_named(verifier: SimpleNamespace, held_meeting: bytes, by: int) -> None:
    forged = Forgery(held_meeting)
    left = len(forged.lines) - by
    forged.lines = forged.lines[:left]
    found = " ".join(problems(verifier, forged.bundle(manifest=False)))
    assert f"here are {left}" in found
    assert "cut off" in found


def test_a_claim_in_the_register_that_grows(verifier: SimpleNamespace, held_meeting: bytes) -> None:
    forged = Forgery(held_meeting)
    at = forged.first_of_each_kind()["register_frozen"]
    entries = forged.entries()
    entries[at]["body"]["creditors"][0]["claims"][0]["amount"] = "99999999.00"
    forged.rehash(entries)
    found = problems(verifier, forged.bundle())
    assert any(
        one.startswith(f"entry {at + 1} (register_frozen) creditors[0].lines") for one in found
    ), found


def changed_result(body: dict[str, Any]) -> None:
    body["result"]["outcome"] = "passed" if body["result"]["outcome"] != "passed" else "not_passed"


def another_choice(body: dict[str, Any]) -> None:
    body["choice"] = body["groups"][0]["choice"] = "abstain"


@pytest.mark.parametrize(
    ("kind", "change", "named"),
    [
        ("register_frozen", lambda b: b.pop("rule_data"), r"written by an earlier version"),
        ("result", changed_result, r"\(result\) result.outcome: counted anew"),
        ("ballot", another_choice, r"\(result\) result\.(groups|outcome): counted anew"),
        ("ballot", lambda b: b.update(amount="1.00"), r"\(ballot\) amount: should be"),
        ("ballot", lambda b: b.update(creditor=999999), r"\(ballot\) creditor: the creditor has"),
        ("ballot", lambda b: b.update(way="paper"), r"\(ballot\) checked_by: the paper ballot"),
        ("poll_closed", lambda b: b["attended"].pop(), r"\(poll_closed\) attended: attendance"),
        ("poll_opened", lambda b: b.update(opened_at="2999-01-01T00:00:00.000Z"), r"at: was cast"),
        ("meeting_state", lambda b: b.update(state="draft"), r"\(meeting_state\)"),
        ("outcome_confirmed", lambda b: b.update(outcome="undecided"), r"outcome: is not the"),
        ("document_handed_out", lambda b: b.update(sha256="ab" * 32), r"sha256: the file that it"),
        ("recording_chunk", lambda b: b.update(sha256="ab" * 32), r"\(recording_chunk\) sha256"),
        ("attendance", lambda b: b.pop("creditor"), r"\(attendance\) body: the content is not"),
    ],
)  # fmt: skip
def test_what_the_law_says_is_asked_besides_the_signatures(
    verifier: SimpleNamespace,
    held_meeting: bytes,
    kind: str,
    change: Callable[[dict[str, Any]], Any],
    named: str,
) -> None:
    forged = Forgery(held_meeting)
    entries = forged.entries()
    change(entries[forged.first_of_each_kind()[kind]]["body"])
    forged.rehash(entries)
    found = problems(verifier, forged.bundle())
    assert any(re.search(named, one) for one in found), found


@pytest.mark.parametrize("swapped", [False, True])
def test_a_vote_names_the_very_file_that_was_handed_out(
    verifier: SimpleNamespace, held_meeting: bytes, swapped: bool
) -> None:
    forged = Forgery(held_meeting)
    entries = forged.entries()
    at = forged.first_of_each_kind()
    handed_out = entries[at["document_handed_out"]]["body"]
    opened = next(
        one for one in entries[at["document_handed_out"] :] if one["kind"] == "poll_opened"
    )
    sha256 = "cd" * 32 if swapped else handed_out["sha256"]
    opened["body"] |= {
        "document": handed_out["document"],
        "document_shown": {"document": handed_out["document"], "sha256": sha256},
    }
    forged.rehash(entries)
    found = problems(verifier, forged.bundle())
    named = [one for one in found if "document_shown: its document is not the one" in one]
    assert bool(named) == swapped, found


def test_a_dropped_ballot_changes_the_count(verifier: SimpleNamespace, held_meeting: bytes) -> None:
    forged = Forgery(held_meeting)
    entries = forged.entries()
    del entries[forged.first_of_each_kind()["ballot"]]
    forged.rehash(entries)
    found = problems(verifier, forged.bundle())
    assert any("number does not fit the position" in one for one in found), found
    assert any("signature does not hold" in one for one in found)


# --- files, keys, heads --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folder", ["documents/", "recordings/", "papers/", "ballots/", "mandates/"]
)
def test_a_swapped_file(verifier: SimpleNamespace, held_meeting: bytes, folder: str) -> None:
    forged = Forgery(held_meeting)
    name = next(one for one in forged.files if one.startswith(folder))
    forged.files[name] = b"%PDF-1.7 another one"
    found = problems(verifier, forged.bundle(manifest=False))
    assert f"{name}: is not what the manifest says" in found
    found = problems(verifier, forged.bundle())
    assert any("is not in the bundle, or was swapped" in one for one in found)
    assert f"{name}: no entry names this file" in found


def test_every_file_is_guarded_by_the_manifest(
    verifier: SimpleNamespace, held_meeting: bytes
) -> None:
    for name in Forgery(held_meeting).files:
        forged = Forgery(held_meeting)
        content = bytearray(forged.files[name])
        content[len(content) // 2] ^= 1
        forged.files[name] = bytes(content)
        forged.lines = forged.files["ledger.jsonl"].removesuffix(b"\n").split(b"\n")
        found = " ".join(problems(verifier, forged.bundle(manifest=False)))
        assert name.partition(".sig")[0].removesuffix(".json") in found, (name, found[:300])


def test_a_file_that_is_missing_or_too_many(verifier: SimpleNamespace, held_meeting: bytes) -> None:
    forged = Forgery(held_meeting)
    del forged.files["README.txt"]
    forged.files["extra.txt"] = b"hello"
    found = problems(verifier, forged.bundle(manifest=False))
    assert "README.txt: missing or damaged (missing)" in found
    assert "extra.txt: not in the manifest" in found


def test_a_key_that_nobody_endorsed(verifier: SimpleNamespace, held_meeting: bytes) -> None:
    forged = Forgery(held_meeting)
    keys = forged.read("keys.json")
    assert len(keys) == 2  # it was rotated on the way
    keys[1]["endorsement"] = "ab" * 32 + "00" * 32
    forged.put("keys.json", keys)
    assert "keys.json 2: the signature does not hold" in problems(verifier, forged.bundle())
    forged.put("keys.json", keys[:1])
    assert any("by a key of the chain" in one for one in problems(verifier, forged.bundle()))


@pytest.mark.parametrize("field", ["root", "head", "at", "size"])
def test_a_signed_head_that_was_changed(
    verifier: SimpleNamespace, held_meeting: bytes, field: str
) -> None:
    forged = Forgery(held_meeting)
    heads = forged.read("heads.json")
    before = heads[0]["statement"]["size"]
    change = {"size": before - 1, "at": "2001-01-01T00:00:00.000Z"}
    heads[0]["statement"][field] = change.get(field, "ab" * 32)
    forged.put("heads.json", heads)
    found = problems(verifier, forged.bundle())
    assert any(one.startswith("signed head of ") for one in found), found


def test_a_dropped_head_is_missed(verifier: SimpleNamespace, held_meeting: bytes) -> None:
    forged = Forgery(held_meeting)
    forged.put("heads.json", forged.read("heads.json")[1:])
    found = problems(verifier, forged.bundle())
    assert any("the proof of consistency does not hold" in one for one in found), found
    assert any("no head was signed at this close" in one for one in found), found


def test_the_key_that_was_published_must_be_in_it(
    verifier: SimpleNamespace, held_meeting: bytes
) -> None:
    right = Forgery(held_meeting).read("keys.json")[0]["public"]
    assert verifier.verify(io.BytesIO(held_meeting), "en", right).problems == []
    found = verifier.verify(io.BytesIO(held_meeting), "en", "ab" * 32).problems
    assert found == ["keys.json: does not hold the key that you named"]
