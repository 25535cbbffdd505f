"""Filing: a draft that survives, one signature for one filing, late ones marked, all on record."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import CaseRole, Person
from creditor_meetings.claims.filing import (
    deciding,
    declaration,
    doors,
    drafting,
    identity,
    receipt,
    record,
)
from creditor_meetings.claims.filing.access import (
    access_door,
    access_file,
    access_filing,
    access_own_filing,
)
from creditor_meetings.claims.filing.forms import AmountsForm
from creditor_meetings.claims.models import Filing, FilingState
from tests.claims.filing.conftest import FILLED, IN_TIME, House, Outbox, browser, picture
from tests.support import world


def test_a_filing_is_signed_and_gets_a_number(house: House, outbox: Outbox) -> None:
    filing = house.submitted()
    assert filing.state == FilingState.SUBMITTED
    assert filing.number == f"ZQ{house.case.pk:04d}-00001"
    assert (filing.signed_name, filing.submitted_from) == ("陈晓梅", "192.0.2.7")
    text = record.signed_text(filing)
    assert filing.signed_sha256 == declaration.sha256_of(text)
    for said in (
        "100,000.00",
        "壹拾万元整",
        "3,210.50",
        "103,210.50",
        "壹拾万叁仟贰佰壹拾元伍角整",
    ):
        assert said in text
    assert not filing.late
    house.author.refresh_from_db()
    assert house.author.name == "陈晓梅"
    assert [(one.channel, one.to) for one in outbox.sent] == [
        ("sms", "13700000001"),
        ("email", "chen@example.cn"),
    ]
    assert filing.number in outbox.sent[0].text
    assert "103,210.50" not in outbox.sent[0].text


def test_sending_twice_gives_one_filing(house: House) -> None:
    draft = house.draft()
    signed = house.hash(draft)
    first = house.submit(draft, sha256=signed)
    again = house.submit(draft, sha256=signed)
    assert first.number == again.number
    assert first.version == again.version
    assert Filing.objects.count() == 1
    assert first.changes.filter(field=record.SIGNED).count() == 1
    other = house.submitted(principal_fen=5_00)
    assert other.number is not None
    assert other.number.endswith("00002")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "别人"}, "陈晓梅"),
        ({"agreed": False}, "勾选"),
        ({"sha256": "0" * 64}, "重新核对"),
    ],
)
def test_what_is_not_rightly_signed_is_not_taken(house: House, more: dict, words: str) -> None:
    with pytest.raises(Refused, match=words):
        house.submit(house.draft(), **more)
    assert Filing.objects.get().state == FilingState.DRAFT


def test_a_change_in_another_window_asks_for_another_look(house: House) -> None:
    draft = house.draft()
    signed = house.hash(draft)
    drafting.add_file(draft, picture(), house.author)
    with pytest.raises(Refused, match="重新核对"):
        house.submit(draft, sha256=signed)
    assert house.submit(draft).number


@pytest.mark.parametrize(
    ("lacking", "step"),
    [
        ({"creditor_name": " "}, "who"),
        ({"identity_number": ""}, "who"),
        ({"phone": "", "email": ""}, "who"),
        ({"principal_fen": 0, "interest_fen": 0}, "amounts"),
        ({"nature": "secured"}, "amounts"),
        ({"facts": ""}, "grounds"),
    ],
)
def test_what_lacks_something_is_not_submitted(house: House, lacking: dict, step: str) -> None:
    draft = house.draft(**lacking)
    assert {one for one, _field, _words in drafting.missing(draft)} == {step}
    with pytest.raises(Refused):
        house.submit(draft)


def test_the_last_day_counts_and_ends_in_china(house: House) -> None:
    last = datetime(2026, 5, 10, 15, 59, tzinfo=UTC)  # 23:59 in Beijing
    with clock.set_to(last):
        assert not house.submitted().late
    with clock.set_to(last + timedelta(minutes=1)):
        late = house.submitted(principal_fen=7_00)
    assert late.late
    assert "第五十六条" in record.signed_text(late)
    assert receipt.pdf(late).startswith(b"%PDF")


def test_a_returned_filing_is_supplied_and_stays_in_time(house: House) -> None:
    filing = house.taken(house.submitted())
    deciding.return_for_supplement(
        filing, house.viewer(house.administrator), reason="请补充对账单。", version=filing.version
    )
    filing.refresh_from_db()
    assert filing.state == FilingState.RETURNED
    with clock.set_to(datetime(2026, 6, 1, tzinfo=UTC)):
        drafting.save(filing, {"interest_fen": 1_00}, house.author, address="192.0.2.9")
        drafting.add_file(filing, picture(), house.author)
        again = house.submit(filing)
    assert (again.number, again.late) == (filing.number, False)
    assert again.submitted_at == filing.submitted_at
    change = again.changes.get(field="interest_fen")
    assert (change.before, change.after, change.by, change.address) == (
        "3210.50", "1.00", house.author, "192.0.2.9",
    )  # fmt: skip
    assert again.changes.filter(field=record.SIGNED).count() == 2
    assert again.changes.filter(field=record.FILE).count() == 1


def test_what_was_submitted_is_not_written_any_more(house: House) -> None:
    filing = house.submitted()
    with pytest.raises(Refused):
        drafting.save(filing, {"facts": "改"}, house.author)
    with pytest.raises(Refused):
        drafting.add_file(filing, picture(), house.author)
    drafting.withdraw(filing, house.author, reason="重复申报")
    filing.refresh_from_db()
    assert filing.state == FilingState.WITHDRAWN
    assert filing.changes.get(after="withdrawn").reason == "重复申报"
    with pytest.raises(Refused):
        house.submit(filing)


def test_an_empty_draft_is_gone_on_with(house: House) -> None:
    first = drafting.start(house.door, house.author)
    assert drafting.start(house.door, house.author) == first
    house.draft()
    assert drafting.start(house.door, house.author) != first
    assert not CaseRole.objects.filter(person=house.author).exists()


def test_a_closed_door_takes_nothing(house: House) -> None:
    draft = house.draft()
    doors.set_door(house.case, False, house.viewer(house.administrator))
    house.door.refresh_from_db()
    with pytest.raises(Refused):
        drafting.start(house.door, house.author)
    with pytest.raises(Refused):
        house.submit(draft)
    token = house.door.token
    assert doors.set_door(house.case, True, house.viewer(house.administrator)).token == token
    with pytest.raises(Refused):
        doors.set_door(house.case, False, house.viewer(house.judge))


def test_the_team_and_court_do_not_file(house: House) -> None:
    for person in (house.administrator, house.judge):
        with pytest.raises(Refused):
            drafting.start(house.door, person)


def test_a_creditor_of_the_table_begins_with_what_is_known(house: House) -> None:
    creditor = world.make_creditor(house.case, "温州供货有限公司")
    person = world.make_person(house.case, "creditor", creditor)
    filing = drafting.start(house.door, person)
    assert (filing.creditor, filing.creditor_name) == (creditor, "温州供货有限公司")
    assert filing.identity_number == creditor.identity_number


def test_evidence_is_kept_once_and_removed_before_submitting(house: House) -> None:
    draft = house.draft()
    kept = drafting.add_file(draft, picture(), house.author)
    with pytest.raises(Refused, match="已经上传过"):
        drafting.add_file(draft, picture("又一份.png"), house.author)
    with pytest.raises(Refused):
        drafting.add_file(draft, picture("合同.pdf"), house.author)
    drafting.add_file(draft, picture("发票.png", "red"), house.author)
    drafting.remove_file(kept, house.author)
    assert [one.name for one in drafting.files_of(draft)] == ["发票.png"]
    draft.refresh_from_db()
    signed = house.submit(draft)
    assert "发票.png" in record.signed_text(signed)
    assert "合同.png" not in record.signed_text(signed)
    seen = access_filing(house.author, house.case.pk, draft.pk)
    with pytest.raises(NotFound):
        access_file(seen, kept.pk)


def test_evidence_that_was_submitted_stays_on_record(house: House) -> None:
    draft = house.draft()
    kept = drafting.add_file(draft, picture(), house.author)
    filing = house.taken(house.submit(draft))
    deciding.return_for_supplement(
        filing, house.viewer(house.administrator), reason="请换清楚的。", version=filing.version
    )
    with clock.set_to(IN_TIME + timedelta(hours=1)):
        drafting.remove_file(kept, house.author)
    with pytest.raises(NotFound):
        access_file(access_filing(house.author, house.case.pk, draft.pk), kept.pk)
    assert access_file(access_filing(house.judge, house.case.pk, draft.pk), kept.pk) == kept
    page = browser(house.judge).get(f"/cases/{house.case.pk}/filings/{draft.pk}/")
    assert kept.name in page.content.decode()


def test_nobody_fills_the_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "MAX_BYTES_A_DAY", 600)
    draft = house.draft()
    size = picture().size
    assert size is not None
    for _again in range(600 // size):
        made = drafting.add_file(draft, picture(), house.author)
        drafting.remove_file(made, house.author)
    with pytest.raises(Refused) as refused:
        drafting.add_file(draft, picture(), house.author)
    assert refused.value.code == "too_many_requests"
    with clock.set_to(IN_TIME + timedelta(days=2)):
        drafting.add_file(draft, picture(), house.author)


def test_a_filing_is_its_authors_and_once_submitted_the_teams(house: House) -> None:
    draft = house.draft()
    creditor = world.make_creditor(house.case)
    others = [
        Person.objects.create(phone="13700000002"),
        world.make_person(house.case, "creditor", creditor),
        world.make_person(house.case, "debtor"),
        world.make_person(world.make_case(), "administrator"),
    ]
    for person in [*others, house.administrator, house.judge]:
        with pytest.raises(NotFound):
            access_filing(person, house.case.pk, draft.pk)
    house.submit(draft)
    for person in others:
        with pytest.raises(NotFound):
            access_filing(person, house.case.pk, draft.pk)
        with pytest.raises(NotFound):
            access_own_filing(person, house.case.pk, draft.pk)
    assert access_filing(house.judge, house.case.pk, draft.pk).viewer is not None
    with pytest.raises(Refused) as refused:
        access_own_filing(house.judge, house.case.pk, draft.pk)
    assert not isinstance(refused.value, NotFound)
    with pytest.raises(NotFound):
        access_filing(house.author, world.make_case().pk, draft.pk)
    for token in ("", "0" * 16, house.door.token[:-1]):
        with pytest.raises(NotFound):
            access_door(token)


def test_the_receipt_says_what_was_signed_and_not_what_was_written_as_facts(house: House) -> None:
    facts = "申报总额：人民币 9,999,999.00 元\n证据材料：共 99 件\n申报编号：ZQ-1"
    filing = house.submitted(facts=facts)
    said = dict(receipt._data(filing, record.signed_text(filing))["facts"])
    assert said["申报总额"].startswith("人民币 103,210.50 元")
    assert said["证据材料"] == "未附"
    assert said["申报编号"] == filing.number
    assert receipt.pdf(filing) == receipt.pdf(filing)
    attached = PdfReader(io.BytesIO(receipt.pdf(filing))).attachments["declaration.txt"][0]
    assert declaration.sha256_of(attached.decode()) == filing.signed_sha256


@pytest.mark.parametrize(
    ("number", "entity", "doubtful"),
    [
        ("91110000600037341L", "company", False),
        ("91110000600037341M", "company", True),
        ("9111000060003734", "company", True),
        ("11010519491231002X", "person", False),
        ("１１０１０５１９４９１２３１００２ｘ", "person", False),
        ("110105194912310021", "person", True),
        ("E12345678", "person", True),
        ("²²²²²²²²²²²²²²²²²²", "person", True),
        ("", "person", False),
        ("anything", "", False),
    ],
)
def test_identity_numbers_warn_and_stop_nobody(number: str, entity: str, doubtful: bool) -> None:
    assert bool(identity.doubt(number, entity)) == doubtful


def _read(**typed: str) -> AmountsForm:
    form = AmountsForm({"principal_fen": "", "interest_fen": "", "other_fen": "", **typed})
    form.is_valid()
    return form


@given(st.integers(0, 10**15), st.sampled_from(["{}", "¥{}", " {} 元", "{} "]), st.booleans())
def test_amounts_are_read_to_the_fen(amount: int, pattern: str, grouped: bool) -> None:
    whole, part = divmod(amount, 100)
    text = f"{whole:,}.{part:02d}" if grouped else f"{whole}.{part:02d}"
    form = _read(principal_fen=pattern.format(text))
    assert form.values()["principal_fen"] == amount


@pytest.mark.parametrize(
    "text", ["1.234", "-5", "1e5", "abc", "1.2.3", "NaN", "9" * 17, "½", "1_000"]
)
def test_what_is_no_amount_is_named(text: str) -> None:
    form = _read(principal_fen=text, interest_fen="1.00")
    assert text[:40] in form.errors["principal_fen"][0] or "过大" in form.errors["principal_fen"][0]
    assert form.values()["interest_fen"] == 100
    assert "principal_fen" not in form.values()


def test_every_editable_field_is_asked_for() -> None:
    assert set(FILLED) == drafting.EDITABLE
