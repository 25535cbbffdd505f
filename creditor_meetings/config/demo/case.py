"""The demo case itself: the sample claims table, imported as any administrator would."""

import random
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from creditor_meetings.cases.models import Case, Creditor, Procedure
from creditor_meetings.claims import news
from creditor_meetings.claims.importing import read
from creditor_meetings.claims.importing.commit import Source, commit
from creditor_meetings.claims.models import Claim, Conclusion, Nature
from creditor_meetings.config.demo import facts
from creditor_meetings.config.demo.figures import Line

TABLE = Path(__file__).resolve().with_name("claims_table.xlsx")
BATCH = 1000


def load_case() -> Case:
    """Return the demo case with the creditors and claims of the sample table."""
    case, _new = Case.objects.get_or_create(
        number=facts.CASE_NUMBER,
        defaults={
            "court": facts.COURT,
            "debtor": facts.DEBTOR,
            "procedure": Procedure.LIQUIDATION,
            "filing_deadline": facts.FILING_DEADLINE,
            "administrator_firm": facts.ADMINISTRATOR,
            "panel": facts.PANEL,
            "clerk": facts.CLERK,
        },
    )
    if not Claim.objects.filter(case=case).exists():
        content = TABLE.read_bytes()
        commit(case, read(content, TABLE.name), Source.of(content, TABLE.name))
    return case


def lines_of(case: Case) -> list[Line]:
    """Return the case's claims as the documents need them."""
    claims = Claim.objects.filter(case=case).select_related("creditor").order_by("position")
    return [
        Line(
            number=claim.position,
            creditor_number=claim.creditor.position,
            creditor=claim.creditor.name,
            nature=claim.nature,
            conclusion=claim.conclusion,
            filed=claim.filed_fen,
            confirmed=claim.confirmed_fen,
            waived=claim.priority_waived,
        )
        for claim in claims
    ]


_PLACES = ("温州", "台州", "宁波", "嘉兴", "苏州", "义乌", "瑞安", "平阳")
_TRADES = ("纸业", "油墨", "印刷", "物流", "机械", "塑业", "五金", "化工", "电器", "贸易")


@transaction.atomic
def generate_creditors(case: Case, wanted: int) -> int:
    """Add creditors with an ordinary claim each until the case has `wanted`; return how many.

    The same number always gives the same creditor, so that a second run adds nothing.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    missing = wanted - case.creditors.count()
    if missing <= 0:
        return 0
    highest = case.creditors.aggregate(last=Max("position"))["last"] or 0
    numbers = range(highest + 1, highest + 1 + missing)
    creditors = Creditor.objects.bulk_create(
        [_creditor(case, number) for number in numbers], batch_size=BATCH
    )
    last = Claim.objects.filter(case=case).aggregate(last=Max("position"))["last"] or 0
    Claim.objects.bulk_create(
        [
            _claim(case, creditor, position)
            for position, creditor in enumerate(creditors, start=last + 1)
        ],
        batch_size=BATCH,
    )
    news.changed(case.pk)
    return missing


def _creditor(case: Case, number: int) -> Creditor:
    place = _PLACES[number % len(_PLACES)]
    trade = _TRADES[number // len(_PLACES) % len(_TRADES)]
    return Creditor(
        case=case,
        position=number,
        name=f"{place}示例{number:05d}{trade}有限公司",
        identity_number=f"91990000MG{number:08d}",
        contact_name=f"联系人{number:05d}",
        phone=f"1700{number:07d}",
        email=f"creditor{number:05d}@example.com",
    )


def _claim(case: Case, creditor: Creditor, position: int) -> Claim:
    # Small beside the table's own, so that who holds much stays who it was.
    # The demo repeats itself: nothing hangs on this chance.
    chance = random.Random(creditor.position)  # nosec B311
    principal = chance.randrange(1_000_00, 900_000_00)
    interest = principal * chance.randrange(0, 60) // 1000
    return Claim(
        case=case,
        creditor=creditor,
        position=position,
        nature=Nature.ORDINARY,
        principal_fen=principal,
        interest_fen=interest,
        filed_fen=principal + interest,
        confirmed_fen=principal + interest,
        conclusion=Conclusion.CONFIRMED,
    )
