"""Pages of filing and review: who sees what, what a form keeps, what a guess gives."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases import people
from creditor_meetings.cases.models import CaseRole, Person, SignInCode
from creditor_meetings.claims.filing import deciding, drafting
from creditor_meetings.claims.models import Claim, Filing, FilingState
from tests.claims.filing.conftest import FILLED, House, Outbox, browser, decision, picture
from tests.support import world


def text_of(response: Any) -> str:
    return response.content.decode()


def prove(client: Client, house: House, outbox: Outbox, identifier: str) -> Any:
    """Come in by a code."""
    path = f"/file/{house.door.token}/"
    sent = client.post(path, {"identifier": identifier})
    assert sent["Location"] == f"{path}code/"
    found = re.search(r"\d{6}", outbox.sent[-1].text)
    assert found is not None
    return client.post(f"{path}code/", {"code": found[0]})


# --- the door ---


def test_the_public_page_tells_what_one_needs(house: House) -> None:
    page = text_of(Client().get(f"/file/{house.door.token}/"))
    for shown in (house.case.debtor, house.case.court, "2026-05-10", "上海明理律师事务所", "证据"):
        assert shown in page


@pytest.mark.parametrize("token", ["0" * 16, "x", "a" * 300, "%00"])
def test_a_guessed_address_is_nothing(house: House, token: str) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/file/{token}/").status_code == 404


@pytest.mark.parametrize(("typed", "field"), [("138 0000 1234", "phone"), ("A@b.cn", "email")])
def test_somebody_new_comes_in_by_a_code(
    house: House, outbox: Outbox, typed: str, field: str
) -> None:
    client = Client()
    done = prove(client, house, outbox, typed)
    assert done["Location"] == f"/file/{house.door.token}/"
    person = Person.objects.get(pk=client.session["_auth_user_id"])
    assert getattr(person, field) in ("13800001234", "a@b.cn")
    assert not CaseRole.objects.filter(person=person).exists()
    begun = client.post(f"/file/{house.door.token}/")
    filing = Filing.objects.get(person=person)
    assert begun["Location"].endswith(f"/filing/{filing.pk}/who/")
    # The same address again is the same person.
    again = Client()
    prove(again, house, outbox, typed)
    assert again.session["_auth_user_id"] == str(person.pk)


def test_nobody_learns_who_is_there_already(house: House, outbox: Outbox) -> None:
    known = people.create_person("李华", phone="13800000000")
    pages = []
    for phone in ("13800000000", "13999999999"):
        client = Client()
        path = f"/file/{house.door.token}/"
        first = client.post(path, {"identifier": phone})
        answers = [(first.status_code, first["Location"])]
        for reply in [client.get(f"{path}code/")] + [
            client.post(f"{path}code/", {"code": "not it"}) for _ in range(6)
        ]:
            said = re.sub(r'value="\w{64}"|1\d\d\*{4}\d{4}|\d+ 秒', "", text_of(reply))
            answers.append((reply.status_code, said))
        pages.append(answers)
    assert pages[0] == pages[1]
    assert len(outbox.sent) == 2
    client = Client()
    prove(client, house, outbox, "13800000000")
    assert client.session["_auth_user_id"] == str(known.pk)


def test_staff_with_a_password_are_not_let_in_by_a_code(house: House, outbox: Outbox) -> None:
    house.administrator.email = "zhou@example.cn"
    house.administrator.set_password("correct horse battery")
    house.administrator.save()
    client = Client()
    path = f"/file/{house.door.token}/"
    client.post(path, {"identifier": "zhou@example.cn"})
    assert not re.search(r"\d{6}", outbox.sent[-1].text)
    row = SignInCode.objects.get()
    assert row.person is None
    for _try in range(6):
        client.post(f"{path}code/", {"code": "000000"})
    assert "_auth_user_id" not in client.session


def test_tries_are_counted(house: House, outbox: Outbox) -> None:
    client = Client()
    path = f"/file/{house.door.token}/"
    client.post(path, {"identifier": "13800001234"})
    right = re.search(r"\d{6}", outbox.sent[-1].text)
    assert right is not None
    wrong = f"{(int(right[0]) + 1) % 1_000_000:06d}"
    for _try in range(5):
        client.post(f"{path}code/", {"code": wrong})
    client.post(f"{path}code/", {"code": right[0]})
    assert "_auth_user_id" not in client.session
    assert not Person.objects.filter(phone="13800001234").exists()


def test_a_code_of_the_sign_in_makes_nobody(house: House, outbox: Outbox) -> None:
    client = Client()
    client.post("/signin/", {"identifier": "13800001234"})
    assert not outbox.sent
    assert client.get(f"/file/{house.door.token}/code/").status_code == 302


def test_posts_need_their_token(house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    path = f"/file/{house.door.token}/"
    assert client.post(path, {"identifier": "13800001234"}).status_code == 403
    assert not SignInCode.objects.exists()


def test_a_closed_door_says_so(house: House) -> None:
    house.door.open = False
    house.door.save()
    page = Client().get(f"/file/{house.door.token}/")
    assert "已关闭" in text_of(page)
    assert (
        Client().post(page.request["PATH_INFO"], {"identifier": "13800001234"}).status_code == 400
    )
    assert browser(house.author).post(page.request["PATH_INFO"]).status_code == 403


# --- the steps ---


def step(filing: Filing, name: str) -> str:
    return f"/cases/{filing.case_id}/filing/{filing.pk}/{name}/"


def test_half_a_step_is_kept_and_the_rest_said(house: House) -> None:
    client = browser(house.author)
    client.post(f"/file/{house.door.token}/")
    filing = Filing.objects.get()
    typed = {
        "creditor_name": "钱塘示例轴承有限公司", "identity_number": " 91330000ma2xxxxx1x ",
        "email": "nonsense@", "entity": "martian",
    }  # fmt: skip
    answer = client.post(step(filing, "who"), {**typed, "go": "next"})
    assert answer.status_code == 400
    page = text_of(answer)
    assert "“nonsense@”不是电子邮箱地址" in page
    assert 'value="nonsense@"' in page
    filing.refresh_from_db()
    assert (filing.creditor_name, filing.email) == ("钱塘示例轴承有限公司", "")
    assert filing.identity_number == "91330000MA2XXXXX1X"
    kept = client.post(step(filing, "who"), {"contact_name": "陈晓梅", "go": "stay"})
    assert kept["Location"] == step(filing, "who")
    assert 'value="陈晓梅"' in text_of(client.get(step(filing, "who")))


def test_a_script_keeps_a_step_and_hears_the_sums(house: House) -> None:
    filing = house.draft()
    answer = browser(house.author).post(
        step(filing, "amounts"),
        {"principal_fen": "12.5", "interest_fen": "oops", "other_fen": "", "nature": "ordinary"},
        headers={"accept": "application/json"},
    )
    told = json.loads(answer.content)
    assert told["ok"]
    assert told["total"] == "3,223.00"  # the interest stays as it was kept
    assert told["capitals"] == "叁仟贰佰贰拾叁元整"
    assert "interest_fen" in told["errors"]


@pytest.mark.parametrize(
    "data",
    [
        {"principal_fen": "1" * 500},
        {"principal_fen": "\x00"},
        {"nature": "investor"},
        {"nature": ""},
        {"collateral": "x" * 5000},
        {"facts": "\x00"},
        {"creditor_name": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")},
    ],
)
def test_nothing_that_is_sent_breaks_a_step(house: House, data: dict[str, str]) -> None:
    filing = house.draft()
    for name in ("who", "amounts", "grounds", "evidence", "sign"):
        answer = browser(house.author).post(step(filing, name), data)
        assert answer.status_code in (200, 302, 400), name
    filing.refresh_from_db()
    assert filing.state == FilingState.DRAFT
    assert filing.nature == "ordinary"


def test_evidence_without_a_script_and_with_one(house: House) -> None:
    filing = house.draft()
    client = browser(house.author)
    done = client.post(step(filing, "evidence"), {"files": [picture(), picture("二.png", "red")]})
    assert done.status_code == 302
    refused = client.post(step(filing, "evidence"), {"files": [picture("三.exe", "blue")]})
    assert refused.status_code == 400
    assert "三.exe" in text_of(refused)
    told = client.post(
        step(filing, "evidence"), {"files": [picture()]}, headers={"accept": "application/json"}
    )
    assert told.status_code == 400
    assert "已经上传过" in told.json()["refused"][0]["message"]
    first = filing.files.first()
    assert first is not None
    base = f"/cases/{filing.case_id}/filing/{filing.pk}/files/{first.pk}/"
    given = client.get(base)
    assert given["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given["Content-Security-Policy"]
    assert client.get(f"{base}pages/1/")["Content-Type"] == "image/webp"
    assert client.get(f"{base}pages/2/").status_code == 404
    for other in (house.judge, Person.objects.create(phone="13700000009")):
        assert browser(other).get(base).status_code == 404
    client.post(f"{base}remove/")
    assert client.get(base).status_code == 404


def test_signing_on_the_page(house: House) -> None:
    filing = house.draft()
    client = browser(house.author)
    page = text_of(client.get(step(filing, "sign")))
    found = re.search(r'name="sha256" value="(\w{64})"', page)
    assert found is not None
    assert "壹拾万叁仟贰佰壹拾元伍角整" in page
    data = {"sha256": found[1], "name": "陈 晓梅", "agreed": "on"}
    for _twice in range(2):
        done = client.post(step(filing, "sign"), data)
        assert done["Location"] == f"/cases/{filing.case_id}/filing/{filing.pk}/"
    shown = text_of(client.get(done["Location"]))
    filing.refresh_from_db()
    assert filing.number is not None
    assert filing.number in shown
    pdf = client.get(f"{done['Location']}receipt.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert "attachment" in pdf["Content-Disposition"]
    # Written no more: the steps lead to what was filed.
    assert client.get(step(filing, "who"))["Location"] == done["Location"]
    assert filing.creditor_name in text_of(client.get("/"))


def test_what_is_guessed_is_not_found(house: House) -> None:
    filing = house.submitted()
    base = f"/cases/{house.case.pk}/filing"
    other = browser(Person.objects.create(phone="13700000009"))
    creditor = browser(world.make_person(house.case, "creditor", world.make_creditor(house.case)))
    for client in (other, creditor):
        for path in ("", "receipt.pdf", "who/", "sign/", "files/1/", "nonsense/"):
            assert client.get(f"{base}/{filing.pk}/{path}").status_code == 404, path
        assert client.post(f"{base}/{filing.pk}/withdraw/").status_code == 404
    mine = browser(house.author)
    for number in (filing.pk + 1, 10**30):
        assert mine.get(f"{base}/{number}/").status_code == 404
    assert mine.get(f"{base}/{filing.pk}/nonsense/").status_code == 404
    assert mine.get(f"/cases/{house.case.pk}/filings/").status_code == 404
    assert mine.get(f"/cases/{house.case.pk}/filings/{filing.pk}/").status_code == 404


# --- review ---


def test_the_queue_is_filtered_and_counts(house: House) -> None:
    first, second = house.submitted(), house.submitted(creditor_name="衢州示例标准件厂")
    world_client = browser(house.judge)
    base = f"/cases/{house.case.pk}/filings/"
    page = text_of(world_client.get(base))
    assert first.number in page
    assert second.number in page
    assert "领取下一件" not in page
    found = text_of(world_client.get(f"{base}?q=衢州"))
    assert first.number not in found
    assert second.number in found
    assert first.number not in text_of(world_client.get(f"{base}?late=1"))
    assert first.number not in text_of(world_client.get(f"{base}?state=decided"))
    taken = browser(house.administrator)
    led = taken.post(f"{base}next/")
    assert led["Location"] == f"{base}{first.pk}/"
    assert first.number in text_of(taken.get(f"{base}?mine=1"))
    assert second.number not in text_of(taken.get(f"{base}?mine=1"))
    for query in ("?page=999", "?page=x", "?state=nonsense", "?q=%00", "?q=" + "x" * 3000):
        assert world_client.get(base + query).status_code == 200


def test_the_queue_in_english_says_what_its_button_does(house: House) -> None:
    house.submitted()
    client = browser(house.judge)
    client.cookies["django_language"] = "en"
    page = client.get(f"/cases/{house.case.pk}/filings/").content.decode()
    assert ">Open<span" in page
    assert "Opened" not in page


def test_reviewing_on_the_page_keeps_what_was_typed(house: House) -> None:
    filing = house.taken(house.submitted())
    client = browser(house.administrator)
    path = f"/cases/{house.case.pk}/filings/{filing.pk}/"
    data = {
        "action": "decide", "version": filing.version, "nature": "ordinary", "collateral": "",
        "conclusion": "partly_confirmed", "principal": "100,000.00", "interest": "9999",
        "other": "", "unsecured_part": "", "reason": "利息起算日有误。", "let_in": "on",
    }  # fmt: skip
    refused = client.post(path, data)
    assert refused.status_code == 400
    assert "利息" in text_of(refused)
    assert 'value="9999"' in text_of(refused)
    stale = client.post(path, {**data, "interest": "1000", "version": filing.version - 1})
    assert "刚有变化" in text_of(stale)
    done = client.post(path, {**data, "interest": "1000"})
    assert done.status_code == 302
    claim = Claim.objects.get(filing=filing)
    assert claim.confirmed_fen == 101_000_00
    result = text_of(browser(house.author).get(f"/cases/{house.case.pk}/filing/{filing.pk}/"))
    for shown in ("101,000.00", "利息起算日有误。", "部分确认", "第五十八条", "司法解释三第八条"):
        assert shown in result


def test_a_return_asks_for_words_and_says_them(house: House) -> None:
    filing = house.taken(house.submitted())
    client = browser(house.administrator)
    path = f"/cases/{house.case.pk}/filings/{filing.pk}/"
    data = {"action": "return", "version": filing.version, "return_reason": " "}
    assert "请写明需要补正什么" in text_of(client.post(path, data))
    client.post(path, {**data, "return_reason": "请补充对账单。"})
    own = browser(house.author)
    page = text_of(own.get(f"/cases/{house.case.pk}/filing/{filing.pk}/"))
    assert "请补充对账单。" in page
    assert "请补充对账单。" in text_of(own.get(step(filing, "who")))


def test_holding_by_a_script(house: House) -> None:
    filing = house.submitted()
    path = f"/cases/{house.case.pk}/filings/{filing.pk}/hold/"
    one, other = browser(house.administrator), browser(house.colleague)
    one.post(path, {"action": "take"})
    assert one.post(path, {"action": "renew"}).json()["mine"] is True
    told = other.post(path, {"action": "renew"}).json()
    assert (told["mine"], told["by"]) == (False, "周明")
    other.post(path, {"action": "take", "why": "周明外出"})
    assert one.post(path, {"action": "renew"}).json()["by"] == "何青"
    assert browser(house.judge).post(path, {"action": "take"}).status_code == 403
    assert "何青" in text_of(one.get(f"/cases/{house.case.pk}/filings/"))


def test_a_notice_can_be_sent_again(house: House, outbox: Outbox) -> None:
    filing = house.submitted()
    deciding.decide(filing, decision(), house.viewer(house.administrator), version=filing.version)
    outbox.sent.clear()
    path = f"/cases/{house.case.pk}/filings/{filing.pk}/"
    browser(house.administrator).post(path, {"action": "notify"})
    assert len(outbox.sent) == 2
    assert browser(house.judge).post(path, {"action": "notify"}).status_code == 403


def test_an_imported_entry_is_corrected_with_a_reason(house: House) -> None:
    creditor = world.make_creditor(house.case, "温州供货有限公司", confirmed="1000.00")
    claim = creditor.claims.get()
    path = f"/cases/{house.case.pk}/claims/{claim.pk}/"
    client = browser(house.administrator)
    assert creditor.identity_number in text_of(client.get(path))
    data = {
        "version": claim.version, "nature": "ordinary", "conclusion": "partly_confirmed",
        "principal_fen": "1000.00", "filed_fen": "1000.00", "confirmed_fen": "999",
        "confirmed_principal_fen": "600", "confirmed_interest_fen": "", "reason": "已部分清偿。",
        "late": "on",
    }  # fmt: skip
    without = client.post(path, data)
    assert without.status_code == 400
    assert "请写明修改的理由" in text_of(without)
    assert client.post(path, {**data, "why": "对账后更正"}).status_code == 302
    claim.refresh_from_db()
    # Parts that are given make the sum.
    assert (claim.confirmed_fen, claim.confirmed_interest_fen, claim.late) == (600_00, 0, True)
    page = text_of(browser(house.judge).get(path))
    for shown in ("对账后更正", "周明", "部分确认", "600.00", "1,000.00"):
        assert shown in page
    assert "保存修改" not in page
    stale = client.post(path, {**data, "why": "再次"})
    assert "他人修改" in text_of(stale)
    assert browser(house.judge).post(path, {**data, "why": "x"}).status_code == 403
    person = world.make_person(house.case, "creditor", creditor)
    assert browser(person).get(path).status_code == 403
    elsewhere = world.make_creditor(world.make_case()).claims.get()
    assert client.get(f"/cases/{house.case.pk}/claims/{elsewhere.pk}/").status_code == 404


def test_the_administrators_page_of_the_door(house: House) -> None:
    path = f"/cases/{house.case.pk}/filing/"
    page = text_of(browser(house.judge).get(path))
    assert f"/file/{house.door.token}/" in page
    assert "data:image/svg+xml;base64," in page
    assert browser(house.judge).post(path, {"open": "0"}).status_code == 403
    browser(house.administrator).post(path, {"open": "0"})
    house.door.refresh_from_db()
    assert not house.door.open
    links = text_of(browser(house.administrator).get(f"/cases/{house.case.pk}/"))
    assert path in links


def test_the_files_of_a_filing_lie_below_the_data_directory(house: House, settings: Any) -> None:
    filing = house.draft()
    made = drafting.add_file(filing, picture(), house.author)
    assert (settings.DATA_DIR / drafting.ROOM / made.sha256).is_file()
    assert FILLED["creditor_name"] == filing.creditor_name
