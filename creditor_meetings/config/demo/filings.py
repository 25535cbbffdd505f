"""The demo's online filings: creditors who filed after the table was made, one of them late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction

from creditor_meetings.cases import clock, sending
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import Case, Person, Role
from creditor_meetings.claims.filing import deciding, declaration, doors, drafting, submitting
from creditor_meetings.claims.filing.identity import Entity
from creditor_meetings.claims.models import Filing, FilingDoor, Nature
from creditor_meetings.config.demo import facts
from creditor_meetings.config.demo.meetings import person_of
from creditor_meetings.config.demo.people import Member

TOKEN = "demofiling"  # nosec B105
"""The demo's address is always the same, so that guides can name it."""


@dataclass(frozen=True)
class Told:
    """What somebody filed; amounts in fen, `days` counted from the deadline."""

    name: str
    number: str
    contact: str
    phone: str
    principal: int
    interest: int
    facts: str
    days: int
    returned: str = ""


FILED = (
    Told(
        "瑞安示例晨光包装辅料有限公司", "91990000MADEMO0019", "苏怀瑾", "16100000001",
        312_480_00, 9_374_40,
        "2022 年 3 月至 5 月向债务人供应胶带、打包带六批，均有送货单和对账单，货款至今未付。", -6,
    ),
    Told(
        "嘉兴示例恒运物流有限公司", "91990000MADEMO0027", "钱牧之", "16100000002",
        86_950_00, 0, "2022 年 4 月至 6 月为债务人承运纸箱四十一车次，运费未结。", -3,
        "请补充 5 月、6 月的签收回单。",
    ),
    Told(
        "台州示例永固五金厂", "91990000MADEMO0035", "叶知秋", "16100000003",
        154_200_00, 3_084_00, "供应模切刀版及五金配件，2022 年 5 月对账确认欠款。", 11,
    ),
)  # fmt: skip


def load_filings(case: Case, members: Sequence[Member]) -> None:
    """Open the case's address for filings, and let a few creditors file, unless it is done."""
    if FilingDoor.objects.filter(case=case).exists():
        return
    administrator = viewer_for(person_of(members, Role.ADMINISTRATOR), case)
    with sending.nothing_goes_out(), transaction.atomic():
        door = doors.set_door(case, True, administrator)
        door.token = TOKEN
        door.save(update_fields=["token"])
        deadline = datetime.combine(
            facts.FILING_DEADLINE, datetime.min.time(), ZoneInfo("Asia/Shanghai")
        )
        for told in FILED:
            with clock.set_to(deadline + timedelta(days=told.days, hours=10)):
                filing = _file(door, told)
                if told.returned:
                    deciding.return_for_supplement(
                        filing, administrator, reason=told.returned, version=filing.version
                    )


def _file(door: FilingDoor, told: Told) -> Filing:
    person, _new = Person.objects.get_or_create(
        username=f"demo-filing-{told.phone}",
        defaults={"name": told.contact, "phone": told.phone, "password": make_password(None)},
    )
    filing = drafting.start(door, person)
    drafting.save(
        filing,
        {
            "creditor_name": told.name,
            "entity": Entity.values[0],
            "identity_number": told.number,
            "contact_name": told.contact,
            "phone": told.phone,
            "postal_address": "浙江省示例市示范路 1 号",
            "nature": Nature.ORDINARY,
            "principal_fen": told.principal,
            "interest_fen": told.interest,
            "facts": told.facts,
        },
        person,
    )
    filing.refresh_from_db()
    words = submitting.text_to_sign(filing)
    return submitting.submit(
        filing, person, name=told.name, agreed=True, sha256=declaration.sha256_of(words)
    )
