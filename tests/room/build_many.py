"""Builds a plan's case: one agent for many, one of them in two groups, several resolutions.

    python -m tests.room.build_many SLUG [HOW_MANY]

prints a JSON object: the meeting's slug, a session id a person, and the ids the tests name.
"""

import json
import sys

import django

django.setup()

from tests.room.build import session_of  # noqa: E402
from tests.support import world  # noqa: E402
from voting.models import Election, Seat  # noqa: E402


def build(slug: str, how_many: int = 9) -> dict[str, object]:
    """Make the case: an agent of many, of whom the last never gave it a power of attorney."""
    case = world.make_case(
        number=f"(2022)浙0381破{slug}号", debtor="示例包装有限公司", procedure="reorganisation"
    )
    meeting = world.make_meeting(case, "open", slug=slug)
    bank = world.make_creditor(
        case,
        "示例农村商业银行",
        nature="secured",
        confirmed="9000000.00",
        unsecured_part="4000000.00",
    )
    firms = [
        world.make_creditor(case, f"江南第{n:03}供应商有限公司", confirmed=f"{1000 + n}.50")
        for n in range(1, how_many + 1)
    ]
    ink = world.make_creditor(case, "云江示例油墨有限公司", confirmed="1284350.00")
    worker = world.make_creditor(case, "李四", nature="employee", confirmed="15700.66")
    agent = world.make_person(case, "proxy", bank, "周代理")
    for firm in firms:
        world.give_role(agent, case, "proxy", firm, mandate=firm is not firms[-1])
    people = {
        "administrator": world.make_person(case, "administrator", name="陈管理人"),
        "judge": world.make_person(case, "judge", name="王法官"),
        "agent": agent,
        "bank": world.make_person(case, "creditor", bank, "孙银行"),
        "first": world.make_person(case, "creditor", firms[0], "吴一"),
        "ink": world.make_person(case, "creditor", ink, "赵油墨"),
    }
    plan = world.make_resolution(
        meeting,
        6,
        "prc-reorganisation",
        title="重整计划草案",
        text="一、经营方案。\n二、债权调整和受偿方案。",
    )
    sale = world.make_resolution(meeting, 8, title="财产管理方案", text="由管理人继续管理。")
    committee = Election.objects.create(
        meeting=meeting, title="选举债权人委员会", text="委员会由三名成员组成。", seats=3
    )
    candidates = [
        world.make_resolution(
            meeting,
            4,
            title=f"选举{name}为债权人委员会成员",
            text="",
            election=committee,
            candidate=name,
            seat=seat,
        )
        for name, seat in (
            ("示例农村商业银行", Seat.CREDITOR),
            ("云江示例油墨有限公司", Seat.CREDITOR),
            ("李四", Seat.EMPLOYEES),
        )
    ]
    return {
        "slug": meeting.slug,
        "meeting": meeting.pk,
        "sessions": {name: session_of(person) for name, person in people.items()},
        "creditors": {
            "bank": bank.pk,
            "ink": ink.pk,
            "worker": worker.pk,
            "firms": [one.pk for one in firms],
        },
        "plan": plan.pk,
        "sale": sale.pk,
        "candidates": [one.pk for one in candidates],
    }


if __name__ == "__main__":
    slug, *rest = sys.argv[1:]
    print(json.dumps(build(slug, *map(int, rest))))
