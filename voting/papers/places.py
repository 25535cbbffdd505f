"""The places on the last page of a paper where people sign, by role."""

from dataclasses import asdict, dataclass
from typing import Any

MILLIMETRE = 72 / 25.4
"""A millimetre in PDF units."""
PAGE_HEIGHT = 297


@dataclass(frozen=True)
class Place:
    """A box for one signature: millimetres from the page's upper left corner."""

    role: str
    label: str
    x: int
    y: int
    width: int = 76
    height: int = 34

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The same in PDF units from the lower left corner."""
        low = PAGE_HEIGHT - self.y - self.height
        return (
            round(self.x * MILLIMETRE),
            round(low * MILLIMETRE),
            round((self.x + self.width) * MILLIMETRE),
            round((low + self.height) * MILLIMETRE),
        )


_LEFT, _RIGHT = 26, 108
_ROWS = (62, 102, 142, 182)

PLACES = (
    Place("chair", "主持人", _LEFT, _ROWS[0]),
    Place("clerk", "书记员", _RIGHT, _ROWS[0]),
    Place("judge", "审判人员", _LEFT, _ROWS[1]),
    Place("judge", "审判人员", _RIGHT, _ROWS[1]),
    Place("judge", "审判人员", _LEFT, _ROWS[2]),
    Place("administrator", "管理人", _RIGHT, _ROWS[2]),
    Place("administrator", "管理人", _LEFT, _ROWS[3]),
    Place("administrator", "管理人", _RIGHT, _ROWS[3]),
)


def described(places: tuple[Place, ...]) -> list[dict[str, Any]]:
    """Describe the places for the paper that shows them."""
    return [asdict(place) for place in places]


def free(role: str, taken: list[str]) -> Place | None:
    """Return the first free place of a role, given the roles of the signatures so far."""
    of_role = [place for place in PLACES if place.role == role]
    used = taken.count(role)
    return of_role[used] if used < len(of_role) else None
