"""A case under verification: who takes part in it, and how they act in its room."""

from dataclasses import dataclass
from functools import cached_property

from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.claims.models import Claim
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import commands
from tests.support import world


@dataclass
class House:
    """A case with a supplier, a bank, a litigant whose claim is undetermined, and all roles."""

    meeting: Meeting
    people: dict[str, Person]
    creditors: dict[str, Creditor]

    def do(self, who: str, command: str, **data: object) -> dict:
        """Send a command as somebody; return the reply."""
        context = world.context(self.people[who], self.meeting)
        return commands.carry_out(context, command, data)

    def done(self, who: str, command: str, **data: object) -> dict:
        """Send a command that must be carried out."""
        reply = self.do(who, command, **data)
        assert reply["ok"], reply
        return reply["data"]

    def refused(self, who: str, command: str, **data: object) -> str:
        """Send a command that must be refused; return the code."""
        reply = self.do(who, command, **data)
        assert not reply["ok"], reply
        assert reply["error"]["message"]
        return reply["error"]["code"]

    def claim(self, name: str) -> int:
        """The first claim of a creditor."""
        return Claim.objects.filter(creditor=self.creditors[name]).first().pk

    def state(self, who: str) -> dict:
        """The room as somebody sees it now."""
        return world.take_snapshot(self.people[who], self.meeting)[1]

    @cached_property
    def everybody(self) -> list[str]:
        """The names of all."""
        return list(self.people)


def make_house() -> House:
    """Bring everybody together."""
    case = world.make_case()
    creditors = {
        "supplier": world.make_creditor(case, "温州供货有限公司", confirmed="1000.00"),
        "bank": world.make_creditor(case, "示例银行", nature="secured", confirmed="8000.00"),
        "litigant": world.make_creditor(
            case, "诉讼未决有限公司", filed="500.00", confirmed="0.00", conclusion="undetermined"
        ),
    }
    for creditor in creditors.values():
        creditor.phone, creditor.email = f"1390000{creditor.pk:04d}", f"c{creditor.pk}@example.com"
        creditor.identity_number = f"91330000SECRET{creditor.pk:04d}"
        creditor.save()
    people = {
        name: world.make_person(case, "creditor", creditor) for name, creditor in creditors.items()
    }
    for role in ("administrator", "judge", "clerk", "debtor", "employees", "observer"):
        people[role] = world.make_person(case, role)
    people["proxy"] = world.make_person(case, "proxy", creditors["supplier"])
    world.give_role(people["proxy"], case, "proxy", creditors["litigant"])
    return House(world.make_meeting(case), people, creditors)


def object_as(house: House, who: str, to: str, **more: object) -> int:
    """Object to a claim and return the objection's number."""
    data = {"claim": house.claim(to), "reasons": "债权金额与对账单不符", **more}
    return house.done(who, "object_to_claim", **data)["objection"]
