"""Builds a case of the room's tests in an installation, and signs its people in.

    python -m tests.room.build SLUG [STATE] [TALLY_SHOWN]

prints a JSON object: the meeting's slug, a session id a person, and the ids the tests name.
"""

import json
import sys

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from creditor_meetings.cases.models import Person  # noqa: E402
from creditor_meetings.meetings.models import AgendaItem, Meeting  # noqa: E402
from tests.support import world  # noqa: E402

CREDITORS = {
    "ink": ("云江示例油墨有限公司", "ordinary", "1284350.00"),
    "paper": ("江南纸业有限公司", "ordinary", "302026114.37"),
    "tax": ("示例市税务局", "tax", "6824490.10"),
    "bank": ("示例农村商业银行", "secured", "80000000.00"),
    "zhang": ("张三", "ordinary", "26060.55"),
    "worker": ("李四", "employee", "15700.66"),
}


def session_of(person: Person) -> str:
    """Sign a person in; return the session id."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def make_meeting(slug: str, state: str, tally_shown: str) -> Meeting:
    """Make the case and a meeting that is at its vote on the realisation plan."""
    case = world.make_case(
        number=f"(2022)浙0381破{slug}号", court="示例市人民法院", debtor="示例包装有限公司"
    )
    meeting = world.make_meeting(case, state, slug=slug, tally_shown=tally_shown)
    AgendaItem.objects.create(
        meeting=meeting, position=4, kind="resolution", title="审议并表决破产财产分配方案"
    )
    item = meeting.items.get(position=3)
    item.title = "审议并表决破产财产变价方案"
    item.save()
    if state != "convened":
        meeting.current_item = item
        meeting.save()
    return meeting


def build(slug: str, state: str = "open", tally_shown: str = "live") -> dict[str, object]:
    """Make the case: six creditors, one of each role, a proxy of two, two resolutions."""
    meeting = make_meeting(slug, state, tally_shown)
    case = meeting.case
    creditors = {
        key: world.make_creditor(case, name, nature=nature, confirmed=amount)
        for key, (name, nature, amount) in CREDITORS.items()
    }
    people = {
        "judge": world.make_person(case, "judge", name="王法官"),
        "administrator": world.make_person(case, "administrator", name="陈管理人"),
        "clerk": world.make_person(case, "clerk", name="林书记员"),
        "ink": world.make_person(case, "creditor", creditors["ink"], "赵油墨"),
        "paper": world.make_person(case, "creditor", creditors["paper"], "钱纸业"),
        "bank": world.make_person(case, "creditor", creditors["bank"], "孙银行"),
        "worker": world.make_person(case, "creditor", creditors["worker"], "李四"),
        "proxy": world.make_person(case, "proxy", creditors["tax"], "周代理"),
        "observer": world.make_person(case, "observer", name="吴旁听"),
    }
    world.give_role(people["proxy"], case, "proxy", creditors["zhang"])
    sale = world.make_resolution(
        meeting,
        9,
        agenda_item=meeting.items.get(position=3),
        text="一、变价方式：网络司法拍卖。\n二、首次起拍价不低于评估价的百分之七十。",
    )
    share = world.make_resolution(meeting, 10, title="破产财产分配方案", text="按债权比例分配。")
    return {
        "slug": meeting.slug,
        "meeting": meeting.pk,
        "sessions": {name: session_of(person) for name, person in people.items()},
        "people": {name: person.pk for name, person in people.items()},
        "creditors": {key: one.pk for key, one in creditors.items()},
        "sale": sale.pk,
        "share": share.pk,
    }


if __name__ == "__main__":
    print(json.dumps(build(*sys.argv[1:])))
