"""What follows from an outcome, and what the court ruled, in words."""

from typing import Any

from django.utils.translation import gettext as _

from voting import branches, wording
from voting.models import Outcome, Resolution, Ruling

RULED_BY = {
    "court_65_1": "65-1",
    "court_65_2": "65-2",
    "court_87": "87",
    "approve_86": "86",
    "recognise_98": "98",
    "composition_99": "99",
    "recognise_116": "116",
}
"""The one kind of ruling that each branch of the law leads to (`RulingKind`)."""


def next_step(branch: dict[str, str] | None) -> str:
    """Say what follows in law; the room says the same in `static/js/room/branch.js`."""
    if branch is None:
        return ""
    sentences = {
        "passed": _("决议已通过，对全体债权人均有约束力。"),
        "none": _("决议未通过。"),
        "second_vote": _("未通过的，可以再次表决一次。"),
        "court_65_1": _("债权人会议表决未通过，由人民法院裁定。"),
        "court_65_2": _("债权人会议二次表决仍未通过，由人民法院裁定。"),
        "court_87": _(
            "未通过的表决组再次表决仍未通过或者拒绝再次表决，符合条件的，"
            "可以申请人民法院批准重整计划草案。"
        ),
        "composition_99": _("和解协议草案未通过，由人民法院裁定终止和解程序，并宣告债务人破产。"),
        "recognise_116": _("分配方案已通过，由管理人提请人民法院裁定认可。"),
        "approve_86": _(
            "各表决组均已通过，重整计划即为通过；自通过之日起十日内，应当提出批准重整计划的申请。"
        ),
        "recognise_98": _("和解协议已通过，由人民法院裁定认可。"),
    }
    said = sentences.get(branch["code"], "")
    cited = branch.get("article", "")
    return f"{said}{_('（%(article)s）') % {'article': wording.article(cited)}}" if cited else said


def refusal() -> str:
    """Say when the court may rule on a plan without a second vote (EBL 87(2))."""
    return _(
        "未通过的表决组拒绝再次表决，重整计划草案符合条件的，可以不经再次表决作出裁定"
        "（%(article)s）。作出裁定后不再举行再次表决。"
    ) % {"article": wording.article("EBL 87(2)")}


def step_of(resolution: Resolution, outcome: Outcome) -> str:
    """Say what follows in law from a stored outcome."""
    return next_step(branches.branch(resolution, outcome.outcome))


def ruling_title(kind: str, *, granted: bool) -> str:
    """Name a ruling by what it grants or refuses."""
    granted_words = {
        "65-1": _("裁定认可方案"),
        "65-2": _("裁定认可财产分配方案"),
        "87": _("裁定批准重整计划草案"),
        "86": _("裁定批准重整计划"),
        "98": _("裁定认可和解协议"),
        "99": _("裁定终止和解程序并宣告破产"),
        "116": _("裁定认可破产财产分配方案"),
    }
    refused_words = {
        "65-1": _("裁定不予认可方案"),
        "65-2": _("裁定不予认可财产分配方案"),
        "87": _("裁定不予批准重整计划草案，终止重整程序并宣告破产"),
        "86": _("裁定不予批准重整计划，终止重整程序并宣告破产"),
        "98": _("裁定不予认可和解协议，终止和解程序并宣告破产"),
        "99": _("裁定不终止和解程序"),
        "116": _("裁定不予认可破产财产分配方案"),
    }
    return (granted_words if granted else refused_words)[kind]


def ruling_article(kind: str) -> str:
    """Name the article that a ruling rests on."""
    number, _dash, paragraph = kind.partition("-")
    return wording.article(f"EBL {number}({paragraph})" if paragraph else f"EBL {number}")


def ruling(one: Ruling) -> dict[str, Any]:
    """Say a ruling for a page."""
    return {
        "ruling": one,
        "title": ruling_title(one.kind, granted=one.granted),
        "article": ruling_article(one.kind),
    }
