"""Exports of the claims table: the same table comes back, and nothing in it is a formula."""

import csv
import io
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.claims.exporting import columns, files, safety
from creditor_meetings.claims.exporting.template import template
from creditor_meetings.claims.importing import read
from creditor_meetings.claims.importing.commit import Source, commit, says_nothing_new
from creditor_meetings.claims.importing.present import of_table
from creditor_meetings.claims.models import Claim, Conclusion, Nature
from creditor_meetings.meetings.models import Meeting
from tests.claims import papers
from tests.support import world

pytestmark = pytest.mark.django_db

RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def exported(case: Case, kind: str) -> bytes:
    found = of_table(case)
    table = files.claims_table(columns.columns_for(found), columns.rows(found, whole=True))
    pieces = files.xlsx_pieces(table) if kind == "xlsx" else files.csv_pieces(table)
    return b"".join(pieces)


def facts(case: Case) -> list[tuple[Any, ...]]:
    """Everything that a table says of a case, as tables write it."""
    found = []
    for claim in Claim.objects.filter(case=case).select_related("creditor").order_by("position"):
        holder = claim.creditor
        values = [
            holder.position, holder.name, holder.identity_number, holder.contact_name,
            holder.phone, holder.email, claim.nature, claim.collateral, claim.principal_fen,
            claim.interest_fen, claim.other_fen, claim.filed_fen, claim.confirmed_fen,
            claim.confirmed_principal_fen, claim.confirmed_interest_fen,
            claim.confirmed_other_fen, claim.conclusion, claim.reason, claim.priority_waived,
            claim.unsecured_part_fen, claim.temporary_fen, claim.late, claim.note,
        ]  # fmt: skip
        found.append(tuple(columns.written(one) if isinstance(one, str) else one for one in values))
    return found


# --- There and back ---------------------------------------------------------------------------

nasty = st.one_of(
    st.sampled_from(
        [
            "=1+1", "+86 138", "-1", "@sum(A1)", "'=1", "''@x", "\t=cmd|' /C calc'!A0", "＝１＋１",
            "'", '="0123"', "0123", "110101199003070000", "a,b;c\td", 'said "no"', ";" * 60,
            "多\n行\r\n文", "全角　ＡＢＣ１２３", "合计", "小计：", "债权人名称/姓名", "注：见附件",
            "𠮷野家", "x" * 90, "甲\ufeff乙", "_x000D_", "<a>&amp;</a>", "1.5", "2026-01-02",
            "TRUE", "是",
        ]
    ),
    st.text(max_size=30),
)  # fmt: skip
names = nasty.filter(lambda one: columns.written(one) != "")
numbers = st.text("0123456789ABCDGHXY", min_size=1, max_size=18)
amounts = st.one_of(st.sampled_from([0, 1, 10, 100_000_000]), st.integers(0, 3 * 10**14))


@st.composite
def claims(draw) -> dict[str, Any]:
    parts = [draw(amounts) for _part in range(3)]
    filed = sum(parts)
    values: dict[str, Any] = {
        "nature": draw(st.sampled_from(Nature.values)),
        "collateral": draw(nasty), "reason": draw(nasty), "note": draw(nasty),
        "filed_fen": filed, "late": draw(st.booleans()), "confirmed_fen": 0,
        "conclusion": draw(st.sampled_from(["undetermined", "rejected"])),
    }  # fmt: skip
    if draw(st.booleans()):
        # Of some claims only the sum is known, in the middle of others.
        values |= dict(zip(("principal_fen", "interest_fen", "other_fen"), parts, strict=True))
    if values["nature"] in {"secured", "construction"}:
        values["priority_waived"] = draw(st.booleans())
        values["unsecured_part_fen"] = draw(st.integers(0, filed))
    if filed and draw(st.booleans()):
        values["confirmed_fen"] = draw(st.integers(1, filed))
        whole = values["confirmed_fen"] == filed
        values["conclusion"] = Conclusion.CONFIRMED if whole else Conclusion.PARTLY_CONFIRMED
        if draw(st.booleans()):
            first = draw(st.integers(0, values["confirmed_fen"]))
            values["confirmed_principal_fen"] = first
            values["confirmed_interest_fen"] = values["confirmed_fen"] - first
            values["confirmed_other_fen"] = 0
    elif values["conclusion"] == "undetermined" and filed and draw(st.booleans()):
        values["temporary_fen"] = draw(st.integers(1, filed))
    return values


@st.composite
def cases(draw) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
    identities = draw(st.lists(numbers, min_size=1, max_size=4, unique=True))
    return [
        (
            {
                "identity_number": one,
                "name": draw(names),
                "contact_name": draw(nasty),
                "phone": draw(nasty)[:40],
                "email": draw(nasty),
            },
            draw(st.lists(claims(), min_size=1, max_size=3)),
        )
        for one in identities
    ]


def make(drawn: list[tuple[dict[str, str], list[dict[str, Any]]]]) -> Case:
    case = world.make_case()
    position = 0
    for number, (holder, held) in enumerate(drawn, start=1):
        creditor = Creditor.objects.create(case=case, position=number, **holder)
        for values in held:
            position += 1
            Claim.objects.create(case=case, creditor=creditor, position=position, **values)
    return case


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@hypothesis_settings(max_examples=25)
@given(drawn=cases())
def test_what_is_exported_can_be_imported_unchanged(drawn, kind: str) -> None:
    with transaction.atomic():
        case = make(drawn)
        content = exported(case, kind)
        reading = read(content, f"债权表.{kind}")
        assert reading.findings.problems == []
        again = world.make_case()
        commit(again, reading, Source.of(content, f"债权表.{kind}"))
        assert facts(again) == facts(case)
        # Nor does anything of the case change when it comes back.
        assert says_nothing_new(case, read(content, f"债权表.{kind}"))
        # The same table, so the same export and the same hash.
        assert read(exported(again, kind), f"债权表.{kind}").content == reading.content
        transaction.set_rollback(True)


@given(text=nasty)
def test_a_guarded_cell_comes_back_and_is_no_formula(text: str) -> None:
    assert safety.plain(safety.guarded(text)) == text
    assert not safety.guarded(text).startswith(RISKY)


@pytest.mark.parametrize("text", ["温州公司", "'甲'公司", "12-3", "a=b", "2026", "13800000000"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert safety.guarded(text) == text
    assert safety.plain(text) == text


def test_the_sample_comes_back_with_the_same_hash() -> None:
    case = world.make_case()
    content = papers.SAMPLE.read_bytes()
    reading = read(content, "claims_table.xlsx")
    commit(case, reading, Source.of(content, "claims_table.xlsx"))
    for kind in ("xlsx", "csv"):
        back = read(exported(case, kind), f"x.{kind}")
        assert back.content == reading.content
        assert back.findings.problems == []
        assert not [one for one in back.findings.warnings if "不认识" in one.message]


def test_text_is_text_and_amounts_are_numbers() -> None:
    case = world.make_case()
    creditor = world.make_creditor(case, "=1+1", confirmed="1234.05")
    creditor.phone = "+8613800000000"
    creditor.save()
    row = list(load_workbook(io.BytesIO(exported(case, "xlsx"))).active.iter_rows())[1]
    shown = {cell.value: cell.data_type for cell in row if cell.value is not None}
    assert shown["=1+1"] == "s"
    assert shown["+8613800000000"] == "s"
    assert shown[1234.05] == "n"
    cells = list(csv.reader(io.StringIO(exported(case, "csv").decode("utf-8-sig"))))
    assert "'=1+1" in cells[1]
    assert "1234.05" in cells[1]
    assert not [one for line in cells for one in line if one.startswith(RISKY)]


# --- The template -------------------------------------------------------------------------------


def test_the_template_is_understood_and_says_what_may_be_chosen() -> None:
    found = read(template(), "债权表模板.xlsx")
    assert [one.message for one in found.findings.problems] == ["表头之下没有债权。"]
    assert not found.findings.warnings
    book = load_workbook(io.BytesIO(template()))
    sheet = book.active
    lists = {one.formula1 for one in sheet.data_validations.dataValidation}
    assert '"确认,部分确认,暂缓确认,不予确认"' in lists
    assert any("有财产担保债权" in one for one in lists)
    values = {
        "name": "温州供货有限公司", "identity": "91990000MAT11X5051", "nature": "普通债权",
        "principal": 100, "interest": 0, "other": 0, "filed": 100, "confirmed": 100,
        "conclusion": "确认", "phone": "13800000000",
    }  # fmt: skip
    sheet.append([values.get(one.field) for one in columns.COLUMNS])
    file = io.BytesIO()
    book.save(file)
    filled = read(file.getvalue(), "债权表.xlsx")
    assert filled.findings.problems == []
    assert [one.filed for one in filled.entries] == [10_000]


def test_every_heading_is_known_to_the_import() -> None:
    case = world.make_case()
    world.make_creditor(case, "甲", nature="secured", confirmed="5.00")
    Claim.objects.update(
        confirmed_principal_fen=500, confirmed_interest_fen=0, confirmed_other_fen=0
    )
    reading = read(exported(case, "xlsx"), "x.xlsx")
    assert set(reading.heads[0].columns) == {one.field for one in columns.COLUMNS}


# --- Who gets what ------------------------------------------------------------------------------


def client(person: Person) -> Client:
    made = Client()
    made.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return made


def rows_of(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def meeting() -> Meeting:
    case = world.make_case()
    for number in range(3):
        creditor = world.make_creditor(case, f"供货商{number}", confirmed="10.00")
        creditor.identity_number = f"SECRET{number}"
        creditor.phone, creditor.email = f"1391111000{number}", f"secret{number}@example.com"
        creditor.contact_name = f"联络员{number}"
        creditor.save()
        creditor.claims.update(note=f"内部备注{number}")
    return world.make_meeting(case)


def test_a_creditor_gets_its_own_numbers_alone(meeting: Meeting) -> None:
    own = Creditor.objects.get(name="供货商1")
    person = world.make_person(meeting.case, "creditor", own)
    found = rows_of(client(person).get(f"/meetings/{meeting.slug}/claims/table.csv"))
    assert [one["证件号码"] for one in found] == ["不公开", "SECRET1", "不公开"]
    assert [one["联系电话"] for one in found] == ["不公开", "13911110001", "不公开"]
    assert [one["备注"] for one in found] == ["", "内部备注1", ""]
    Meeting.objects.update(claims_open=False)
    found = rows_of(client(person).get(f"/meetings/{meeting.slug}/claims/table.csv"))
    assert [one["债权人名称/姓名"] for one in found] == ["供货商1"]


def test_the_staff_gets_the_whole_table_importable(meeting: Meeting) -> None:
    for role in ("administrator", "judge", "clerk"):
        person = world.make_person(meeting.case, role)
        answer = client(person).get(f"/cases/{meeting.case_id}/claims/table.xlsx")
        assert answer["Content-Disposition"].startswith("attachment;")
        assert "no-store" in answer["Cache-Control"]
        assert says_nothing_new(meeting.case, read(b"".join(answer.streaming_content), "x.xlsx"))
    found = rows_of(client(person).get(f"/meetings/{meeting.slug}/claims/table.csv"))
    assert [one["证件号码"] for one in found] == ["SECRET0", "SECRET1", "SECRET2"]


def test_other_formats_and_other_people_find_nothing(meeting: Meeting) -> None:
    judge = client(world.make_person(meeting.case, "judge"))
    assert judge.get(f"/cases/{meeting.case_id}/claims/table.exe").status_code == 404
    assert judge.get(f"/cases/{meeting.case_id}/claims/template.xlsx").status_code == 403
    stranger = client(world.make_person(world.make_case(), "judge"))
    for address in (
        f"/cases/{meeting.case_id}/claims/table.xlsx", f"/meetings/{meeting.slug}/claims/table.csv",
    ):  # fmt: skip
        assert stranger.get(address).status_code == 404
