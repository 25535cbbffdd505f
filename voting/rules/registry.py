"""The rules that a count may follow, each as data with the article of every threshold."""

from datetime import date
from typing import Any

from voting.rules import rule_file
from voting.rules.records import Base, Grouping, Nature, Rule, SecuredVote, Threshold, Words

MATTERS = rule_file.MATTERS
EBL = date(2007, 6, 1)
ALL = frozenset(Nature)
GENERAL = frozenset(
    {
        Nature.ORDINARY,
        Nature.SMALL,
        Nature.TAX,
        Nature.SOCIAL_INSURANCE,
        Nature.SECURED,
        Nature.CONSTRUCTION,
    }
)
REORGANISATION_GROUPS = ("secured", "employee", "tax", "ordinary", "small", "investor")

RULES: tuple[Rule, ...] = (
    Rule(
        id="prc-ordinary",
        title=Words("一般事项", "General matters"),
        article="EBL 64(1)",
        since=EBL,
        voters=GENERAL,
        secured=SecuredVote.HEAD,
        # 过半数: exactly half fails. 二分之一以上: exactly half passes.
        number=Threshold(1, 2, True, Base.ATTENDING, "EBL 64(1)"),
        amount=Threshold(1, 2, False, Base.ENTITLED, "EBL 64(1)"),
        barred_matters=frozenset({"61-1-7", "61-1-10"}),
        powers=frozenset({0, 2, 3, 4, 5, 8, 9, 10, 11}),
        practice=frozenset({"secured_general", "employee", "tax", "subordinated"}),
    ),
    Rule(
        id="prc-composition",
        title=Words("和解协议", "Composition agreement"),
        article="EBL 97",
        since=EBL,
        voters=GENERAL,
        secured=SecuredVote.HEAD,
        number=Threshold(1, 2, True, Base.ATTENDING, "EBL 97"),
        amount=Threshold(2, 3, False, Base.ENTITLED, "EBL 97"),
        always_barred=True,
        powers=frozenset({7}),
        practice=frozenset({"employee", "tax", "subordinated"}),
    ),
    Rule(
        id="prc-reorganisation",
        title=Words("重整计划草案", "Reorganisation plan"),
        article="EBL 82, 84, 86",
        since=EBL,
        voters=ALL - {Nature.SOCIAL_INSURANCE, Nature.SUBORDINATED},
        secured=SecuredVote.SPLIT,
        number=Threshold(1, 2, True, Base.ATTENDING, "EBL 84(2)"),
        amount=Threshold(2, 3, False, Base.ENTITLED, "EBL 84(2)"),
        powers=frozenset({6}),
        grouping=Grouping.NATURE,
        group_order=REORGANISATION_GROUPS,
    ),
    Rule(
        id="us-1126c",
        title=Words("美国第十一章重整计划", "US chapter 11 plan"),
        article="11 USC 1126(c)",
        since=date(1979, 10, 1),
        voters=ALL,
        secured=SecuredVote.FULL,
        number=Threshold(1, 2, True, Base.VOTED, "11 USC 1126(c)"),
        amount=Threshold(2, 3, False, Base.VOTED, "11 USC 1126(c)"),
        grouping=Grouping.CLASS,
        group_order=REORGANISATION_GROUPS,
        investors_by_amount_only=True,
        undecided_without_votes=True,
    ),
    Rule(
        id="uk-15.34",
        title=Words("英国一般决定", "UK ordinary decision"),
        article="Insolvency Rules 2016 r.15.34(1)",
        since=date(2017, 4, 6),
        voters=ALL,
        secured=SecuredVote.UNSECURED_PART,
        number=None,
        amount=Threshold(1, 2, True, Base.VOTED, "Insolvency Rules 2016 r.15.34(1)"),
    ),
    Rule(
        id="uk-cva",
        title=Words("英国公司自愿安排", "UK company voluntary arrangement"),
        article="Insolvency Rules 2016 r.15.34(3)-(5)",
        since=date(2017, 4, 6),
        voters=ALL,
        secured=SecuredVote.UNSECURED_PART,
        number=None,
        amount=Threshold(3, 4, False, Base.VOTED, "Insolvency Rules 2016 r.15.34(3)"),
        veto=Threshold(1, 2, True, Base.UNCONNECTED, "Insolvency Rules 2016 r.15.34(4)"),
    ),
    Rule(
        id="de-inso-76",
        title=Words("德国债权人会议决议", "German creditors' assembly"),
        article="InsO 76(2)",
        since=date(1999, 1, 1),
        voters=ALL - {Nature.SUBORDINATED},
        secured=SecuredVote.FULL,
        number=None,
        amount=Threshold(1, 2, True, Base.VOTED, "InsO 76(2)"),
    ),
    Rule(
        id="de-inso-244",
        title=Words("德国破产计划", "German insolvency plan"),
        article="InsO 244",
        since=date(1999, 1, 1),
        voters=ALL - {Nature.SUBORDINATED},
        secured=SecuredVote.FULL,
        number=Threshold(1, 2, True, Base.VOTED, "InsO 244(1)"),
        amount=Threshold(1, 2, True, Base.VOTED, "InsO 244(1)"),
        grouping=Grouping.CLASS,
        group_order=REORGANISATION_GROUPS,
    ),
)

_BY_ID = {rule.id: rule for rule in RULES}


def find(rule_id: str) -> Rule | None:
    """Return a rule by its id."""
    return _BY_ID.get(rule_id)


def get(rule_id: str) -> Rule:
    """Return a rule by its id. Raises LookupError naming the rules there are."""
    found = find(rule_id)
    if found is None:
        raise LookupError(f"no rule {rule_id!r}; the rules are {', '.join(_BY_ID)}")
    return found


def describe(rule: Rule) -> dict[str, Any]:
    """Write a rule, practice included, as JSON data: what is frozen with the register."""
    return rule_file.write(rule)


def read(data: Any) -> Rule:
    """Return the rule that `describe` wrote. Raises ValueError naming what is wrong."""
    return rule_file.read(data)


def in_effect(rule: Rule, day: date) -> bool:
    """Whether a poll may open under the rule on a day."""
    return rule.since <= day and (rule.until is None or day <= rule.until)


def applicable(power: int, on: date) -> list[Rule]:
    """Return the rules that may be chosen for a power of EBL 61(1) (0: another matter)."""
    return [rule for rule in RULES if power in rule.powers and in_effect(rule, on)]


def group_place(rule: Rule, group: str) -> tuple[int, str]:
    """Return where a group stands in a result: in the rule's order, then classes by name."""
    order = rule.group_order
    return (order.index(group) if group in order else len(order), group)
