"""The figures of the demo's documents: they add up to the fen, and the papers print them."""

import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.importing import read
from creditor_meetings.config.demo import facts, figures, printing
from creditor_meetings.config.demo.case import TABLE
from creditor_meetings.config.demo.figures import Line


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    """Return the claims of the sample table."""
    reading = read(TABLE.read_bytes(), TABLE.name)
    return [
        Line(
            number=number,
            creditor_number=entry.holder.position,
            creditor=entry.holder.name,
            nature=entry.nature,
            conclusion=entry.conclusion,
            filed=entry.filed,
            confirmed=entry.confirmed,
            waived=entry.waived,
        )
        for number, entry in enumerate(reading.entries, start=1)
    ]


@given(
    total=st.integers(0, 10**13),
    weights=st.lists(st.integers(0, 10**12), min_size=1, max_size=40).filter(any),
)
def test_what_is_shared_out_adds_up_and_nobody_is_off_by_a_fen(
    total: int, weights: list[int]
) -> None:
    parts = figures.share_out(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1


@pytest.mark.parametrize(
    ("yuan", "fee"),
    [
        (0, 0),
        (1_000_000, 120_000),
        (5_000_000, 520_000),
        (10_000_000, 920_000),
        (50_000_000, 3_320_000),
        (100_000_000, 4_820_000),
        (500_000_000, 8_820_000),
        (600_000_000, 9_320_000),
    ],
)
def test_the_administrators_fee_follows_the_courts_scale(yuan: int, fee: int) -> None:
    assert figures.administrator_fee(yuan * 100) == fee * 100


def test_every_class_adds_up_to_what_there_is(lines: list[Line]) -> None:
    plan = figures.plan(lines)
    assert plan.collateral - plan.collateral_costs == plan.priority + plan.collateral_left
    paid = plan.costs + plan.common_benefit + plan.employee + plan.public + plan.ordinary_paid
    assert paid == plan.general
    assert 0 < plan.ratio < 1
    provided = sum(plan.owed(rank) for rank, _name in figures.NATURES)
    undetermined = sum(line.filed for line in lines if line.conclusion == "undetermined")
    assert provided == sum(line.confirmed for line in lines) + undetermined


def test_the_rows_of_the_distribution_add_up(lines: list[Line]) -> None:
    plan = figures.document_data(lines, 326)["plan"]
    for column, total in ((2, plan["ordinary_claims"]), (3, plan["ordinary_paid"])):
        rows = sum(
            int(row[column].replace(",", "").replace(".", "")) for row in plan["ordinary_rows"]
        )
        assert yuan_grouped(rows) == total


def test_assets_that_do_not_suit_the_claims_are_no_plan(lines: list[Line]) -> None:
    many = [*lines, *(line for line in lines if line.nature == "employee")] * 40
    with pytest.raises(ValueError, match="do not suit"):
        figures.plan(many)


@pytest.mark.parametrize("paper", printing.PAPERS, ids=lambda paper: paper.source)
def test_each_paper_prints_in_chinese_over_several_pages(
    lines: list[Line], paper: printing.Paper
) -> None:
    data = figures.document_data(lines, 326)
    pdf = printing.print_paper(paper, data)
    assert pdf == printing.print_paper(paper, data), "the same figures make the same bytes"
    reader = PdfReader(io.BytesIO(pdf))
    text = _text(reader)
    assert len(reader.pages) >= 2
    assert paper.title in text
    assert facts.CASE_NUMBER in text
    assert f"共{len(reader.pages)}页" in text
    assert "\ufffd" not in text
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert all("NotoSansCJK" in font for font in fonts), fonts


def test_the_papers_say_what_the_claims_say(lines: list[Line]) -> None:
    data = figures.document_data(lines, 326)
    texts = {
        paper: _text(PdfReader(io.BytesIO(printing.print_paper(paper, data))))
        for paper in printing.PAPERS
    }
    for paper in (printing.WORK_REPORT, printing.PROPERTY_REPORT):
        assert "796,598,397.62" in texts[paper]
        assert "738,620,984.68" in texts[paper]
    distribution = texts[printing.DISTRIBUTION_PLAN]
    for row in data["plan"]["ordinary_rows"]:
        name, part = row[1].replace(" ", ""), row[3]
        assert name in distribution
        assert part in distribution


def _text(reader: PdfReader) -> str:
    return "".join("".join(page.extract_text().split()) for page in reader.pages)
