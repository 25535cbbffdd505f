"""Rules as files: those of the law, those of a court, and what is refused in them."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from creditor_meetings.cases.errors import Refused
from tests.support import world
from voting import law, rule_directory, wording
from voting.rules import count_file, practice, registry, rule_file
from voting.rules.records import Nature, SecuredVote, Words

COURT = """
id = "court-simple"
article = "上海破产法庭规程 12"
since = 2026-01-01
powers = [0, 8]
voters = ["ordinary", "tax"]
secured = "unsecured-part"

[title]
zh = "简易表决"
en = "Simplified vote"

[amount]
numerator = 3
denominator = 5
comparator = ">="
of = "entitled"
article = "上海破产法庭规程 12(1)"
"""


@pytest.fixture
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget afterwards what rules a test brought."""
    monkeypatch.setattr(registry, "RULES", registry.RULES)


def court(*changes: tuple[str, str]) -> str:
    """Return the court's file with parts of it changed."""
    text = COURT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def problem(text: str) -> str:
    with pytest.raises(rule_file.BadRule) as refused:
        rule_file.parse(text.encode(), "court.toml")
    said = str(refused.value)
    assert "\n" not in said
    assert said.startswith("court.toml: ")
    return said.removeprefix("court.toml: ")


# --- The rules of the law --------------------------------------------------------------------

LAW = {
    "prc-ordinary": ["number > 1/2 attending", "amount >= 1/2 entitled"],
    "prc-composition": ["number > 1/2 attending", "amount >= 2/3 entitled"],
    "prc-reorganisation": ["number > 1/2 attending", "amount >= 2/3 entitled"],
    "us-1126c": ["number > 1/2 voted", "amount >= 2/3 voted"],
    "uk-15.34": ["amount > 1/2 voted"],
    "uk-cva": ["amount >= 3/4 voted", "veto > 1/2 unconnected"],
    "de-inso-76": ["amount > 1/2 voted"],
    "de-inso-244": ["number > 1/2 voted", "amount > 1/2 voted"],
}


def test_the_packs_hold_the_rules_of_the_law() -> None:
    found = {
        rule.id: [
            f"{name} {one.comparator} {one.numerator}/{one.denominator} {one.base.value}"
            for name, one in rule.thresholds().items()
        ]
        for rule in registry.RULES
    }
    assert found == LAW
    for rule in registry.RULES:
        assert rule.title.zh
        assert rule.title.en
        assert all(one.article for one in rule.thresholds().values())
        assert registry.in_effect(rule, date(2026, 1, 1))
        assert not registry.in_effect(rule, date(1979, 1, 1))


@pytest.mark.parametrize(
    ("power", "rule"),
    [(0, "prc-ordinary"), (6, "prc-reorganisation"), (7, "prc-composition"), (9, "prc-ordinary")],
)
def test_each_power_has_its_rule(power: int, rule: str) -> None:
    assert [one.id for one in registry.applicable(power, date(2026, 1, 1))] == [rule]
    assert registry.applicable(power, date(2006, 1, 1)) == []


def test_verification_of_claims_is_no_vote() -> None:
    assert registry.applicable(1, date(2026, 1, 1)) == []


# --- A court's own ---------------------------------------------------------------------------


def test_a_court_s_rule_counts() -> None:
    rule = rule_file.parse(COURT.encode(), "court.toml")
    assert rule.title == Words("简易表决", "Simplified vote")
    assert rule.voters == {Nature.ORDINARY, Nature.TAX}
    assert rule.secured is SecuredVote.UNSECURED_PART
    assert (rule.number, rule.amount.numerator, rule.amount.denominator) == (None, 3, 5)
    assert (rule.since, rule.until) == (date(2026, 1, 1), None)


@pytest.mark.usefixtures("_restored")
def test_a_brought_rule_is_like_any_other() -> None:
    registry.bring([rule_file.parse(COURT.encode(), "court.toml")])
    assert registry.get("court-simple").powers == {0, 8}
    assert [one.id for one in registry.applicable(8, date(2026, 2, 1))] == [
        "prc-ordinary",
        "court-simple",
    ]
    assert [one.id for one in registry.applicable(8, date(2025, 12, 31))] == ["prc-ordinary"]
    counted = count_file.count(
        count_file.read(
            b'{"schema": "count/1", "rule": "court-simple", "creditors": ['
            b'{"id": "A", "claims": [{"nature": "ordinary", "amount": "3.00",'
            b' "status": "confirmed"}]},'
            b'{"id": "B", "claims": [{"nature": "tax", "amount": "2.00",'
            b' "status": "confirmed"}]}],'
            b' "ballots": [{"creditor": "A", "choice": "for"}]}'
        )
    )
    (group,) = counted["groups"]
    assert (counted["outcome"], group["number_test"]) == ("passed", None)
    assert group["amount_test"]["share"] == "60.00%"


@pytest.mark.usefixtures("_restored")
def test_an_id_is_taken_once() -> None:
    rule = rule_file.parse(COURT.encode(), "court.toml")
    with pytest.raises(ValueError, match="'court-simple' is taken"):
        registry.bring([rule, rule])
    with pytest.raises(ValueError, match="'prc-ordinary' is taken"):
        registry.bring([replace(rule, id="prc-ordinary")])
    assert registry.find("court-simple") is None


def test_until_is_its_last_day() -> None:
    rule = rule_file.parse(
        court(("since = 2026-01-01", "since = 2026-01-01\nuntil = 2026-12-31")).encode(), "c.toml"
    )
    assert registry.in_effect(rule, date(2026, 12, 31))
    assert not registry.in_effect(rule, date(2027, 1, 1))


# --- What is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("secured =", "colour = 3\nsecured =", "colour: 3 is no key of a rule here, only id,"),
        ("numerator = 3", "numerator = 3\nshare = 1", "amount.share: 1 is no key"),
        ('id = "court-simple"', "", 'the key "id" is missing'),
        ("numerator = 3\n", "", 'the key "amount.numerator" is missing'),
        ('"court-simple"', '"Court Simple"', "id: 'Court Simple' should be 1 to 40 of a-z"),
        ('"court-simple"', "7", "id: 7 should be a text, not empty"),
        ('"tax"]', '"gold"]', "voters[1]: 'gold' should be one of ordinary, secured,"),
        ('"tax"]', '"ordinary"]', "voters[1]: 'ordinary' stands twice"),
        ('["ordinary", "tax"]', "[]", "voters: [] is empty"),
        ('["ordinary", "tax"]', '"ordinary"', "voters: 'ordinary' should be a list"),
        ('"unsecured-part"', '"half"', "secured: 'half' should be one of full, unsecured-part,"),
        ('"unsecured-part"', '"split"', "secured: 'split' goes only with grouping = \"nature\""),
        ("secured =", 'grouping = "colour"\nsecured =', "grouping: 'colour' should be one of none"),
        ("secured =", 'group_order = ["a"]\nsecured =', "group_order: ['a'] goes only with"),
        ("secured =", "investors_by_amount_only = true\nsecured =", "goes only with a grouping"),
        ("secured =", 'head = "hand"\nsecured =', "head: 'hand' should be one of creditor"),
        ("secured =", 'always_barred = "yes"\nsecured =', "always_barred: 'yes' should be true or"),
        ("secured =", 'barred_matters = ["61"]\nsecured =', "barred_matters[0]: '61' should be"),
        ("secured =", 'practice = ["attendance"]\nsecured =', "practice[0]: 'attendance' should"),
        ("[0, 8]", "[12]", "powers[0]: 12 should be 1 to 11 as in EBL 61(1), or 0"),
        ("[0, 8]", "[true]", "powers[0]: True should be 1 to 11"),
        ("[0, 8]", "[1]", "powers: 1 is verification of claims, which is not a vote (EBL 58)"),
        ('"entitled"', '"everybody"', "amount.of: 'everybody' should be one of attending,"),
        ('"entitled"', '"unconnected"', "amount.of: 'unconnected' should be one of attending,"),
        ('">="', '"="', "amount.comparator: '=' should be one of >, >="),
        ("numerator = 3", "numerator = 6", "amount.numerator: 6 of 5 is more than all of it"),
        ("numerator = 3", "numerator = 0", "amount.numerator: 0 should be a whole number from 1"),
        ("numerator = 3", "numerator = -1", "amount.numerator: -1 should be a whole number"),
        ("numerator = 3", "numerator = 0.6", "amount.numerator: 0.6 should be a whole number"),
        ("numerator = 3", "numerator = true", "amount.numerator: True should be a whole number"),
        ("denominator = 5", "denominator = 0", "amount.denominator: 0 should be a whole number"),
        ("[amount]", "[veto]", "veto.of: 'entitled' should be one of unconnected"),
        ("2026-01-01", '"soon"', "since: 'soon' should be a date as 2007-06-01"),
        ("2026-01-01", "2026-01-01T10:00:00", "should be a date as 2007-06-01"),
        ("2026-01-01", "2026-01-01\nuntil = 2025-01-01", "until: 2025-01-01 should not be before"),
        ('en = "Simplified vote"', "", 'the key "title.en" is missing'),
        ('en = "Simplified vote"', 'en = " "', "title.en: ' ' should be a text, not empty"),
    ],
)
def test_a_wrong_file_is_refused_by_place_and_value(old: str, new: str, said: str) -> None:
    assert said in problem(court((old, new)))


def test_a_test_that_cannot_be_met_is_refused() -> None:
    whole = (("numerator = 3", "numerator = 5"), ('">="', '">"'))
    assert problem(court(*whole)) == (
        "amount.comparator: '>' can never be met with 5/5: should be \">=\""
    )
    rule_file.parse(court(("numerator = 3", "numerator = 5")).encode(), "court.toml")
    assert "no test" in problem(COURT.split("[amount]", maxsplit=1)[0])


def test_what_is_no_toml_is_refused() -> None:
    assert problem('id = "a').startswith("not TOML: ")
    assert problem(court(("numerator = 3", "numerator = 3\nnumerator = 4"))).startswith("not TOML")
    with pytest.raises(rule_file.BadRule, match=r"court.toml: not UTF-8 at byte 5"):
        rule_file.parse(b'id = \xff"', "court.toml")


@pytest.mark.parametrize("data", [None, [], "prc-ordinary", {"id": 3}, {"id": "a", "x": []}])
def test_frozen_data_is_read_as_strictly(data: Any) -> None:
    with pytest.raises(ValueError, match="rule"):
        registry.read(data)


# --- Practice --------------------------------------------------------------------------------


def test_practice_reads_whole_and_keeps_deviations() -> None:
    assert practice.read(None) == dict(practice.DEFAULTS)
    assert practice.read({"tax": "none"}) == {**practice.DEFAULTS, "tax": "none"}
    assert practice.deviations({"tax": "none", "employee": "none"}) == {"tax": "none"}
    with pytest.raises(ValueError, match=r"practice.tax: 'no' should be one of vote, none"):
        practice.read({"tax": "no"})
    with pytest.raises(ValueError, match="'taxes' is no point of it, only attendance,"):
        practice.read({"taxes": "none"})
    with pytest.raises(ValueError, match=r"practice.tax: \[\] should be"):
        practice.read({"tax": []})


def test_practice_fills_in_what_a_rule_leaves_open() -> None:
    settled = {"secured_general": "none", "employee": "vote", "tax": "none", "subordinated": "vote"}
    ordinary = practice.apply(registry.get("prc-ordinary"), settled)
    assert ordinary.secured is SecuredVote.UNSECURED_PART
    assert ordinary.voters == {
        Nature.ORDINARY, Nature.SMALL, Nature.SECURED, Nature.CONSTRUCTION, Nature.EMPLOYEE,
        Nature.SUBORDINATED,
    }  # fmt: skip
    for rule in registry.RULES:
        if not rule.practice:
            assert practice.apply(rule, settled) == rule
        assert practice.apply(rule, {}) == rule


# --- At start-up, and by command -------------------------------------------------------------


@pytest.mark.usefixtures("_restored")
def test_the_court_s_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "simple.toml").write_text(COURT, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a rule")
    assert [rule.id for rule in rule_directory.read(tmp_path)] == ["court-simple"]
    (tmp_path / "twice.toml").write_text(COURT, encoding="utf-8")
    with pytest.raises(rule_file.BadRule) as refused:
        rule_directory.read(tmp_path)
    assert str(refused.value) == "twice.toml: id: 'court-simple' is taken by simple.toml"
    with pytest.raises(rule_file.BadRule, match=r"RULES_DIR: .*nowhere is no directory"):
        rule_directory.read(tmp_path / "nowhere")


def test_nothing_starts_with_a_wrong_rule_file(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(court(("numerator = 3", "numerator = 9")), "utf-8")
    said = "wrong.toml: amount.numerator: 9 of 5 is more than all of it"
    served = run(tmp_path, "-c", "import creditor_meetings.config.asgi")
    assert served.returncode == 1
    assert served.stderr.splitlines()[-1].endswith(f"ImproperlyConfigured: {said}")
    listed = run(tmp_path, "manage.py", "rules")
    assert (listed.returncode, listed.stdout) == (2, "")
    assert said in listed.stderr
    checked = run(tmp_path, "manage.py", "check")
    assert checked.returncode == 1
    assert f"(voting.E001) {said}" in checked.stderr


def run(rules: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    data = rules / "data"
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={"RULES_DIR": str(rules), "DATA_DIR": str(data), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_command_lists_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rules")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [rule.id for rule in registry.RULES]
    file = tmp_path / "simple.toml"
    file.write_text(COURT, encoding="utf-8")
    call_command("rules", "check", str(file))
    assert capsys.readouterr().out == (
        "court-simple: 简易表决 / Simplified vote; 上海破产法庭规程 12; 2026-01-01..; "
        "amount >= 3/5 of entitled (上海破产法庭规程 12(1))\n"
    )
    for text, said in (
        (court(("numerator = 3", "numerator = 9")), "amount.numerator: 9 of 5"),
        (court(("court-simple", "prc-ordinary")), "id: 'prc-ordinary' is taken"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(CommandError, match=f"^simple.toml: {said}") as refused:
            call_command("rules", "check", str(file))
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match=r"nowhere.toml: No such file") as refused:
        call_command("rules", "check", str(tmp_path / "nowhere.toml"))
    assert refused.value.returncode == 2


# --- In a meeting ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("_restored")
def test_a_poll_counted_by_a_court_s_rule_keeps_it_when_the_file_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_the_law = registry.RULES
    registry.bring([rule_file.parse(COURT.encode(), "court.toml")])
    case = world.make_case()
    people = [
        world.make_person(case, "creditor", world.make_creditor(case, confirmed=amount))
        for amount in ("3.00", "2.00")
    ]
    judge = world.make_person(case, "judge")
    meeting = world.make_meeting(case)
    poll = world.open_poll(world.make_resolution(meeting, power=8, rule="court-simple"), judge)
    monkeypatch.setattr(registry, "RULES", of_the_law)
    world.cast(people[0], poll, "for")
    outcome = world.close_poll(poll, judge)
    assert (outcome.outcome, outcome.result["rule"]) == ("passed", "court-simple")


@pytest.mark.django_db
@pytest.mark.usefixtures("_restored")
def test_a_court_s_rule_is_said_in_plain_words() -> None:
    registry.bring([rule_file.parse(COURT.encode(), "court.toml")])
    meeting = world.make_meeting(world.make_case())
    draft = world.make_resolution(meeting, power=8, rule="court-simple")
    said = "同意票所代表的债权额须占无财产担保债权总额的3/5 以上（上海破产法庭规程 12(1)）。"
    assert law.explain(draft) == said
    assert wording.counted(draft)[0] == said


@pytest.mark.django_db
@pytest.mark.usefixtures("_restored")
def test_a_draft_whose_rule_is_gone_is_shown_and_never_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_the_law = registry.RULES
    registry.bring([rule_file.parse(COURT.encode(), "court.toml")])
    case = world.make_case()
    world.make_creditor(case)
    judge, meeting = world.make_person(case, "judge"), world.make_meeting(case)
    draft = world.make_resolution(meeting, power=8, rule="court-simple")
    monkeypatch.setattr(registry, "RULES", of_the_law)
    shown = world.take_snapshot(judge, meeting)[1]["resolutions"][str(draft.pk)]
    assert (shown["rule"], shown["thresholds"]) == ("court-simple", {})
    assert wording.counted(draft)[0] == "没有表决规则“court-simple”，请修改表决事项。"
    with pytest.raises(Refused, match="表决规则“court-simple”今日不适用"):
        world.open_poll(draft, judge)


@pytest.mark.django_db
@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize("dates", ["since = 2999-01-01", "since = 2020-01-01\nuntil = 2020-12-31"])
def test_no_poll_opens_outside_the_days_of_its_rule(dates: str) -> None:
    text = court(("since = 2026-01-01", dates))
    registry.bring([rule_file.parse(text.encode(), "court.toml")])
    case = world.make_case()
    world.make_creditor(case)
    judge, meeting = world.make_person(case, "judge"), world.make_meeting(case)
    draft = world.make_resolution(meeting, power=8, rule="court-simple")
    with pytest.raises(Refused, match="今日不适用"):
        world.open_poll(draft, judge)
    assert not draft.register.exists()


def test_the_room_says_how_a_vote_is_counted_in_the_same_words() -> None:
    room = Path(__file__).parents[2] / "static" / "js" / "room"
    said = (room / "counted.js").read_text("utf-8") + (room / "rules.js").read_text("utf-8")
    for words in wording.practice_words().values():
        for sentence in words.values():
            assert f'"{sentence}"' in said
    for rule in registry.RULES:
        for matter in (None, "61-1-6", "61-1-10"):
            lines = wording.counted_by(rule, practice.DEFAULTS, matter=matter, scope="not_for")
            # The first is put together from parts; the others stand as they are, but for the
            # article, and for what the rule's file says.
            for line in lines[1:]:
                if line != rule.text.zh:
                    assert line.split("（企业破产法")[0].split("（本次会议")[0] in said
