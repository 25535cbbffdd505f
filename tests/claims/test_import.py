"""A claims table is understood as administrators keep it, and committed whole or not at all."""

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.cases.money import fen
from creditor_meetings.claims import news
from creditor_meetings.claims.importing import Reading, read
from creditor_meetings.claims.importing.commit import Source, commit
from creditor_meetings.claims.models import Claim, ClaimsTable
from tests.claims import papers
from tests.support import world


def bring(case: Case, content: bytes, name: str = "table.xlsx") -> bool:
    """Import a file into a case."""
    return commit(case, read(content, name), Source.of(content, name))


def lines(reading: Reading) -> list[str]:
    return [one.line for one in reading.findings.problems]


# --- the sample ---


def test_the_sample_is_understood_to_the_fen() -> None:
    reading = read(papers.SAMPLE)
    assert lines(reading) == []
    assert len(reading.creditors) == 326
    # 326 creditors, seven of which hold a second claim in a row of its own.
    assert len(reading.entries) == 333
    assert reading.filed_fen == fen("796598397.62")
    assert reading.confirmed_fen == fen("738620984.68")
    assert reading.case_number == "(2022)浙0381破示12号"
    assert reading.unit == "人民币元"
    assert [one.position for one in reading.creditors] == list(range(1, 327))


def test_the_samples_details_survive() -> None:
    reading = read(papers.SAMPLE)
    by_row = {entry.place.row: entry for entry in reading.entries}
    assert by_row[8].holder is by_row[7].holder
    assert by_row[5].interest == fen("129761.91")
    assert by_row[19].holder.identity_number == "91990000MAE1RT5AHA"
    assert by_row[22].holder.name == "周宗良"
    assert by_row[9].waived
    assert (by_row[30].conclusion, by_row[30].confirmed) == ("undetermined", 0)
    assert by_row[30].temporary == fen("6317.94")
    assert sum(entry.temporary is not None for entry in reading.entries) == 9


@pytest.mark.django_db
def test_the_sample_is_stored_as_it_says() -> None:
    case = world.make_case()
    assert bring(case, papers.SAMPLE.read_bytes())
    claims = Claim.objects.filter(case=case)
    assert claims.count() == 333
    assert Creditor.objects.filter(case=case).count() == 326
    assert sum(claims.values_list("filed_fen", flat=True)) == fen("796598397.62")
    assert sum(claims.values_list("confirmed_fen", flat=True)) == fen("738620984.68")
    table = ClaimsTable.objects.get(case=case)
    assert table.imported_at
    assert len(table.sha256) == 64


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (("L17", "129,565,563.52"), ("L17", "129,565,563.52", "129,565,563.51")),
        (("M345", "738,620,984.69"), ("M345", "738,620,984.69", "738,620,984.68")),
    ],
)
def test_a_sum_of_the_sample_that_is_off_by_a_fen_is_found(
    spoil: tuple[str, str], named: tuple[str, ...]
) -> None:
    from openpyxl import load_workbook

    book = load_workbook(papers.SAMPLE)
    book.worksheets[0][spoil[0]] = spoil[1]
    found = lines(read(papers.saved(book), "sample.xlsx"))
    assert len(found) == 1
    for word in named:
        assert word in found[0]


# --- other forms of the same table ---


def test_the_good_table_is_good() -> None:
    reading = read(papers.workbook(), "table.xlsx")
    assert lines(reading) == []
    assert [entry.place.row for entry in reading.entries] == [5, 6, 8, 9, 10]
    assert reading.filed_fen == fen("12850.50")
    assert reading.confirmed_fen == fen("9500.50")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_says_the_same_as_xlsx(encoding: str) -> None:
    reading = read(papers.csv_lines().encode(encoding), "table.csv")
    assert lines(reading) == []
    assert reading.content == read(papers.workbook(), "table.xlsx").content


def test_tabs_and_semicolons_part_columns_too() -> None:
    import csv
    import io

    rows = list(csv.reader(io.StringIO(papers.csv_lines())))
    for delimiter in "\t;":
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=delimiter).writerows(rows)
        reading = read(file.getvalue().encode(), "table.csv")
        assert lines(reading) == []
        assert len(reading.entries) == 5


def test_amounts_in_ten_thousands() -> None:
    def in_wan(sheet) -> None:
        sheet["Q2"] = "金额单位：万元"
        for row in range(5, 13):
            for column in "IJKLMQ":
                cell = sheet[f"{column}{row}"]
                if cell.value not in (None, "-", "—"):
                    cell.value = f"{cents(cell.value) / 10**6:.6f}"

    def cents(value: object) -> int:
        from creditor_meetings.claims.importing.cells import amount

        return amount(value)  # type: ignore[arg-type]

    reading = read(papers.workbook(in_wan), "table.xlsx")
    assert lines(reading) == []
    assert reading.filed_fen == fen("12850.50")


def test_a_column_names_its_own_unit() -> None:
    reading = read(papers.workbook(papers.put(I3="申报金额(万元)")), "table.xlsx")
    assert reading.entries[3].filed == fen("30000000.00")


def test_a_table_with_one_amount_column_and_one_head_row() -> None:
    head = [
        "编号",
        "债权人",
        "身份证号/统一社会信用代码",
        "债权类型",
        "申报债权金额",
        "审定金额",
        "审查意见",
    ]
    rows = [head, [1, "李华", "990000198611192183", "普通债权", 5, 5, "确认"]]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    reading = read(text.encode("gb18030"), "table.csv")
    assert lines(reading) == []
    assert reading.entries[0].filed == 500


def test_the_head_again_on_each_page_and_section_headings_are_no_claims() -> None:
    def repeat(sheet) -> None:
        sheet.insert_rows(8, 3)
        for column, value in enumerate(papers.HEAD, start=1):
            sheet.cell(8, column, value)
        for column, value in enumerate(papers.SUBHEAD, start=1):
            sheet.cell(9, column, value)
        sheet.cell(10, 1, "二、普通债权")

    reading = read(papers.workbook(repeat), "table.xlsx")
    assert lines(reading) == []
    assert len(reading.entries) == 5


def test_the_same_identity_number_is_the_same_creditor() -> None:
    spoil = papers.put(B10="李华（曾用名李花）", C10="990000 198611192183", A10=None)
    reading = read(papers.workbook(spoil), "table.xlsx")
    assert lines(reading) == []
    assert len(reading.creditors) == 3
    assert reading.entries[4].holder is reading.entries[2].holder
    assert any(one.row == 10 and "李华" in one.message for one in reading.findings.warnings)


def test_identity_numbers_that_fail_their_check_digit_are_warnings_alone() -> None:
    reading = read(papers.workbook(papers.put(C8="990000198611192184")), "table.xlsx")
    assert lines(reading) == []
    assert any("第 8 行" in one.message for one in reading.findings.warnings)


def test_hidden_sheets_are_not_imported_but_said() -> None:
    def hide(sheet) -> None:
        copy = sheet.parent.copy_worksheet(sheet)
        copy.title = "旧表"
        copy.sheet_state = "hidden"

    reading = read(papers.workbook(hide), "table.xlsx")
    assert len(reading.entries) == 5
    assert any(one.sheet == "旧表" for one in reading.findings.warnings)


def test_rows_formatted_far_below_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    from openpyxl.styles import Font

    monkeypatch.setattr("creditor_meetings.claims.importing.workbook.MAX_ROWS", 1000)
    spoil = lambda sheet: setattr(sheet["A1048576"], "font", Font(bold=True))  # noqa: E731
    assert lines(read(papers.workbook(spoil), "t.xlsx")) == []


# --- committing ---


@pytest.mark.django_db
def test_the_same_table_again_changes_nothing() -> None:
    case = world.make_case()
    content = papers.workbook()
    told = []
    news.on_change(lambda case_id, creditors: told.append(case_id))
    assert bring(case, content)
    before = list(Claim.objects.values())
    assert not bring(case, content)
    # The same claims in another file are the same claims.
    assert not bring(case, papers.csv_lines().encode(), "table.csv")
    assert list(Claim.objects.values()) == before
    assert told == [case.pk]
    assert ClaimsTable.objects.count() == 1


@pytest.mark.django_db
def test_a_temporary_amount_set_since_makes_the_table_no_other_one() -> None:
    case = world.make_case()
    bring(case, papers.workbook())
    Claim.objects.filter(conclusion="undetermined").update(temporary_fen=200_000)
    assert not bring(case, papers.workbook())
    assert Claim.objects.get(conclusion="undetermined").temporary_fen == 200_000


@pytest.mark.django_db
def test_another_table_is_refused_and_says_how_it_differs() -> None:
    case = world.make_case()
    bring(case, papers.workbook())
    before = list(Claim.objects.values())
    other = papers.workbook(lambda sheet: (papers.put(O8="其他理由")(sheet), sheet.delete_rows(10)))
    other_reading = read(other, "t.xlsx")
    other_reading.findings.problems.clear()
    with pytest.raises(Refused) as refused:
        commit(case, other_reading, Source.of(other, "t.xlsx"))
    assert "1 笔内容不同" in refused.value.message
    assert "1 笔在此表中没有" in refused.value.message
    assert list(Claim.objects.values()) == before


@pytest.mark.django_db
def test_a_table_with_problems_is_never_committed() -> None:
    case = world.make_case()
    with pytest.raises(Refused):
        bring(case, papers.workbook(papers.put(M5="1")))
    assert not Claim.objects.exists()
    assert not Creditor.objects.filter(case=case).exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_half_way_leaves_nothing() -> None:
    case = world.make_case()

    def fail(case_id: int, creditors: object) -> None:
        raise RuntimeError("the last step fails")

    news.on_change(fail)
    try:
        with pytest.raises(RuntimeError):
            bring(case, papers.workbook())
    finally:
        news._listeners.remove(fail)
    assert not Claim.objects.exists()
    assert not Creditor.objects.exists()
    assert not ClaimsTable.objects.exists()
    assert bring(case, papers.workbook())


@pytest.mark.django_db
def test_creditors_known_already_are_kept_by_their_number() -> None:
    case = world.make_case()
    known = Creditor.objects.create(
        case=case, name="李 华", identity_number="990000198611192183", phone="13900000000"
    )
    bring(case, papers.workbook())
    known.refresh_from_db()
    assert (known.name, known.position, known.phone) == ("李华", 2, "13900000000")
    assert Claim.objects.get(creditor=known).filed_fen == 120_000
