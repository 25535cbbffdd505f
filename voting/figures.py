"""What the ballot box of this process has done so far, for whoever watches it: numbers alone."""

import threading
from dataclasses import dataclass, field

BOUNDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper bounds (seconds) of the classes into which commits are counted; one more has no bound."""


@dataclass
class Figures:
    """Sums since the process began; `classes` counts commits by `BOUNDS`, the last beyond all."""

    counted: int = 0
    refused: int = 0
    commits: int = 0
    seconds: float = 0.0
    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))


_figures = Figures()
_lock = threading.Lock()


def committed(counted: int, refused: int, seconds: float) -> None:
    """Note one transaction of the box: ballots it counted, ballots it refused, how long it took."""
    place = next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
    with _lock:
        _figures.counted += counted
        _figures.refused += refused
        _figures.commits += 1
        _figures.seconds += seconds
        _figures.classes[place] += 1


def so_far() -> Figures:
    """Return a copy of the sums."""
    with _lock:
        return Figures(
            _figures.counted, _figures.refused, _figures.commits, _figures.seconds,
            list(_figures.classes),
        )  # fmt: skip


def quantile(classes: list[int], share: float) -> float:
    """Return the bound (seconds) below which a share of commits stayed; 0 where there were none."""
    whole = sum(classes)
    if not whole:
        return 0.0
    seen = 0
    for bound, count in zip((*BOUNDS, 2 * BOUNDS[-1]), classes, strict=True):
        seen += count
        if seen >= share * whole:
            return bound
    return 2 * BOUNDS[-1]
