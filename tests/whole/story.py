"""A whole meeting as a list of steps: every command of the room is carried out at least once.

Each step is one act of one person, through the door that sockets use. Tests walk the story
and ask something after every step.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from pypdf import PdfWriter

from creditor_meetings.cases.models import Case, Creditor, Person, Role
from creditor_meetings.claims.models import Objection
from creditor_meetings.meetings.models import Meeting, Question
from creditor_meetings.realtime import commands
from tests.support import world
from tests.whole import more
from voting import ballot_box

ROLES = [role.value for role in Role]


@dataclass
class Cast:
    """Who and what takes part in the story."""

    case: Case
    meeting: Meeting
    people: dict[str, Person]
    creditors: dict[str, Creditor]
    poll: Any
    second_poll: Any
    document: Any = None

    def attempt(
        self, person: Person, name: str, data: dict[str, Any], meeting: Meeting | None = None
    ) -> dict[str, Any]:
        """Let somebody try a command; return the reply's frame."""
        self.meeting.refresh_from_db()
        context = world.context(person, meeting or self.meeting)
        if not commands.is_asynchronous(name):
            return commands.carry_out(context, name, data)
        try:
            if name == "cast_ballots":
                return commands.done(context.command_id, world.cast_many(context, data))
            cast = ballot_box.read(context, data)
            ballot_box.write([cast])
            return commands.done(context.command_id, cast.answer.result(timeout=0))
        except commands.Refused as refusal:
            return commands.refused(context.command_id, refusal)


def assemble() -> Cast:
    """Bring everybody together: one person a role, creditors with claims of several natures."""
    case = world.make_case()
    creditors = {
        "own": world.make_creditor(case, "云江油墨有限公司", confirmed="1284350.00"),
        "proxied": world.make_creditor(case, "平阳包装材料厂", confirmed="820000.50"),
        "bank": world.make_creditor(case, "示例银行", nature="secured", confirmed="8000000.00"),
        "undetermined": world.make_creditor(
            case, "永嘉建筑公司", confirmed="0.00", filed="500000.00", conclusion="undetermined"
        ),
    }
    people = {
        role: world.make_person(case, role)
        for role in ROLES
        if role not in (Role.CREDITOR, Role.PROXY)
    }
    people["creditor"] = world.make_person(case, "creditor", creditors["own"])
    people["proxy"] = world.make_person(case, "proxy", creditors["proxied"])
    world.give_role(people["proxy"], case, "proxy", creditors["undetermined"])
    people["bank"] = world.make_person(case, "creditor", creditors["bank"])
    meeting = world.make_meeting(case, state="convened")
    for _number in range(2):
        world.make_mandate(
            people["proxy"], creditors["proxied"], state="submitted", meeting=meeting
        )
    poll = world.make_resolution(meeting)
    second = world.make_resolution(meeting, power=10, title="破产财产分配方案")
    return Cast(case, meeting, people, creditors, poll, second)


def paper(width: int = 595) -> SimpleUploadedFile:
    """Make a real PDF of one page, as a form sends it; of another width it is another file."""
    writer = PdfWriter()
    writer.add_blank_page(width=width, height=842)
    content = io.BytesIO()
    writer.write(content)
    return SimpleUploadedFile("变价方案.pdf", content.getvalue(), "application/pdf")


def upload(cast: Cast) -> Any:
    """Upload a real PDF as the administrator does, and keep it as the story's document."""
    from documents import verbs

    cast.document = verbs.upload_document(
        cast.meeting,
        paper(),
        world.viewer(cast.people["administrator"], cast.meeting),
        title="破产财产变价方案",
        address="192.0.2.7",
    )
    return cast.document


def item(cast: Cast, position: int) -> int:
    """Return the id of an agenda item."""
    return cast.meeting.items.get(position=position).pk


def claim(cast: Cast, creditor: str) -> int:
    """Return the id of a creditor's claim."""
    return cast.creditors[creditor].claims.get().pk


def mandate(cast: Cast, number: int) -> int:
    """Return the id of the proxy's power of attorney that waited first, or second."""
    given = cast.creditors["proxied"].mandates.filter(person=cast.people["proxy"]).order_by("pk")
    return list(given.values_list("pk", flat=True))[number]


def last_objection(cast: Cast) -> int:
    """Return the id of the newest objection."""
    return Objection.objects.filter(claim__case=cast.case).latest("pk").pk


def last_receipt(cast: Cast) -> str:
    """Return the number of the creditor's newest receipt; from now on it has an address."""
    person = cast.people["creditor"]
    person.email = f"creditor{person.pk}@example.cn"
    person.save()
    return person.ballots.filter(creditor=cast.creditors["own"]).latest("pk").number


def newest_poll(cast: Cast) -> int:
    """Return the id of the resolution that came last."""
    return cast.meeting.resolutions.latest("pk").pk


def hand(cast: Cast, role: str) -> int:
    """Return the id of somebody's newest request for the floor."""
    return cast.meeting.floor.filter(person=cast.people[role]).latest("pk").pk


CHAIR = {"judge", "administrator"}
CREDITORS = {"creditor", "proxy"}
WRITERS = {"judge", "administrator", "clerk"}
GIVERS = {"judge", "administrator"}
SPEAKERS = {"creditor", "proxy", "bank", "debtor", "employees"}


@dataclass(frozen=True)
class Step:
    """One act: who carries out which command with what, and which roles could have."""

    name: str
    role: str
    command: str
    data: Callable[[Cast], dict[str, Any]]
    allowed: frozenset[str]

    def take(self, cast: Cast) -> None:
        """Carry the command out; it must succeed."""
        reply = cast.attempt(cast.people[self.role], self.command, self.data(cast))
        assert reply["ok"], f"{self.name}: {reply}"


def step(
    role: str,
    command: str,
    allowed: set[str],
    data: Callable[[Cast], dict[str, Any]] = lambda _cast: {},
    name: str = "",
) -> Step:
    """Write a step down."""
    return Step(name or command, role, command, data, frozenset(allowed))


STEPS: list[Step] = [
    step(
        "administrator", "accept_mandate", {"administrator"}, lambda s: {"mandate": mandate(s, 1)}
    ),
    step(
        "administrator",
        "refuse_mandate",
        {"administrator"},
        lambda s: {"mandate": mandate(s, 2), "reason": "没有委托人的签名或盖章。"},
    ),
    step(
        "administrator",
        "revoke_mandate",
        {"administrator"},
        lambda s: {"mandate": mandate(s, 1), "reason": "委托人来函撤销。"},
    ),
    step("creditor", "sign_in", CREDITORS | {"bank"}),
    step("judge", "open_meeting", CHAIR),
    step("administrator", "set_agenda_item", CHAIR, lambda s: {"item": item(s, 2)}),
    step("creditor", "sign_in", CREDITORS | {"bank"}, name="sign in once more"),
    step(
        "administrator",
        "hand_out_document",
        CHAIR,
        lambda s: {"document": s.document.pk},
    ),
    step("creditor", "confirm_claim", {"creditor"}, lambda s: {"claim": claim(s, "own")}),
    step(
        "creditor",
        "object_to_claim",
        {"creditor", "bank", "debtor"},
        lambda s: {
            "claim": claim(s, "bank"),
            "reasons": "抵押登记晚于受理日。",
            "legal_basis": "企业破产法第三十一条",
        },
    ),
    step(
        "administrator",
        "answer_objection",
        {"administrator"},
        lambda s: {"objection": last_objection(s), "answer": "登记在受理日一年之前，予以维持。"},
    ),
    step(
        "creditor",
        "withdraw_objection",
        {"creditor"},
        lambda s: {"objection": last_objection(s)},
    ),
    step(
        "debtor",
        "object_to_claim",
        {"creditor", "bank", "debtor"},
        lambda s: {"claim": claim(s, "own"), "reasons": "利息重复计算。", "legal_basis": ""},
        name="object as the debtor",
    ),
    step(
        "judge",
        "set_temporary_amount",
        {"judge"},
        lambda s: {
            "claim": claim(s, "undetermined"),
            "amount": "250000.00",
            "reason": "参照鉴定意见。",
        },
    ),
    step(
        "proxy",
        "ask_question",
        set(ROLES) - {"observer"} | {"bank"},
        lambda s: {"text": "变价如何进行？"},
    ),
    step(
        "administrator",
        "answer_question",
        {"administrator", "judge"},
        lambda s: {"question": Question.objects.latest("pk").pk, "answer": "通过网络拍卖。"},
    ),
    step(
        "judge",
        "moderate_question",
        GIVERS,
        lambda s: {
            "question": Question.objects.latest("pk").pk,
            "shown": False,
            "reason": "涉及商业秘密。",
        },
    ),
    step(
        "judge",
        "answer_question",
        GIVERS,
        lambda s: {"question": Question.objects.latest("pk").pk, "answer": "", "live": True},
        name="say that it was answered aloud",
    ),
    step(
        "administrator",
        "moderate_question",
        GIVERS,
        lambda s: {"question": Question.objects.latest("pk").pk, "shown": True},
        name="show the question after all",
    ),
    step("creditor", "raise_hand", SPEAKERS, lambda _s: {"topic": "变价方案的底价"}),
    step(
        "proxy",
        "raise_hand",
        {"proxy"},
        lambda s: {"topic": "拍卖平台", "creditor": s.creditors["proxied"].pk},
        name="raise a hand for a principal",
    ),
    step("administrator", "grant_floor", GIVERS, lambda s: {"request": hand(s, "creditor")}),
    step(
        "judge",
        "extend_floor",
        GIVERS,
        lambda s: {"request": hand(s, "creditor"), "seconds": 60},
    ),
    step("creditor", "lower_hand", CREDITORS, name="end one's own floor"),
    step(
        "administrator",
        "refuse_hand",
        GIVERS,
        lambda s: {"request": hand(s, "proxy"), "reason": "与本项议程无关。"},
    ),
    step(
        "debtor", "raise_hand", SPEAKERS, lambda _s: {"topic": "设备的评估"}, name="as the debtor"
    ),
    step(
        "judge",
        "grant_floor",
        GIVERS,
        lambda s: {"request": hand(s, "debtor"), "seconds": 120},
        name="give the debtor two minutes",
    ),
    step("judge", "set_layout", CHAIR, lambda _s: {"mode": "equal", "main": None}),
    step(
        "clerk",
        "caption",
        WRITERS,
        lambda _s: {"text": "设备的评估价偏低。", "speaker": "债务人代表", "seconds_ago": 4},
    ),
    step(
        "administrator",
        "correct_caption",
        WRITERS,
        lambda s: {"caption": s.meeting.captions.latest("pk").pk, "text": "设备评估价偏低。"},
    ),
    step(
        "judge",
        "withdraw_floor",
        GIVERS,
        lambda s: {"request": hand(s, "debtor"), "reason": "偏离主题。"},
    ),
    step(
        "judge",
        "open_poll",
        CHAIR,
        lambda s: {"resolution": s.poll.pk, "minutes": 30},
    ),
    step(
        "creditor",
        "cast_ballot",
        {"creditor", "bank"},
        lambda s: {"resolution": s.poll.pk, "choice": "for"},
    ),
    step(
        "proxy",
        "cast_ballot",
        {"proxy"},
        lambda s: {
            "resolution": s.poll.pk,
            "choice": "against",
            "creditor": s.creditors["proxied"].pk,
        },
        name="cast by proxy, who attends by it",
    ),
    step(
        "creditor",
        "cast_ballot",
        {"creditor", "bank"},
        lambda s: {"resolution": s.poll.pk, "choice": "abstain"},
        name="change a ballot",
    ),
    step(
        "proxy",
        "cast_ballots",
        {"proxy"},
        lambda s: {
            "ballots": [
                {"resolution": s.poll.pk, "choice": "for", "creditor": s.creditors[one].pk}
                for one in ("proxied", "undetermined")
            ]
        },
        name="cast for all principals at once",
    ),
    step("bank", "sign_in", CREDITORS | {"bank"}, name="sign in during the poll"),
    step("administrator", "remind_voters", CHAIR, lambda s: {"resolution": s.poll.pk}),
    step(
        "judge",
        "extend_poll",
        CHAIR,
        lambda s: {"resolution": s.poll.pk, "minutes": 30, "reasons": "应债权人请求。"},
    ),
    step(
        "judge",
        "suspend_poll",
        CHAIR,
        lambda s: {"resolution": s.poll.pk, "reasons": "法院网络中断。"},
    ),
    step("proxy", "sign_in", CREDITORS | {"bank"}, name="sign in while the poll is suspended"),
    step("judge", "resume_poll", CHAIR, lambda s: {"resolution": s.poll.pk}),
    step(
        "employees",
        "raise_hand",
        SPEAKERS,
        lambda _s: {"topic": "职工债权的清偿"},
        name="raise a hand that waits to the end",
    ),
    step(
        "creditor",
        "raise_hand",
        SPEAKERS - {"employees"},
        lambda _s: {"topic": "分配的时间"},
        name="raise a hand once more",
    ),
    step(
        "administrator",
        "grant_floor",
        GIVERS,
        lambda s: {"request": hand(s, "creditor")},
        name="give the floor until the adjournment",
    ),
    step("judge", "adjourn_meeting", CHAIR, lambda s: {"reason": "午休"}),
    step("judge", "resume_meeting", CHAIR),
    step("administrator", "close_poll", CHAIR, lambda s: {"resolution": s.poll.pk}),
    step(
        "creditor",
        "email_receipt",
        {"creditor"},
        lambda s: {"number": last_receipt(s)},
    ),
    step(
        "judge",
        "confirm_outcome",
        {"judge"},
        lambda s: {"resolution": s.poll.pk, "decision": "confirmed", "reasons": ""},
    ),
    step(
        "clerk",
        "send_result_notice",
        {"administrator", "judge", "clerk"},
        lambda s: {"resolution": s.poll.pk},
    ),
    step(
        "judge",
        "rule_on",
        {"judge"},
        lambda s: {
            "resolution": s.poll.pk,
            "kind": "65-1",
            "granted": True,
            "reasons": "变价方案依法公平，便于财产处置。",
        },
    ),
    step(
        "judge",
        "decide_group",
        {"judge"},
        lambda _s: {"group": "small", "limit": "100000.00", "reasons": "小额债权人众多。"},
    ),
    step("judge", "open_poll", CHAIR, lambda s: {"resolution": s.second_poll.pk}, name="by hand"),
    step(
        "administrator",
        "void_poll",
        CHAIR,
        lambda s: {"resolution": s.second_poll.pk, "reasons": "表决权登记有误，更正后重新表决。"},
    ),
    step("judge", "open_polls", CHAIR, lambda s: {"resolutions": [newest_poll(s)]}),
    step(
        "judge",
        "close_polls",
        CHAIR,
        lambda s: {"resolutions": [newest_poll(s)]},
        name="close without a ballot",
    ),
    step("judge", "call_second_vote", CHAIR, lambda s: {"resolution": newest_poll(s)}),
    step(
        "judge",
        "open_poll",
        CHAIR,
        lambda s: {"resolution": newest_poll(s), "minutes": 60},
        name="open the second vote",
    ),
    step(
        "creditor",
        "cast_ballot",
        {"creditor"},
        lambda s: {"resolution": newest_poll(s), "choice": "against"},
        name="vote once more",
    ),
    step(
        "judge",
        "close_poll",
        CHAIR,
        lambda s: {"resolution": newest_poll(s)},
        name="close the second vote",
    ),
    step(
        "judge",
        "confirm_outcome",
        {"judge"},
        lambda s: {
            "resolution": newest_poll(s),
            "decision": "declined",
            "reasons": "表决时段网络中断。",
        },
        name="decline an outcome",
    ),
    step("judge", "close_meeting", CHAIR),
]


def _take_in(after: str, steps: list[Step]) -> None:
    """Put further steps after the one with this name."""
    place = next(index for index, one in enumerate(STEPS) if one.name == after)
    STEPS[place + 1 : place + 1] = steps


# Last: they write their steps with what stands above.
for _room in more.modules("_steps"):
    for _after, _steps in _room.STEPS.items():
        _take_in(_after, _steps)


def walk(
    cast: Cast, after: Callable[[Step], None], before: Callable[[Step], None] | None = None
) -> None:
    """Go through the story; `before` and `after` are called around each step."""
    for one in STEPS:
        if one.command == "hand_out_document":
            upload(cast)
        if before is not None:
            before(one)
        with transaction.atomic():
            one.take(cast)
        after(one)
