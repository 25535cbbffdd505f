"""A case whose estate is worth looking at: named people, property, money, claims of each kind."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.cases.money import fen
from creditor_meetings.estate import liens, plans, rows
from creditor_meetings.estate.models import Asset, Entry, Plan
from creditor_meetings.estate.record import Author
from tests.support import world


@dataclass
class House:
    """The case, its people and creditors by name."""

    case: Case
    people: dict[str, Person] = field(default_factory=dict)
    creditors: dict[str, Creditor] = field(default_factory=dict)

    def author(self, reason: str = "") -> Author:
        """The administrator, with a reason."""
        return Author(viewer_for(self.people["administrator"], self.case), reason, "192.0.2.7")

    def money(self, kind: str, amount: str, day: date = date(2026, 3, 1), **more: Any) -> Entry:
        """Book a line of the account."""
        values = {"counterparty": "", "note": "", "voucher": "", **more}
        return rows.add(
            Entry, self.case, {"kind": kind, "day": day, "amount_fen": fen(amount), **values},
            self.author(),
        )  # fmt: skip

    def asset(self, name: str, **values: Any) -> Asset:
        """Register a property; amounts in yuan, `liens` as people write them."""
        given = {
            "kind": "building", "name": name, "location": "", "book_fen": None,
            "appraised_fen": None, "state": "held", "realised_fen": None, "costs_fen": 0,
            "realised_on": None, "note": "",
        }  # fmt: skip
        given |= {k: fen(v) if k.endswith("_fen") else v for k, v in values.items()}
        given["liens"] = liens.read(self.case, values.get("liens", ""))
        return rows.add(Asset, self.case, given, self.author())

    def plan(self, **values: Any) -> Plan:
        """Draft a plan; amounts in yuan."""
        given = {
            "title": "破产财产分配方案", "free_fen": None, "reserve_fen": 0,
            "pending": "temporary", "disputed": "set_aside", "costs": [], "manner": "银行转账。",
            "open_to_all": True,
        }  # fmt: skip
        given |= {
            k: fen(v) if isinstance(v, str) and k.endswith("_fen") else v for k, v in values.items()
        }
        return plans.draft(self.case, given, self.author())

    def published(self, **values: Any) -> Plan:
        """Draft a plan and publish it as it is computed."""
        from creditor_meetings.estate import content, store

        plan = self.plan(**values)
        seen = store.keep(content.encode(plans.computed(plan)))
        return plans.publish(plan, self.author(), seen=seen)


@pytest.fixture
def house(db: None) -> House:
    """A case with claims of each kind: a bank with a mortgage, a builder, workers, tax, trade."""
    made = House(world.make_case())
    for role in ("administrator", "judge", "clerk", "observer", "debtor"):
        made.people[role] = world.make_person(made.case, role, name=role)
    claims: dict[str, dict[str, Any]] = {
        "bank": {"nature": "secured", "confirmed": "8000.00"},
        "builder": {"nature": "construction", "confirmed": "1000.00"},
        "worker": {"nature": "employee", "confirmed": "500.00"},
        "tax": {"nature": "tax", "confirmed": "300.00"},
        "supplier": {"confirmed": "1000.00"},
        "trader": {"confirmed": "2000.01"},
        "litigant": {"confirmed": "0.00", "filed": "999.99", "conclusion": "undetermined"},
        "fined": {"nature": "subordinated", "confirmed": "100.00"},
    }
    for name, claim in claims.items():
        made.creditors[name] = world.make_creditor(made.case, f"债权人 {name}", **claim)
        made.people[name] = world.make_person(
            made.case, "creditor", made.creditors[name], name=name
        )
    return made
