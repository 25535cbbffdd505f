"""Builds the case of the room's tests in an installation, and signs its people in.

    python -m tests.room.build

prints a JSON object: the meeting's slug, a session id a person, and the ids the tests name.
"""

import json
import sys

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from creditor_meetings.cases.models import CaseRole, Person  # noqa: E402
from creditor_meetings.meetings.models import AgendaItem  # noqa: E402
from tests.support import world  # noqa: E402

CREDITORS = [
    ("云江示例油墨有限公司", "ordinary", "1284350.00"),
    ("江南纸业有限公司", "ordinary", "302026114.37"),
    ("示例市税务局", "tax", "6824490.10"),
    ("示例农村商业银行", "secured", "80000000.00"),
    ("张三", "ordinary", "26060.55"),
    ("李四", "employee", "15700.66"),
]


def session_of(person: Person) -> str:
    """Sign a person in; return the session id."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def build(state: str) -> dict[str, object]:
    """Make the case, six creditors, one of each role, a proxy of three, two resolutions."""
    case = world.make_case(
        number="(2022)浙0381破示12号", court="示例市人民法院", debtor="示例包装有限公司"
    )
    creditors = [
        world.make_creditor(case, name, nature=nature, confirmed=amount)
        for name, nature, amount in CREDITORS
    ]
    meeting = world.make_meeting(case, state, slug="room")
    AgendaItem.objects.create(
        meeting=meeting, position=4, kind="resolution", title="审议并表决破产财产分配方案"
    )
    item = meeting.items.get(position=3)
    item.title = "审议并表决破产财产变价方案"
    item.save()
    meeting.current_item = item
    meeting.save()
    people = {
        "judge": world.make_person(case, "judge", name="王法官"),
        "administrator": world.make_person(case, "administrator", name="陈管理人"),
        "clerk": world.make_person(case, "clerk", name="林书记员"),
        "ink": world.make_person(case, "creditor", creditors[0], "赵油墨"),
        "paper": world.make_person(case, "creditor", creditors[1], "钱纸业"),
        "bank": world.make_person(case, "creditor", creditors[3], "孙银行"),
        "worker": world.make_person(case, "creditor", creditors[5], "李四"),
        "proxy": world.make_person(case, "proxy", creditors[2], "周代理"),
        "observer": world.make_person(case, "observer", name="吴旁听"),
    }
    CaseRole.objects.create(
        case=case, person=people["proxy"], role="proxy", creditor=creditors[4]
    )
    sale = world.make_resolution(
        meeting,
        9,
        agenda_item=item,
        text="一、变价方式：网络司法拍卖。\n二、首次起拍价不低于评估价的百分之七十。",
    )
    share = world.make_resolution(meeting, 10, title="破产财产分配方案", text="按债权比例分配。")
    return {
        "slug": meeting.slug,
        "sessions": {name: session_of(person) for name, person in people.items()},
        "creditors": {one.name: one.pk for one in creditors},
        "sale": sale.pk,
        "share": share.pk,
    }


if __name__ == "__main__":
    print(json.dumps(build(sys.argv[1] if len(sys.argv) > 1 else "open")))
