"""Makes a meeting with votes in an installation: `python -m tests.voting_pages.built`.

Prints {"slug", "resolutions": {name: id}, "people": {role: id}} as JSON.
"""

import json
import sys


def main() -> None:
    """Make the meeting and print what was made."""
    import django

    django.setup()
    from tests.support import world

    case = world.make_case()
    meeting = world.make_meeting(case, title="江南精密机械有限公司第一次债权人会议")
    judge = world.make_person(case, "judge", name="沈静")
    people = {"judge": judge.pk}
    for role in ("administrator", "clerk"):
        people[role] = world.make_person(case, role).pk
    votes = ["for"] * 14 + ["against"] * 4 + ["abstain"] * 2 + [""] * 2
    creditors = []
    for number, _vote in enumerate(votes, start=1):
        amount = f"{(number * 7919 % 97 + 3) * 12_345.67:.2f}"
        creditor = world.make_creditor(
            case, f"浙江示例{number}号包装材料有限公司", confirmed=amount
        )
        creditors.append((creditor, world.make_person(case, "creditor", creditor)))
    people["creditor"] = creditors[0][1].pk
    world.make_creditor(case, "缺席的债权人", confirmed="2000000.00")
    world.make_creditor(case, "示例银行", nature="secured", confirmed="8000000.00")
    world.make_creditor(case, "暂缓的债权人", confirmed="1.00", conclusion="undetermined")
    made = {}
    for name, title, power, rule in (
        ("closed", "破产财产变价方案", 9, "prc-ordinary"),
        ("declined", "破产财产分配方案", 10, "prc-ordinary"),
        ("groups", "重整计划草案", 6, "prc-reorganisation"),
        ("open", "债务人财产管理方案", 8, "prc-ordinary"),
        ("draft", "是否继续营业", 5, "prc-ordinary"),
    ):
        one = world.make_resolution(meeting, power=power, rule=rule, title=title)
        made[name] = one.pk
        if name == "draft":
            continue
        world.open_poll(one, judge)
        if name == "closed":
            world.sign_in(creditors[-1][1], meeting)
            world.cast(creditors[0][1], one, "against")
        cast = votes if name != "declined" else [{"for": "against"}.get(v, v) for v in votes]
        for (_creditor, person), choice in zip(creditors, cast, strict=True):
            if choice:
                world.cast(person, one, choice)
        if name == "open":
            continue
        world.close_poll(one, judge)
    json.dump({"slug": meeting.slug, "resolutions": made, "people": people}, sys.stdout)


if __name__ == "__main__":
    main()
