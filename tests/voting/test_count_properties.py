"""What must hold of every count, whoever the creditors are and however they vote."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import verify_evidence
from voting.rules import count_file, electorate, practice, registry, rule_file
from voting.rules.records import Grouping, Nature, Rule, SecuredVote, Status
from voting.rules.registry import MATTERS, RULES

CHOICES = ("for", "against", "abstain")
BIG = 10**15


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen(text: str) -> int:
    return int(text.replace(".", ""))


@st.composite
def thresholds(draw: st.DrawFn, of: tuple[str, ...]) -> dict[str, Any]:
    """Draw a test as a court may write it."""
    denominator = draw(st.integers(1, 7) | st.just(1_000_000))
    numerator = draw(st.integers(1, denominator))
    strict = numerator < denominator and draw(st.booleans())
    return {
        "numerator": numerator,
        "denominator": denominator,
        "comparator": ">" if strict else ">=",
        "of": draw(st.sampled_from(of)),
        "article": "规程 1",
    }


@st.composite
def court_rules(draw: st.DrawFn) -> Rule:
    """Draw a rule that a court might add, through the strict reader of its file."""
    grouping = draw(st.sampled_from(Grouping))
    fit = set(SecuredVote)
    if grouping is not Grouping.NATURE:
        fit.discard(SecuredVote.SPLIT)
    if grouping is not Grouping.NONE:
        fit.discard(SecuredVote.HEAD)
    data: dict[str, Any] = {
        "id": "court", "article": "规程", "since": "2026-01-01", "powers": [0],
        "title": {"zh": "规程", "en": "Rules"},
        "voters": draw(st.lists(st.sampled_from([*Nature]), unique=True, min_size=1)),
        "secured": draw(st.sampled_from(sorted(fit))),
        "grouping": grouping,
        "undecided_without_votes": draw(st.booleans()),
    }  # fmt: skip
    data["voters"] = [one.value for one in data["voters"]]
    if data["secured"] == SecuredVote.HEAD:
        data["barred_matters"] = draw(st.lists(st.sampled_from(MATTERS), unique=True))
    bases = ("attending", "entitled", "voted")
    names = draw(st.sampled_from([("number",), ("amount",), ("number", "amount")]))
    data |= {name: draw(thresholds(bases)) for name in names}
    if draw(st.booleans()):
        data["veto"] = draw(thresholds(("unconnected",)))
    return rule_file.read(data)


@st.composite
def practised(draw: st.DrawFn) -> Rule:
    """Draw a rule of this country with whatever a meeting may settle."""
    rule = draw(st.sampled_from([one for one in RULES if one.practice]))
    settled = {key: draw(st.sampled_from(values)) for key, values in practice.ALLOWED.items()}
    return practice.apply(rule, settled)


rules = st.sampled_from(RULES) | practised() | court_rules()


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    nature = draw(st.sampled_from(list(Nature)))
    amount = draw(st.integers(0, 1000) | st.integers(BIG - 5, BIG + 5))
    status = draw(st.sampled_from(list(Status)))
    made: dict[str, Any] = {"nature": nature, "amount": yuan(amount), "status": status}
    counts = amount
    if status == "undetermined" and draw(st.booleans()):
        counts = draw(st.integers(0, amount))
        made["temporary_amount"] = yuan(counts)
    if nature in ("secured", "construction"):
        made["priority_waived"] = draw(st.booleans())
        made["unsecured_part"] = yuan(draw(st.integers(0, counts)))
    return made


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.integers(1, 8))
    creditors = []
    for number in range(size):
        one: dict[str, Any] = {
            "id": f"C{number}",
            "attended": draw(st.booleans()),
            "claims": draw(st.lists(claims(), max_size=3)),
        }
        if draw(st.integers(0, 9)) == 0:
            one["excluded"] = "barred"
        creditors.append(one)
    voters = draw(st.lists(st.sampled_from([c["id"] for c in creditors]), unique=True))
    made: dict[str, Any] = {
        "schema": "count/1",
        "rule": "prc-ordinary",
        "creditors": creditors,
        "ballots": [{"creditor": who, "choice": draw(st.sampled_from(CHOICES))} for who in voters],
    }
    if draw(st.booleans()):
        made["matter"] = draw(st.sampled_from(MATTERS))
    return made


def count(content: dict[str, Any], rule: Rule | None = None) -> dict[str, Any]:
    file = count_file.read(json.dumps(content).encode())
    return count_file.count(file if rule is None else replace(file, rule=rule))


def passed(content: dict[str, Any], rule: Rule) -> dict[str, bool | None]:
    return {group["group"]: group["passed"] for group in count(content, rule)["groups"]}


@given(files(), rules, st.randoms(use_true_random=False))
def test_order_changes_nothing(content: dict[str, Any], rule: Rule, random: Any) -> None:
    first = count(content, rule)
    shuffled = {
        **content,
        "ballots": list(content["ballots"]),
        "creditors": list(content["creditors"]),
    }
    random.shuffle(shuffled["ballots"])
    random.shuffle(shuffled["creditors"])
    second = count(shuffled, rule)
    for result in (first, second):
        result["rejected_ballots"].sort(key=lambda one: one["creditor"])
    assert first == second


@given(files(), rules)
def test_parts_add_to_wholes(content: dict[str, Any], rule: Rule) -> None:
    result = count(content, rule)
    ballots = len(content["ballots"])
    assert len(result["rejected_ballots"]) <= ballots
    for group in result["groups"]:
        parts = [group[name] for name in (*CHOICES, "not_voted")]
        assert sum(part["number"] for part in parts) == group["attending"] <= group["entitled"]
        assert all(part["number"] >= 0 and fen(part["amount"]) >= 0 for part in parts)
        for name in ("number_test", "amount_test", "veto_test"):
            test = group[name]
            if test is None:
                continue
            numerator, denominator = (
                fen(value) if isinstance(value, str) else value
                for value in (test["numerator"], test["denominator"])
            )
            assert 0 <= numerator <= denominator
            assert (test["share"] is None) == (denominator == 0)
            if denominator == 0:
                assert test["met"] is False
        cast = sum(group[choice]["number"] for choice in CHOICES)
        assert cast <= ballots
    if len(result["groups"]) == 1 and len(content["creditors"]) == 1 and ballots:
        assert result["rejected_ballots"] == []


@given(files(), rules)
def test_each_test_is_what_its_fraction_says(content: dict[str, Any], rule: Rule) -> None:
    for group in count(content, rule)["groups"]:
        for name, one in rule.thresholds().items():
            test = group[f"{name}_test"]
            if test is None:
                assert rule.investors_by_amount_only
                continue
            numerator, denominator = (
                Fraction(value) for value in (test["numerator"], test["denominator"])
            )
            share, line = numerator, denominator * Fraction(one.numerator, one.denominator)
            met = share > line if one.strict else share >= line
            assert test["met"] is (met and denominator > 0)


@given(files(), rules, st.data())
def test_a_vote_turned_in_favour_never_loses_what_was_won(
    content: dict[str, Any], rule: Rule, data: st.DataObject
) -> None:
    before = passed(content, rule)
    if not content["ballots"]:
        return
    number = data.draw(st.integers(0, len(content["ballots"]) - 1))
    content["ballots"][number]["choice"] = "for"
    after = passed(content, rule)
    assert all(after[group] is True for group, won in before.items() if won)


@given(files(), rules, st.data())
def test_one_more_fen_in_favour_never_loses_what_was_won(
    content: dict[str, Any], rule: Rule, data: st.DataObject
) -> None:
    favour = {one["creditor"] for one in content["ballots"] if one["choice"] == "for"}
    held = [
        claim
        for one in content["creditors"]
        if one["id"] in favour
        for claim in one["claims"]
        if claim["nature"] == "ordinary"
        and claim["status"] == "confirmed"
        and claim["amount"] != "0.00"
    ]
    if not held:
        return
    before = passed(content, rule)
    claim = data.draw(st.sampled_from(held))
    claim["amount"] = yuan(fen(claim["amount"]) + 1)
    after = passed(content, rule)
    assert all(after[group] is True for group, won in before.items() if won)


@given(files(), rules, claims())
def test_one_more_head_in_favour_never_loses_what_was_won(
    content: dict[str, Any], rule: Rule, claim: dict[str, Any]
) -> None:
    before = passed(content, rule)
    content["creditors"].append({"id": "new", "claims": [claim]})
    content["ballots"].append({"creditor": "new", "choice": "for"})
    after = passed(content, rule)
    assert all(after[group] is True for group, won in before.items() if won)


WHOLE = {
    "unsecured_part": "0.00", "priority_waived": False, "temporary_amount": None, "class": None,
}  # fmt: skip


@given(files(), rules)
def test_the_verifier_counts_the_same_from_the_frozen_rule(
    content: dict[str, Any], rule: Rule
) -> None:
    creditors = [one for one in content["creditors"] if "excluded" not in one]
    known = {one["id"] for one in creditors}
    content |= {
        "creditors": creditors,
        "ballots": [one for one in content["ballots"] if one["creditor"] in known],
    }
    file = replace(count_file.read(json.dumps(content).encode()), rule=rule)
    body = {
        "rule_data": json.loads(json.dumps(registry.describe(rule))),
        "matter": file.matter, "groups_decided": {"investor": True}, "unaffected_groups": [],
    }  # fmt: skip
    register = verify_evidence.Register(body, None)
    members: dict[str, dict[str, int]] = {}
    for one, creditor in zip(creditors, file.creditors, strict=True):
        lines, why = register.lines([WHOLE | claim for claim in one["claims"]])
        rights = electorate.rights(rule, file.matter, creditor)
        assert lines == {right.group: right.amount_fen for right in rights}
        if not rights:
            assert why == electorate.reason(rule, file.matter, creditor)
        for group, amount in lines.items():
            members.setdefault(group, {})[creditor.id] = amount
    choices = {one.creditor: one.choice.value for one in file.ballots}
    said = {(who, group): choice for group in members for who, choice in choices.items()}
    present = {one.id for one in file.creditors if one.attended}
    counted = {
        group: verify_evidence.count_group(body["rule_data"], group, held, present, said)
        for group, held in members.items()
    }
    assert counted == {one["group"]: one for one in count_file.count(file)["groups"]}


@given(st.integers(1, 10**15), rules, st.integers(-1, 1))
def test_the_threshold_is_exact_to_the_fen(unit: int, rule: Rule, off: int) -> None:
    if rule.amount is None or Nature.ORDINARY not in rule.voters:
        return
    numerator, denominator = rule.amount.numerator, rule.amount.denominator
    favour, rest = unit * numerator + off, unit * (denominator - numerator) - off
    if favour <= 0 or rest <= 0:
        return
    creditors = [
        {"id": name, "attended": True,
         "claims": [{"nature": "ordinary", "amount": yuan(amount), "status": "confirmed"}]}
        for name, amount in (("for", favour), ("against", rest))
    ]  # fmt: skip
    content = {
        "schema": "count/1", "rule": "prc-ordinary", "creditors": creditors,
        "ballots": [{"creditor": name, "choice": name} for name in ("for", "against")],
    }  # fmt: skip
    (group,) = count(content, rule)["groups"]
    assert fen(group["amount_test"]["denominator"]) == unit * denominator
    expected = off > 0 or (off == 0 and not rule.amount.strict)
    assert group["amount_test"]["met"] is expected


@given(rules)
def test_a_frozen_rule_is_the_rule(rule: Rule) -> None:
    assert registry.read(json.loads(json.dumps(registry.describe(rule)))) == rule


@given(st.integers(1, 60), st.integers(0, 60))
def test_half_of_the_heads_is_no_majority(favour: int, against: int) -> None:
    creditors = [
        {"id": f"C{number}",
         "claims": [{"nature": "ordinary", "amount": "1.00", "status": "confirmed"}]}
        for number in range(favour + against)
    ]  # fmt: skip
    ballots = [
        {"creditor": one["id"], "choice": "for" if number < favour else "against"}
        for number, one in enumerate(creditors)
    ]
    content = {
        "schema": "count/1",
        "rule": "prc-ordinary",
        "creditors": creditors,
        "ballots": ballots,
    }
    (group,) = count(content)["groups"]
    assert group["number_test"]["met"] is (favour > against)
    assert group["amount_test"]["met"] is (favour >= against)
