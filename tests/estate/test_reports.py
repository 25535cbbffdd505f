"""The administrator's reports: filled from the case, editable, and readable as PDF."""

import io
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX

from creditor_meetings.estate import report, report_papers
from creditor_meetings.estate.models import EstateChange
from tests.estate.conftest import House
from tests.support import world

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)  # already April in Beijing


def furnish(house: House) -> None:
    house.asset("厂房\x0b一号", book_fen="1234567.89", liens="1:1:5000000.00、2:2", location="温州")
    house.asset(
        "机床", kind="machinery", state="sold", realised_fen="60000.00", costs_fen="1000.00",
        realised_on=date(2026, 2, 3), appraised_fen="70000.00",
    )  # fmt: skip
    house.money("sale", "60000.00", counterparty="买方有限公司", note="机床变价")
    house.money("expenses", "1000.00", note="拍卖费")
    world.make_meeting(house.case, "closed", title="第一次债权人会议")
    world.make_meeting(house.case, "draft", title="还没有通知的会议")


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    return "".join(text.split())


def words_of(document) -> str:
    cells = [cell.text for table in document.tables for cell in table._cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


@pytest.mark.parametrize("kind", [report.WORK, report.PROPERTY])
def test_a_report_is_filled_from_the_case(house: House, kind: str) -> None:
    furnish(house)
    made = report.build(kind, house.case, AT)
    document = Document(io.BytesIO(report_papers.as_docx(made)))
    words = words_of(document)
    pdf = text_of(report_papers.as_pdf(made, AT))
    said = {
        report.WORK: [
            "上海市第三中级人民法院", "2026年4月1日", "申报债权8笔", "8,000.00", "暂缓确认1笔",
            "999.99", "第一次债权人会议", "59,000.00", "普通债权",
        ],
        report.PROPERTY: [
            "1,234,567.89", "厂房", "5,000,000.00", "2026年2月3日", "60,000.00", "59,000.00",
            "买方有限公司", "机床变价", "已变价",
        ],
    }[kind]  # fmt: skip
    for one in said:
        assert one in words, one
        assert one in pdf, one
    assert "还没有通知的会议" not in words
    runs = [run for one in document.paragraphs for run in one.runs]
    blanks = [run for run in runs if run.text.startswith("【")]
    assert len(blanks) >= 4
    assert all(run.font.highlight_color == WD_COLOR_INDEX.YELLOW for run in blanks)
    for table in document.tables:
        for row in table.rows[1:]:
            last = row.cells[-1]
            if last.text.replace(",", "").replace(".", "").isdigit():
                assert last.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT
    # Made again at the same moment it is the same.
    assert report_papers.as_pdf(made, AT) == report_papers.as_pdf(made, AT)


def test_an_empty_case_has_its_reports_too(db: None) -> None:
    case = world.make_case(administrator_firm="")
    for kind in report.KINDS:
        made = report.build(kind, case, AT)
        assert "【管理人名称】" in words_of(Document(io.BytesIO(report_papers.as_docx(made))))
        assert report_papers.as_pdf(made, AT).startswith(b"%PDF-")


def test_libreoffice_opens_it(house: House, tmp_path: Path) -> None:
    furnish(house)
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing: apt-get install libreoffice-writer"
    for kind in report.KINDS:
        made = report.build(kind, house.case, AT)
        (tmp_path / f"{kind}.docx").write_bytes(report_papers.as_docx(made))
    subprocess.run(
        [
            program, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
            "--convert-to", "pdf", "--outdir", tmp_path, *tmp_path.glob("*.docx"),
        ],
        check=True, capture_output=True, timeout=900,
    )  # fmt: skip
    assert "8,000.00" in text_of((tmp_path / "work.pdf").read_bytes())
    assert "1,234,567.89" in text_of((tmp_path / "property.pdf").read_bytes())


def test_reports_are_downloaded_and_put_into_a_meeting(house: House) -> None:
    furnish(house)
    client = Client()
    client.force_login(house.people["administrator"])
    path = reverse("estate:reports", args=[house.case.pk])
    assert "管理人执行职务工作报告" in client.get(path).content.decode()
    for ending, start in (("docx", b"PK"), ("pdf", b"%PDF-")):
        response = client.get(reverse(f"estate:work_report_{ending}", args=[house.case.pk]))
        assert response.content.startswith(start)
        assert response["Content-Disposition"].startswith("attachment")
    meeting = house.case.meetings.get(state="closed")
    path = reverse("estate:file_property_report", args=[house.case.pk])
    assert client.post(path, {"meeting": ""}).status_code == 400
    assert client.post(path, {"meeting": meeting.slug}).status_code == 302
    assert meeting.documents.get().title == "债务人财产状况报告"
    assert EstateChange.objects.filter(field="filed", case=house.case).count() == 1
