"""What anybody who holds a receipt is told: whether it is in the record, and whether it counts.

Without the right check code nothing is told. An unknown number and a wrong code get the same
answer after the same work.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from voting import signing_key
from voting.evidence import proofs
from voting.ledger import canonical, chain
from voting.ledger import receipts as ledger_receipts
from voting.models import Ballot, LedgerEntry, LedgerKey, ResolutionState
from voting.papers.receipts import CODE_LENGTH
from voting.receipts import NotInLedger

LONGEST_RECEIPT = 64 * 1024
_NOBODY = "0" * 64
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Standing:
    """Whether a ballot counts: a word for programs, how good that is, a sentence for people."""

    state: str
    good: bool
    text: str


@dataclass(frozen=True)
class Found:
    """A ballot in the record, and what was found when its place there was checked anew."""

    ballot: Ballot
    standing: Standing
    proof: dict[str, Any]
    proven: bool
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether hash, signature and place hold."""
        return not self.problems


def standing(ballot: Ballot) -> Standing:
    """Say whether a ballot counts, was superseded, waits for the close, or is void."""
    state = ballot.resolution.state
    if state == ResolutionState.VOIDED:
        return Standing("voided", False, _("该项表决已经作废，这张票不计入任何结果。"))
    if not ballot.effective:
        return Standing(
            "superseded",
            False,
            _("这张票已被同一债权人的另一张票取代，不再计入，仍留存在账本中。"),
        )
    if state == ResolutionState.CLOSED:
        return Standing("counted", True, _("这张票已计入表决结果。"))
    return Standing("standing", True, _("表决尚未截止；到目前为止这张票有效，截止时将计入。"))


def by_code(number: str, code: str) -> Found | None:
    """Return the ballot with this number whose hash begins with this code, or None.

    Raises `NotInLedger`: then no code can be compared, and that is told to whoever asks.
    """
    code = "".join(code.split()).replace("-", "").lower()
    ballot = (
        Ballot.objects.select_related("resolution__meeting__case", "creditor", "person")
        .filter(number=_plain(number))
        .first()
    )
    expected = ballot.receipt["entry_hash"] if ballot is not None else _NOBODY
    fits = CODE_LENGTH <= len(code) <= len(expected) and set(code) <= _HEX
    # Compared whether or not there is such a ballot, and in equal time: no answer tells which.
    same = hmac.compare_digest(expected[: len(code)].encode(), code[:64].encode("utf-8", "replace"))
    if ballot is None or not fits or not same:
        return None
    return _checked(ballot)


def _plain(number: str) -> str:
    """A number as receipts print it; what no receipt can bear is no number at all."""
    plain = "".join(number.split())[:40]
    return plain if plain.isascii() and plain.isprintable() else ""


def _checked(ballot: Ballot) -> Found:
    """Check a ballot's entry anew: its hash, the signature, its place under the signed head."""
    receipt = ballot.receipt
    problems = problems_of(receipt)
    entry = LedgerEntry.objects.filter(
        meeting=ballot.resolution.meeting_id, position=receipt["position"]
    ).first()
    if entry is None or entry.entry_hash != receipt["entry_hash"] or not _is_whole(entry):
        problems.append(_("账本中相应位置的记录与回执不一致。"))
        return Found(ballot, standing(ballot), {}, False, problems)
    inclusion = proofs.inclusion(entry)
    proven = bool(inclusion["head"]) and any(
        proofs.leads_to_head(inclusion, key) for key in known_keys()
    )
    if inclusion["head"] and not proven:
        problems.append(_("这条记录不在已签名的账本树中。"))
    return Found(ballot, standing(ballot), inclusion, proven, problems)


def _is_whole(entry: LedgerEntry) -> bool:
    whole = chain.Entry(
        entry.meeting_id,
        entry.position,
        entry.kind,
        entry.at,
        entry.body,
        entry.previous,
        entry.entry_hash,
    )
    return canonical.digest(whole.hashed()) == entry.entry_hash


def known_keys() -> set[str]:
    """Return the public keys with which this installation signs or signed."""
    return {signing_key.public_key(), *LedgerKey.objects.values_list("public", flat=True)}


# --- A receipt that somebody pasted ---------------------------------------------------------


@dataclass(frozen=True)
class Pasted:
    """What is found of a receipt as somebody holds it, and of the ballot that it names."""

    problems: list[str]
    found: Found | None

    @property
    def holds(self) -> bool:
        """Whether the receipt is whole and ours."""
        return not self.problems


def by_receipt(text: str) -> Pasted:
    """Check a pasted receipt by itself, then whether the record has it. Raises `Refused`."""
    receipt = _read(text)
    problems = problems_of(receipt)
    try:
        found = by_code(str(receipt["number"]), str(receipt["entry_hash"]))
    except NotInLedger:
        # What the receipt itself proves is told all the same.
        return Pasted(problems, None)
    return Pasted(problems, found)


def _read(text: str) -> Mapping[str, Any]:
    if len(text) > LONGEST_RECEIPT:
        raise Refused("bad_request", _("内容过长：一张回执不超过 64 KB。"))
    try:
        receipt = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(
            "bad_request", _("这不是一张完整的回执：请粘贴回执原文，从 { 到 }，不增不减。")
        ) from None
    if (
        not isinstance(receipt, dict)
        or receipt.get("schema") != ledger_receipts.SCHEMA
        or not isinstance(receipt.get("number"), str)
        or not isinstance(receipt.get("entry_hash"), str)
    ):
        raise Refused(
            "bad_request",
            _("这不是本系统的表决回执：应有 schema（%(schema)s）、number 和 entry_hash。")
            % {"schema": ledger_receipts.SCHEMA},
        )
    return receipt


def problems_of(receipt: Mapping[str, Any]) -> list[str]:
    """Say in the reader's language what of a receipt does not hold; nothing when all does."""
    proof = receipt.get("proof")
    key = proof.get("key") if isinstance(proof, Mapping) else None
    if not isinstance(key, str) or key not in known_keys():
        return [_("回执不是由本系统的密钥签名的。")]
    try:
        found = ledger_receipts.problems(receipt, key)
    except (RecursionError, OverflowError):
        found = ["the receipt is not whole"]
    return list(dict.fromkeys(_in_words(one) for one in found))


def _in_words(problem: str) -> str:
    names = {
        "number": _("票号"),
        "choice": _("意见"),
        "amount": _("债权额"),
        "creditor_name": _("债权人"),
        "groups": _("表决组"),
        "at": _("时间"),
        "position": _("账本位置"),
        "resolution": _("表决事项"),
    }
    name, known, _rest = problem.partition(" is not what the ledger holds")
    if known:
        return _("回执上的“%(name)s”与签名的记录不一致，已被改动。") % {
            "name": names.get(name, name)
        }
    for start, words in (
        ("the entry's hash", _("记录的内容与其散列值不符，已被改动。")),
        ("the entry does not stand", _("记录的位置与签名的批次不符。")),
        ("the path", _("证明路径不通向签名的树根。")),
        ("the batch is not signed", _("签名与内容不符，已被改动。")),
    ):
        if problem.startswith(start):
            return words
    return _("回执不完整或者格式不正确。")
