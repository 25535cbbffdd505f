"""The demo's meetings as they are prepared: agenda, papers, resolutions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.core.files.base import ContentFile
from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import Case, Person, Role
from creditor_meetings.config.demo import printing
from creditor_meetings.config.demo.case import lines_of
from creditor_meetings.config.demo.figures import document_data
from creditor_meetings.config.demo.people import Member
from creditor_meetings.config.demo.printing import Paper
from creditor_meetings.meetings import prepare
from creditor_meetings.meetings.models import AgendaItem, AgendaKind, Meeting
from documents.models import Document
from documents.verbs import hand_out_document, upload_document
from voting.models import Power, Resolution

LIVE = "demo"
HELD = "demo-held"


@dataclass(frozen=True)
class Item:
    """An item of the agenda, with its paper, and what is voted on."""

    kind: str
    title: str
    note: str = ""
    paper: Paper | None = None
    power: int | None = None
    text: str = ""


AGENDA = (
    Item(
        AgendaKind.OTHER,
        "宣布会议纪律和议程",
        "核对出席情况，介绍合议庭、书记员和管理人，宣读受理裁定和指定管理人决定，指定债权人会议主席。",
    ),
    Item(
        AgendaKind.REPORT,
        "管理人作执行职务工作报告",
        "企业破产法第二十三条、第六十九条。",
        printing.WORK_REPORT,
    ),
    Item(
        AgendaKind.REPORT,
        "管理人作债务人财产状况报告",
        "企业破产法第二十五条第一款第二项。",
        printing.PROPERTY_REPORT,
    ),
    Item(
        AgendaKind.VERIFICATION,
        "核查债权",
        "请在“债权”中核对本人的债权，确认无异议或者提出异议。核查债权不进行表决（企业破产法第五十八条）。",
    ),
    Item(
        AgendaKind.RESOLUTION,
        "审议并表决会议召开方式及表决规则",
        "",
        printing.MEETING_RULES,
        Power.OTHER,
        "同意管理人提交的《会议召开方式及表决规则》：第一次会议后，债权人会议可以采用网络视频、现场、"
        "书面或者其他非现场方式召开，并按该规则表决。",
    ),
    Item(
        AgendaKind.RESOLUTION,
        "审议并表决破产财产变价方案",
        "",
        printing.REALISATION_PLAN,
        Power.REALISE_PROPERTY,
        "同意管理人提交的《破产财产变价方案》，授权管理人在方案范围内组织网络拍卖、变卖和追收，"
        "无需再行表决。",
    ),
    Item(
        AgendaKind.RESOLUTION,
        "审议并表决破产财产分配方案",
        "",
        printing.DISTRIBUTION_PLAN,
        Power.DISTRIBUTE_PROPERTY,
        "同意管理人提交的《破产财产分配方案》，按方案确定的顺序、方法分配破产财产；"
        "实际变现所得与测算有出入的，比例随之调整。",
    ),
    Item(
        AgendaKind.QUESTIONS,
        "债权人提问，管理人和合议庭答复",
        "请在“提问”中书面提问，管理人和合议庭当场或者会后书面答复。",
    ),
    Item(AgendaKind.OTHER, "宣布表决结果，闭会", "宣布各项表决结果和后续安排。"),
)

# The work report is left for the administrator to hand out in the meeting, live.
HANDED_OUT_LATER = (printing.WORK_REPORT,)


class Papers:
    """The demo's documents, printed once for both meetings."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._printed: dict[Paper, bytes] = {}

    @cached_property
    def _figures(self) -> Mapping[str, object]:
        return document_data(lines_of(self._case), self._case.creditors.count())

    def pdf(self, paper: Paper) -> bytes:
        """Return a paper as PDF."""
        if paper not in self._printed:
            self._printed[paper] = printing.print_paper(paper, self._figures)
        return self._printed[paper]


def person_of(members: Sequence[Member], role: str) -> Person:
    """Return the demo's person of a role."""
    return next(member.person for member in members if member.role == role)


@transaction.atomic
def load_live(case: Case, members: Sequence[Member], papers: Papers) -> Meeting:
    """Return the meeting `demo`, convened and ready to open, making it when it is missing."""
    found = Meeting.objects.filter(slug=LIVE).first()
    if found is not None:
        return found
    soon = (clock.now() + timedelta(minutes=30)).replace(second=0, microsecond=0)
    return convened(
        case, members, papers, slug=LIVE, title="第一次债权人会议", starts_at=soon,
        later=HANDED_OUT_LATER,
    )  # fmt: skip


def convened(
    case: Case,
    members: Sequence[Member],
    papers: Papers,
    *,
    slug: str,
    title: str,
    starts_at: datetime,
    later: Sequence[Paper] = (),
) -> Meeting:
    """Prepare a meeting as an administrator does, and convene it; `later` are not handed out."""
    administrator = viewer_for(person_of(members, Role.ADMINISTRATOR), case)
    meeting = prepare.create_meeting(
        case, prepare.Facts(title=title, starts_at=starts_at), administrator, slug=slug
    )
    for one in AGENDA:
        item = prepare.add_item(meeting, administrator, one.kind, one.title, one.note)
        document = None
        if one.paper is not None:
            document = _upload(meeting, item, one.paper, papers, administrator.person)
            if one.paper not in later:
                hand_out_document(meeting, document.pk, administrator)
        if one.power is not None:
            assert one.paper is not None
            Resolution.objects.create(
                meeting=meeting,
                agenda_item=item,
                position=meeting.resolutions.count() + 1,
                title=one.paper.title,
                text=one.text,
                power=one.power,
                rule="prc-ordinary",
                document=document.pk if document is not None else None,
                tally_shown=meeting.tally_shown,
            )
    return prepare.convene(meeting, administrator)


def _upload(
    meeting: Meeting, item: AgendaItem, paper: Paper, papers: Papers, person: Person
) -> Document:
    return upload_document(
        meeting,
        ContentFile(papers.pdf(paper), name=f"{paper.title}.pdf"),
        viewer_for(person, meeting.case_id),
        title=paper.title,
        item_id=item.pk,
    )
