"""What of the claims table is asked for: the query of an address, read and written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from creditor_meetings.claims.models import Conclusion, Nature

PAGE_SIZE = 25
PANEL_PAGE_SIZE = 10
"""How many claims the panel of the room shows at a time, where each is a card."""
SIZES = (10, 25, 50, 100)
SORTS = {
    "number": "position",
    "name": "creditor__name",
    "nature": "nature",
    "filed": "filed_fen",
    "confirmed": "confirmed_fen",
    "conclusion": "conclusion",
}
MOST_SORTS = 3
"""By how many columns a table is sorted at once: what was clicked before stays beneath."""
_FLAGS = ("mine", "objected", "late")


@dataclass(frozen=True)
class Wish:
    """What of the table is asked for.

    `sort` names columns of `SORTS`, the first one first, with `-` before it from the greatest on.
    """

    q: str = ""
    sort: tuple[str, ...] = ()
    nature: str = ""
    conclusion: str = ""
    mine: bool = False
    objected: bool = False
    late: bool = False
    page: int = 1
    # 0: as many as the place has room for.
    size: int = 0

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wish":
        """Read the query of an address; what cannot be meant is left out."""
        page, size = query.get("page", "1"), query.get("size", "")
        return cls(
            q=query.get("q", "").replace("\x00", "").strip()[:100],
            sort=_sort(query.get("sort", "")),
            nature=_one_of(query.get("nature", ""), Nature.values),
            conclusion=_one_of(query.get("conclusion", ""), Conclusion.values),
            **{name: query.get(name, "") in {"1", "on"} for name in _FLAGS},
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
            size=int(size) if size in {str(one) for one in SIZES} else 0,
        )

    @property
    def narrowed(self) -> bool:
        """Whether less than the whole table is asked for."""
        return any((self.q, self.nature, self.conclusion, self.mine, self.objected, self.late))

    @property
    def filters(self) -> int:
        """How many filters besides the search are on."""
        return sum(map(bool, (self.nature, self.conclusion, self.mine, self.objected, self.late)))

    def query(self, **other: Any) -> str:
        """Write the query of an address with something else asked for."""
        wish = replace(self, **other)
        values = {
            "q": wish.q,
            "nature": wish.nature,
            "conclusion": wish.conclusion,
            **{name: "1" if getattr(wish, name) else "" for name in _FLAGS},
            "sort": ",".join(wish.sort),
            "size": wish.size or "",
            "page": wish.page if wish.page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def sorted_by(self, name: str) -> "Wish":
        """Return what a click on a column's head asks for.

        First ascending, then descending, then no more; the columns clicked before stay beneath.
        """
        rest = [one for one in self.sort if one.removeprefix("-") != name]
        if self.sort[:1] == (name,):
            rest.insert(0, f"-{name}")
        elif self.sort[:1] != (f"-{name}",):
            rest.insert(0, name)
        return replace(self, sort=tuple(rest[:MOST_SORTS]), page=1)


def labels() -> dict[str, str]:
    """Name the columns that can be sorted by, for people."""
    return {
        "number": _("编号"),
        "name": _("债权人"),
        "nature": _("债权性质"),
        "filed": _("申报金额（元）"),
        "confirmed": _("审查确认金额（元）"),
        "conclusion": _("审查结论"),
    }


def choices(wish: Wish) -> list[tuple[str, str]]:
    """Name the orders that a list offers; one that was clicked together is offered too."""
    offered = [
        ("", _("原顺序")),
        ("name", _("债权人名称")),
        ("-filed", _("申报金额从大到小")),
        ("filed", _("申报金额从小到大")),
        ("-confirmed", _("确认金额从大到小")),
        ("confirmed", _("确认金额从小到大")),
        ("nature,-filed", _("性质，其次申报金额")),
        ("conclusion,-filed", _("结论，其次申报金额")),
    ]
    present = ",".join(wish.sort)
    if present not in dict(offered):
        offered.append((present, in_words(wish)))
    return offered


def in_words(wish: Wish) -> str:
    """Say by which columns the table is sorted; empty when by none."""
    names = labels()
    return _("，其次").join(
        names[one.removeprefix("-")] + ("▼" if one.startswith("-") else "▲") for one in wish.sort
    )


def _one_of(value: str, known: list[str]) -> str:
    return value if value in known and value != Nature.INVESTOR else ""


def _sort(text: str) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for one in text.split(",")[:20]:
        name = one.removeprefix("-")
        if name in SORTS:
            found.setdefault(name, one)
    return tuple(found.values())[:MOST_SORTS]
