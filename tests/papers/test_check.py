"""The public check: what a receipt is told, and that nothing is told without its code."""

import json
from copy import deepcopy
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from creditor_meetings.cases.errors import Refused
from tests.papers.conftest import Held
from tests.support import world
from voting import append_only
from voting.ledger import chain, signing
from voting.ledger import receipts as ledger_receipts
from voting.models import SPLIT, Ballot, LedgerEntry, ResolutionState
from voting.papers import check_views, receipts

CHECK = "/check/"


def typed(number: str, code: str) -> Any:
    return Client().post(CHECK, {"n": number, "c": code})


def pasted(receipt: Any) -> Any:
    text = receipt if isinstance(receipt, str) else json.dumps(receipt, ensure_ascii=False)
    return Client().post(CHECK, {"receipt": text})


def test_a_counted_ballot_is_shown_with_its_proof(held: Held) -> None:
    receipt = held.receipts[2]
    code = receipt["entry_hash"][:16]
    for answer in (
        typed(receipt["number"], code),
        typed(f" {receipt['number']} ", f"{code[:4]}-{code[4:]}".upper()),
        Client().get(CHECK, {"n": receipt["number"], "c": code}),
        pasted(receipt),
    ):
        text = answer.content.decode()
        assert answer.status_code == 200
        for said in (
            "这张票已计入表决结果", "同意", "300,000.00", "乙公司", "代理人周",
            f"第 {receipt['position']} 条", "包含证明均成立", receipt["entry_hash"],
        ):  # fmt: skip
            assert said in text, said
    proof = Client().get("/check/proof.json", {"n": receipt["number"], "c": code}).json()
    assert proof["receipt"] == receipt
    assert proof["inclusion"]["entry_hash"] == receipt["entry_hash"]
    assert proof["inclusion"]["head"]["statement"]["size"] >= receipt["position"]


def test_a_superseded_ballot_says_so(held: Held) -> None:
    text = pasted(held.receipts[1]).content.decode()
    assert "已被同一债权人的另一张票取代" in text
    assert "已计入表决结果" not in text


def test_states_of_a_poll(held: Held) -> None:
    second = world.make_resolution(held.meeting, title="财产管理方案", power=8)
    world.open_poll(second, held.people["judge"])
    receipt = world.cast(held.people["甲公司"], second, "for")
    text = pasted(receipt).content.decode()
    assert "表决尚未截止" in text
    assert "散列值和签名均成立" in text
    second.state = ResolutionState.VOIDED
    second.save()
    assert "表决已经作废" in pasted(receipt).content.decode()


@pytest.mark.parametrize("code", ["0" * 16, "", "zz", "f" * 64, "f" * 80, "校验码"])
def test_a_wrong_code_tells_nothing_and_no_more_than_an_unknown_number(
    held: Held, code: str
) -> None:
    number = held.receipts[0]["number"]
    known, unknown = typed(number, code), typed("999999-999999", code)
    assert known.status_code == unknown.status_code == 404
    assert "没有找到" in known.content.decode()
    texts = [
        one.content.decode().replace(number, "N").replace("999999-999999", "N")
        for one in (known, unknown)
    ]
    same = [
        [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line] for text in texts
    ]
    assert same[0] == same[1]
    for secret in ("甲公司", "600,000.00", held.receipts[0]["entry_hash"][:16]):
        assert secret not in known.content.decode()
    assert Client().get("/check/proof.json", {"n": number, "c": code}).status_code == 404


def test_fifteen_characters_are_not_enough(held: Held) -> None:
    receipt = held.receipts[0]
    assert typed(receipt["number"], receipt["entry_hash"][:15]).status_code == 404
    assert typed(receipt["number"], receipt["entry_hash"]).status_code == 200


def tampered(receipt: dict[str, Any], change: str) -> dict[str, Any]:
    forged = deepcopy(receipt)
    if change == "choice on top":
        forged["choice"] = "against"
    elif change == "choice everywhere":
        forged["choice"] = forged["proof"]["entry"]["body"]["choice"] = "against"
    elif change == "amount":
        forged["amount"] = "9.00"
    elif change == "signature":
        forged["proof"]["signature"] = "00" * 64
    elif change == "path":
        forged["proof"]["batch"]["root"] = "00" * 32
    else:
        del forged["proof"]["entry"]
    return forged


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("choice on top", "回执上的“意见”与签名的记录不一致"),
        ("choice everywhere", "记录的内容与其散列值不符"),
        ("amount", "回执上的“债权额”与签名的记录不一致"),
        ("signature", "签名与内容不符"),
        ("path", "证明路径不通向签名的树根"),
        ("entry", "回执不完整"),
    ],
)
def test_a_tampered_receipt_is_found_out(held: Held, change: str, said: str) -> None:
    text = pasted(tampered(held.receipts[0], change)).content.decode()
    assert "您提交的回执不成立" in text
    assert said in text
    assert "您提交的回执完整" not in text


def test_a_receipt_under_a_key_of_ones_own_is_none(held: Held) -> None:
    entry = held.receipts[0]["proof"]["entry"]
    key = signing.new_key()
    items = [chain.Item("ballot", entry["at"], {**entry["body"], "choice": "against"})]
    made = chain.extend(entry["meeting"], entry["position"] - 1, entry["previous"], items)
    forged = ledger_receipts.make(made, ledger_receipts.seal(made, key))[0]
    answer = pasted(forged)
    assert answer.status_code == 404
    assert "不是由本系统的密钥签名" in answer.content.decode()
    assert "甲公司" not in answer.content.decode().partition("<textarea")[0]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"schema": "receipt/1"}', "[" * 5000, '{"number": 1}', "x" * 70_000]
)
def test_what_is_no_receipt_is_refused_by_name(db: None, text: str) -> None:
    answer = pasted(text)
    assert answer.status_code == 400
    assert "回执" in answer.content.decode()


def test_the_record_itself_is_looked_at(held: Held) -> None:
    receipt = deepcopy(held.receipts[0])
    ballot = Ballot.objects.get(number=receipt["number"])
    # As an earlier version of this software kept it.
    ballot.kept_receipt = tampered(receipt, "choice on top")
    ballot.save()
    text = typed(receipt["number"], receipt["entry_hash"][:16]).content.decode()
    assert "账本中的记录不成立" in text


def test_an_entry_that_was_taken_out_of_the_record_is_missed_aloud(held: Held) -> None:
    receipt = held.receipts[0]
    append_only.remove(connection)
    LedgerEntry.objects.filter(position=receipt["position"])._raw_delete("default")
    answer = typed(receipt["number"], receipt["entry_hash"][:16])
    assert answer.status_code == 503
    assert "账本中缺少这张票的记录" in answer.content.decode()
    assert "甲公司" not in answer.content.decode()
    proof = Client().get("/check/proof.json", {"n": receipt["number"], "c": "0" * 16})
    assert proof.status_code == 503
    # Whoever has the receipt itself has what its signature proves.
    assert "回执的签名有效，但账本中没有这张票" in pasted(receipt).content.decode()
    mine = held.client("甲公司")
    number = receipt["number"]
    assert mine.get(held.url(f"receipts/{number}.pdf")).status_code == 503
    page = mine.get(held.url("receipts/"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "账本中缺少这张票的记录" in text
    assert receipt["number"] in text, "whoever tells of it can name it"
    split = Ballot.objects.get(number=number)
    split.choice, split.choices = SPLIT, {"secured": "for", "ordinary": "against"}
    told = dict(receipts.told_without_ledger(split))
    assert sorted(told.values()).count("同意") == sorted(told.values()).count("反对") == 1


def test_it_is_limited(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_views, "TRIES", 2)
    # Counted by the minute: all of it is asked in one.
    monkeypatch.setattr(check_views, "time", SimpleNamespace(time=lambda: 1_800_000_000.0))
    assert [typed("1-1", "0" * 16).status_code for _ in range(3)] == [404, 404, 429]
    assert Client().get(CHECK).status_code == 200


# --- Receipts as papers ---------------------------------------------------------------------


def test_a_receipt_as_pdf_carries_itself(held: Held) -> None:
    receipt = held.receipts[2]
    pdf = held.client("proxy").get(held.url(f"receipts/{receipt['number']}.pdf"))
    assert pdf["Content-Type"] == "application/pdf"
    reader = pypdf.PdfReader(BytesIO(pdf.content))
    text = "".join(reader.pages[0].extract_text().replace("\u200b", "").split())
    for said in (
        "表决回执", receipt["number"], receipt["entry_hash"], "300,000.00元", "代理人代理人周",
        "乙公司", receipt["entry_hash"][:16], "/check/",
    ):  # fmt: skip
        assert said in text, said
    (name, content), *_more = reader.attachments.items()
    assert name == "receipt.json"
    assert json.loads(content[0]) == receipt
    ballot = Ballot.objects.select_related("resolution__meeting__case").get(
        number=receipt["number"]
    )
    assert receipts.as_pdf(ballot) == receipts.as_pdf(ballot)
    assert f"n={receipt['number']}&c={receipt['entry_hash'][:16]}" in receipts.check_url(receipt)


@pytest.mark.parametrize(
    ("who", "status"),
    [("proxy", 200), ("乙公司", 200), ("judge", 200), ("甲公司", 404), ("observer", 404),
     ("stranger", 404), ("nobody", 302)],
)  # fmt: skip
def test_who_may_have_a_receipt(held: Held, who: str, status: int) -> None:
    number = held.receipts[2]["number"]
    assert held.client(who).get(held.url(f"receipts/{number}.pdf")).status_code == status


def test_all_receipts_of_a_person_on_one_page(held: Held) -> None:
    text = held.client("乙公司").get(held.url("receipts/")).content.decode()
    for receipt in held.receipts[1:]:
        assert receipt["number"] in text
    assert held.receipts[0]["number"] not in text
    assert "已被同一债权人的另一张票取代" in text


def test_a_receipt_goes_to_ones_own_address(
    held: Held, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_CONFIGURED = True
    person, receipt = held.people["甲公司"], held.receipts[0]
    viewer = held.viewer("甲公司")
    with pytest.raises(Refused, match="没有电子邮箱"):
        receipts.email(held.meeting, viewer, receipt["number"])
    page = held.client("甲公司").post(held.url(f"receipts/{receipt['number']}/email/"))
    assert page.status_code == 400
    assert "没有电子邮箱" in page.content.decode()
    person.email = "jia@example.cn"
    person.save()
    with django_capture_on_commit_callbacks(execute=True):
        receipts.email(held.meeting, held.viewer("甲公司"), receipt["number"])
    (sent,) = mail.outbox
    assert sent.to == ["jia@example.cn"]
    assert receipts.check_url(receipt) in sent.body
    original = next(line for line in sent.body.splitlines() if line.startswith("{"))
    assert json.loads(original) == receipt
    with pytest.raises(Refused):
        receipts.email(held.meeting, held.viewer("judge"), receipt["number"])
