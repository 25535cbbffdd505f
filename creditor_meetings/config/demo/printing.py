"""Prints the demo's documents: typst sources beside this file, figures from the claims."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

SOURCES = Path(__file__).resolve().parent / "documents"
FONTS = Path(settings.BASE_DIR) / "static" / "fonts"


@dataclass(frozen=True)
class Paper:
    """A document of the demo: its typst source, and what it is called."""

    source: str
    title: str


WORK_REPORT = Paper("work_report", "管理人执行职务工作报告")
PROPERTY_REPORT = Paper("property_report", "债务人财产状况报告")
MEETING_RULES = Paper("meeting_rules", "会议召开方式及表决规则")
REALISATION_PLAN = Paper("realisation_plan", "破产财产变价方案")
DISTRIBUTION_PLAN = Paper("distribution_plan", "破产财产分配方案")
MANDATE = Paper("mandate", "授权委托书")

PAPERS = (WORK_REPORT, PROPERTY_REPORT, MEETING_RULES, REALISATION_PLAN, DISTRIBUTION_PLAN)


def print_paper(paper: Paper, figures: Mapping[str, Any]) -> bytes:
    """Return the document as PDF, with the system's own font: a bare machine has none."""
    compiler = typst.Compiler(
        str(SOURCES / f"{paper.source}.typ"),
        root=str(SOURCES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"figures": json.dumps(figures, ensure_ascii=False)},
    )
    # The same figures make the same bytes, hence the same hash.
    moment = int(datetime(2022, 9, 13, tzinfo=UTC).timestamp())
    pdf = compiler.compile(format="pdf", timestamp=moment)
    assert isinstance(pdf, bytes)
    return pdf
