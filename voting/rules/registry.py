"""The rules that a count may follow, each as data with the article of every threshold."""

from datetime import date

from voting.rules.records import Base, Grouping, Nature, Rule, SecuredVote, Threshold

MATTERS = tuple(f"61-1-{number}" for number in range(1, 12))
"""The matters of EBL 61(1), in the words of count files."""

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
        article="EBL 64(1)",
        since=EBL,
        voters=GENERAL,
        secured=SecuredVote.HEAD,
        # 过半数: exactly half fails. 二分之一以上: exactly half passes.
        number=Threshold(1, 2, True, Base.ATTENDING, "EBL 64(1)"),
        amount=Threshold(1, 2, False, Base.ENTITLED, "EBL 64(1)"),
        barred_matters=frozenset({"61-1-7", "61-1-10"}),
    ),
    Rule(
        id="prc-composition",
        article="EBL 97",
        since=EBL,
        voters=GENERAL,
        secured=SecuredVote.HEAD,
        number=Threshold(1, 2, True, Base.ATTENDING, "EBL 97"),
        amount=Threshold(2, 3, False, Base.ENTITLED, "EBL 97"),
        always_barred=True,
    ),
    Rule(
        id="prc-reorganisation",
        article="EBL 82, 84, 86",
        since=EBL,
        voters=ALL - {Nature.SOCIAL_INSURANCE, Nature.SUBORDINATED},
        secured=SecuredVote.SPLIT,
        number=Threshold(1, 2, True, Base.ATTENDING, "EBL 84(2)"),
        amount=Threshold(2, 3, False, Base.ENTITLED, "EBL 84(2)"),
        grouping=Grouping.NATURE,
        group_order=REORGANISATION_GROUPS,
    ),
    Rule(
        id="us-1126c",
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
        article="Insolvency Rules 2016 r.15.34(1)",
        since=date(2017, 4, 6),
        voters=ALL,
        secured=SecuredVote.UNSECURED_PART,
        number=None,
        amount=Threshold(1, 2, True, Base.VOTED, "Insolvency Rules 2016 r.15.34(1)"),
    ),
    Rule(
        id="uk-cva",
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
        article="InsO 76(2)",
        since=date(1999, 1, 1),
        voters=ALL - {Nature.SUBORDINATED},
        secured=SecuredVote.FULL,
        number=None,
        amount=Threshold(1, 2, True, Base.VOTED, "InsO 76(2)"),
    ),
    Rule(
        id="de-inso-244",
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


def group_place(rule: Rule, group: str) -> tuple[int, str]:
    """Return where a group stands in a result: in the rule's order, then classes by name."""
    order = rule.group_order
    return (order.index(group) if group in order else len(order), group)
