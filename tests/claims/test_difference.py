"""A newer table is compared with the case claim by claim, and taken in as people decide."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.claims import news
from creditor_meetings.claims.importing import Reading, read
from creditor_meetings.claims.importing.applying import Decisions, Otherwise, update
from creditor_meetings.claims.importing.commit import Source, commit
from creditor_meetings.claims.importing.comparing import compare
from creditor_meetings.claims.importing.difference import Difference
from creditor_meetings.claims.importing.matching import pair_claims
from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    ClaimConfirmation,
    ClaimsTable,
    Filing,
    PriorityWaiver,
    UndisputedList,
)
from creditor_meetings.claims.review import adjust_claim
from creditor_meetings.meetings.models import Attendance
from tests.claims import papers
from tests.support import world

pytestmark = pytest.mark.django_db

HEAD = [
    "序号", "债权人名称", "证件号码", "联系电话", "债权性质",
    "申报金额", "确认金额", "结论", "理由", "备注",
]  # fmt: skip
BANK, LI, WANG = "91990000MAT11X5051", "990000198611192183", "99000019940517398X"
ROWS: list[list[Any]] = [
    [1, "示例银行", BANK, "010-1", "有财产担保债权", 8500, 8500, "确认", "", ""],
    [1, "示例银行", BANK, "", "普通债权", 100, 100, "确认", "", ""],
    [2, "李华", LI, "13900000001", "普通债权", 1200, 900, "部分确认", "利息过高", ""],
    [3, "王静", WANG, "", "普通债权", 3000, 0, "暂缓确认", "诉讼未决", ""],
]


def table(rows: list[list[Any]], head: list[str] = HEAD) -> Reading:
    """A table of such rows, which is right."""
    lines = [head, *rows]
    text = "\n".join(",".join(map(str, row)) for row in lines)
    reading = read(text.encode(), "新表.csv")
    assert [one.line for one in reading.findings.problems] == []
    return reading


def changed(*changes: tuple[int, int, Any], rows: list[list[Any]] | None = None) -> list[list[Any]]:
    """The rows with other cells: (row, column, value)."""
    copies = [list(row) for row in (ROWS if rows is None else rows)]
    for row, column, value in changes:
        copies[row][column] = value
    return copies


def source(case: Case) -> Source:
    return Source(
        "新表.csv", 1, "0" * 64, by=world.make_person(case, "administrator"), address="192.0.2.9"
    )


@pytest.fixture
def case() -> Case:
    made = world.make_case()
    assert commit(made, table(ROWS), Source("旧表.csv", 1, "1" * 64))
    return made


def bring(case: Case, reading: Reading, **decided: set[int]) -> Difference:
    found = compare(case, reading)
    chosen = Decisions(**{name: frozenset(pks) for name, pks in decided.items()})
    update(case, reading, source(case), chosen, digest=found.digest)
    return found


def claim(name: str, number: int = 0) -> Claim:
    return list(Claim.objects.filter(creditor__name=name))[number]


def test_field_by_field(case: Case) -> None:
    reading = table(changed((2, 6, 1200), (2, 7, "确认"), (2, 8, ""), (3, 9, "新备注")))
    found = compare(case, reading)
    shown = {
        one.claim.creditor.name: {f.name: (f.shown_before, f.shown_after) for f in one.fields}
        for one in found.changed
    }
    assert shown == {
        "李华": {
            "confirmed_fen": ("900.00", "1,200.00"),
            "conclusion": ("部分确认", "确认"),
            "reason": ("利息过高", "—"),
        },
        "王静": {"note": ("—", "新备注")},
    }
    assert (found.added, found.missing, found.creditors, found.unchanged) == ([], [], [], 2)
    assert not compare(case, table(ROWS))


def test_an_update_is_on_record_with_who_and_from_which_row(case: Case) -> None:
    told: list[Any] = []
    news.on_change(lambda case_id, creditors: told.append((case_id, creditors)))
    reading = table(changed((2, 6, 1200), (2, 7, "确认"), (2, 8, "")))
    by = source(case)
    _confirm(case)
    assert compare(case, reading).changed[0].asks_again
    update(case, reading, by, Decisions())
    after = claim("李华")
    assert not ClaimConfirmation.objects.exists()
    assert (after.confirmed_fen, after.conclusion, after.version) == (120_000, "confirmed", 1)
    changes = {one.field: one for one in after.changes.all()}
    assert set(changes) == {"confirmed_fen", "conclusion", "reason", "confirmation"}
    one = changes["confirmed_fen"]
    assert (one.before, one.after, one.by, one.address) == ("900.00", "1200.00", by.by, "192.0.2.9")
    assert one.reason == "重新导入债权表《新表.csv》新表.csv 第 4 行"
    assert told == [(case.pk, [after.creditor_id])]
    kept = ClaimsTable.objects.filter(case=case).latest("imported_at")
    assert kept.applied["changed"] == 1
    assert kept.imported_at


def test_rows_in_the_middle_make_no_other_claims(case: Case) -> None:
    numbers = dict(Claim.objects.values_list("pk", "position"))
    new = [2, "赵六", "990000197001011234", "", "普通债权", 70, 70, "确认", "", ""]
    more = [1, "示例银行", BANK, "", "普通债权", 55, 55, "确认", "", ""]
    moved = [ROWS[1], ROWS[0], more, new, changed((2, 0, 3))[2], changed((3, 0, 4))[3]]
    found = bring(case, table(moved))
    assert (found.changed, found.missing, found.creditors) == ([], [], [])
    assert [one.filed for one in found.added] == [5500, 7000]
    after = dict(Claim.objects.values_list("pk", "position"))
    assert {pk: after[pk] for pk in numbers} == numbers
    assert sorted(set(after.values()) - set(numbers.values())) == [5, 6]
    places = dict(Creditor.objects.values_list("name", "position"))
    assert places == {"示例银行": 1, "赵六": 2, "李华": 3, "王静": 4}
    assert not compare(case, table(moved))


def test_names_and_contacts_are_part_of_the_difference(case: Case) -> None:
    reading = table(changed((2, 1, "李华（更名）"), (2, 3, "13900000009"), (3, 3, "13900000003")))
    found = bring(case, reading)
    assert {(one.creditor.name, f.name) for one in found.creditors for f in one.fields} == {
        ("李华", "name"),
        ("李华", "phone"),
        ("王静", "phone"),
    }
    assert Creditor.objects.get(identity_number=LI).phone == "13900000009"
    # What it was stands in the record of the table, out of every claim's history.
    applied = ClaimsTable.objects.latest("imported_at").applied["creditors"]
    assert {one["before"] for one in applied} == {"李华", "13900000001", ""}
    assert not ClaimChange.objects.exists()
    # A table that leaves a contact blank does not take it away.
    assert not compare(case, table(changed((2, 1, "李华（更名）"), (2, 3, ""), (3, 3, ""))))


def test_a_corrected_identity_number_makes_no_second_head(case: Case) -> None:
    found = bring(case, table(changed((2, 2, "990000198611192191"))))
    assert (found.added, found.missing) == ([], [])
    assert Creditor.objects.filter(case=case, claims__isnull=False).distinct().count() == 3
    assert Creditor.objects.get(name="李华").identity_number == "990000198611192191"


def test_missing_claims_stay_unless_people_say_so(case: Case) -> None:
    reading = table(ROWS[:2] + ROWS[3:])
    found = bring(case, reading)
    assert [one.claim.creditor.name for one in found.missing] == ["李华"]
    assert Claim.objects.count() == 4
    found = bring(case, reading, drop={claim("李华").pk})
    assert not Creditor.objects.filter(name="李华").exists()
    (gone,) = ClaimsTable.objects.latest("imported_at").applied["dropped"]
    assert (gone["creditor"], gone["filed"], gone["identity_number"]) == ("李华", "1200.00", LI)


def test_a_missing_claim_may_be_rejected_instead(case: Case) -> None:
    bring(case, table(ROWS[:3]), reject={claim("王静").pk})
    after = claim("王静")
    assert (after.conclusion, after.confirmed_fen) == ("rejected", 0)
    assert {one.field for one in after.changes.all()} == {"conclusion", "reason"}


def _confirm(case: Case) -> None:
    person = world.make_person(case, "creditor", claim("李华").creditor)
    ClaimConfirmation.objects.create(claim=claim("李华"), person=person, at=clock.now())


def _file(case: Case) -> None:
    person = world.make_person(case, "creditor", claim("李华").creditor)
    Filing.objects.create(case=case, person=person, claim=claim("李华"), created_at=clock.now())


def _review(case: Case) -> None:
    viewer = world.viewer(world.make_person(case, "administrator"), world.make_meeting(case))
    adjust_claim(claim("李华"), {"note": "x"}, viewer, reason="复核")


def _attend(case: Case) -> None:
    person = world.make_person(case, "creditor", claim("李华").creditor)
    Attendance.objects.create(
        meeting=world.make_meeting(case), creditor=claim("李华").creditor, person=person,
        method="live", at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rely", "why"),
    [(_confirm, "确认无异议"), (_file, "在线申报"), (_review, "修改记录"), (_attend, "会议记录")],
)
def test_what_people_rely_on_is_not_deleted(
    case: Case, rely: Callable[[Case], None], why: str
) -> None:
    rely(case)
    reading = table(ROWS[:2] + ROWS[3:])
    (missing,) = compare(case, reading).missing
    assert not missing.may_go
    assert why in "".join(missing.reliances)
    before = list(Claim.objects.values())
    with pytest.raises(Refused, match="不能删除"):
        bring(case, reading, drop={claim("李华").pk})
    assert list(Claim.objects.values()) == before
    bring(case, reading)
    assert list(Claim.objects.values()) == before


def test_an_account_alone_is_nothing_to_rely_on(case: Case) -> None:
    world.make_person(case, "creditor", claim("李华").creditor)
    bring(case, table(ROWS[:2] + ROWS[3:]), drop={claim("李华").pk})
    assert Creditor.objects.filter(name="李华").exists()  # somebody acts for it
    assert not Claim.objects.filter(creditor__name="李华").exists()


def test_what_the_court_set_stays(case: Case) -> None:
    Claim.objects.filter(creditor__name="王静").update(temporary_fen=200_000)
    bring(case, table(changed((3, 9, "新备注"))))
    assert (claim("王静").note, claim("王静").temporary_fen) == ("新备注", 200_000)
    head = [*HEAD, "法院临时确定债权额"]
    rows = [[*row, ""] for row in changed((3, 9, "更新的备注"))]
    bring(case, table(rows, head))
    assert claim("王静").temporary_fen == 200_000
    rows[3][10] = "1500"
    found = compare(case, table(rows, head))
    assert not found
    assert "只能由法院变更" in found.kept[0][1]
    # Below it a claim cannot be filed; when it is decided, what was temporary ends.
    found = compare(case, table(changed((3, 5, 1000))))
    assert "临时确定债权额 2,000.00" in found.problems[0][1]
    with pytest.raises(Refused, match="临时确定债权额"):
        update(case, table(changed((3, 5, 1000))), source(case), Decisions())
    bring(case, table(changed((3, 6, 3000), (3, 7, "确认"))))
    assert claim("王静").temporary_fen is None
    assert "temporary_fen" in {one.field for one in claim("王静").changes.all()}


def test_an_accepted_waiver_stays(case: Case) -> None:
    secured = claim("示例银行")
    person = world.make_person(case, "creditor", secured.creditor)
    Claim.objects.filter(pk=secured.pk).update(priority_waived=True)
    assert not compare(case, table(ROWS))  # the table has no such column
    PriorityWaiver.objects.create(
        claim=secured, state="accepted", statement="放弃", signed_name="行长", person=person,
        at=clock.now(),
    )  # fmt: skip
    rows = [[*row, "否"] for row in ROWS]
    found = compare(case, table(rows, [*HEAD, "是否放弃优先受偿权"]))
    assert not found
    assert "声明" in found.kept[0][1]


def test_what_the_review_changed_since_is_not_undone_unseen(case: Case) -> None:
    viewer = world.viewer(world.make_person(case, "administrator"), world.make_meeting(case))
    adjust_claim(
        claim("李华"), {"confirmed_fen": 100_000, "reason": "异议成立"}, viewer, reason="异议"
    )
    reading = table(changed((2, 9, "新备注")))
    found = compare(case, reading)
    assert [f.name for one in found.changed for f in one.fields] == ["note"]
    assert {f.name for one in found.stale for f in one.stale} == {"confirmed_fen", "reason"}
    bring(case, reading)
    after = claim("李华")
    assert (after.confirmed_fen, after.reason, after.note) == (100_000, "异议成立", "新备注")
    bring(case, table(changed((2, 9, "再新"))), take={after.pk})
    after = claim("李华")
    assert (after.confirmed_fen, after.reason, after.note) == (90_000, "利息过高", "再新")
    # A value that is neither of the two is the administrator's new word.
    adjust_claim(claim("李华"), {"confirmed_fen": 100_000}, viewer, reason="又改")
    found = compare(case, table(changed((2, 6, 1100))))
    assert [f.name for f in found.changed[0].fields] == ["confirmed_fen", "note"]
    assert not found.stale


def test_half_of_a_change_that_makes_no_sense_alone_waits_as_a_whole(case: Case) -> None:
    viewer = world.viewer(world.make_person(case, "administrator"), world.make_meeting(case))
    values = {"confirmed_fen": 120_000, "conclusion": "confirmed"}
    adjust_claim(claim("李华"), values, viewer, reason="复核")
    # The old conclusion with a new amount: neither the one nor the other could stand alone.
    found = compare(case, table(changed((2, 6, 800))))
    assert found.changed == []
    assert {f.name for f in found.stale[0].stale} == {"conclusion", "confirmed_fen"}


def test_a_case_that_changed_since_is_shown_anew(case: Case) -> None:
    reading = table(changed((2, 9, "新备注")))
    seen = compare(case, reading).digest
    viewer = world.viewer(world.make_person(case, "administrator"), world.make_meeting(case))
    adjust_claim(claim("李华"), {"note": "别的"}, viewer, reason="复核")
    with pytest.raises(Otherwise) as otherwise:
        update(case, reading, source(case), Decisions(), digest=seen)
    assert otherwise.value.difference.digest != seen
    assert claim("李华").note == "别的"


def test_what_the_court_confirmed_by_ruling_stays(case: Case) -> None:
    one, judge = claim("李华"), world.make_person(case, "judge")
    listed = UndisputedList.objects.create(
        case=case, number=1, state="confirmed", claims=1, creditors=1, confirmed_fen=90_000,
        disputed=0, content_sha256="0" * 64, made_by=judge, made_at=clock.now(),
    )  # fmt: skip
    listed.entries.create(claim=one, position=1, confirmed_fen=90_000, version=0)
    found = bring(case, table(changed((2, 6, 1000), (2, 9, "新备注"))))
    assert "法院裁定确认" in found.kept[0][1]
    after = claim("李华")
    assert (after.confirmed_fen, after.note) == (90_000, "新备注")
    without = table(ROWS[:2] + ROWS[3:])
    (missing,) = compare(case, without).missing
    assert not missing.may_go
    assert not missing.may_be_rejected
    with pytest.raises(Refused, match="法院裁定"):
        bring(case, without, reject={one.pk})


def test_parts_that_no_longer_add_up_are_let_go(case: Case) -> None:
    one = claim("李华")
    Claim.objects.filter(pk=one.pk).update(
        principal_fen=100_000, interest_fen=20_000, confirmed_principal_fen=90_000,
        confirmed_interest_fen=0, confirmed_other_fen=0,
    )  # fmt: skip
    assert not compare(case, table(ROWS))
    bring(case, table(changed((2, 5, 1300), (2, 6, 950))))
    after = claim("李华")
    assert (after.filed_fen, after.principal_fen, after.confirmed_principal_fen) == (
        130_000,
        0,
        None,
    )


def test_claims_filed_online_are_kept_whatever_is_decided(case: Case) -> None:
    _file(case)
    reading = table(ROWS[:2] + ROWS[3:])
    with pytest.raises(Refused, match="在线申报"):
        bring(case, reading, reject={claim("李华").pk})
    assert claim("李华").conclusion == "partly_confirmed"


def test_a_failure_half_way_changes_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (list(Claim.objects.values()), list(Creditor.objects.values()))
    monkeypatch.setattr(news, "changed", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bring(case, table(changed((2, 9, "新"), (2, 1, "别名"), rows=ROWS[:3])))
    assert (list(Claim.objects.values()), list(Creditor.objects.values())) == before
    assert not ClaimChange.objects.exists()


def test_the_sample_again_with_rows_moved() -> None:
    made = world.make_case()
    commit(made, read(papers.SAMPLE), Source("a", 1, "2" * 64))
    reading = read(papers.SAMPLE)
    reading.entries.reverse()
    reading.creditors.reverse()
    assert not compare(made, reading)


kinds = st.tuples(
    st.sampled_from(["ordinary", "secured", "tax"]), st.integers(1, 3), st.integers(0, 2)
)


@given(st.lists(kinds, max_size=6), st.lists(kinds, max_size=6), st.randoms())
@settings(max_examples=60)
def test_pairing_loses_nothing_doubles_nothing_and_does_not_depend_on_order(
    held: list[tuple[str, int, int]], wanted: list[tuple[str, int, int]], random: Any
) -> None:
    claims = [
        Claim(pk=n, position=n, nature=nature, filed_fen=filed, confirmed_fen=confirmed)
        for n, (nature, filed, confirmed) in enumerate(held, start=1)
    ]

    class Row:
        def __init__(self, nature: str, filed: int, confirmed: int) -> None:
            self.nature, self.filed, self.confirmed = nature, filed, confirmed
            self.conclusion = self.collateral = ""

    rows = [Row(*one) for one in wanted]
    pairs, missing, new = pair_claims(claims, rows)  # type: ignore[arg-type]
    assert sorted([one.pk for one, _row in pairs] + [one.pk for one in missing]) == [
        one.pk for one in claims
    ]
    assert len(pairs) + len(new) == len(rows)
    assert len({id(row) for _one, row in pairs} | {id(row) for row in new}) == len(rows)

    def said(pair: Any) -> Any:
        return (pair[0].nature, pair[0].filed_fen, pair[1].nature, pair[1].filed)

    random.shuffle(claims)
    again, *_rest = pair_claims(claims, rows)  # type: ignore[arg-type]
    assert sorted(map(said, again)) == sorted(map(said, pairs))
    if sorted(held) == sorted(wanted):
        assert (missing, new) == ([], [])
