"""What a benchmark found, as a table and as a file."""

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "bench-results"
"""Where results are kept; `python -m bench --results DIR` says otherwise."""


@dataclass(frozen=True)
class Measure:
    """Ours beside the reference; `ratio` above 1 is better than the reference."""

    name: str
    unit: str
    ours: float
    reference: float
    reference_name: str
    more_is_better: bool
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times better ours is than the reference."""
        if self.more_is_better:
            return self.ours / self.reference
        return self.reference / self.ours


def line(one: Measure) -> str:
    """Write a measure as a line of the table."""
    return (
        f"{one.name:<44}{one.ours:>12,.3f}{one.reference:>12,.3f} {one.unit:<16}"
        f"{one.ratio:>8.2f} x  {one.reference_name}{'; ' + one.note if one.note else ''}"
    )


def header() -> str:
    """Write the head of the table."""
    return f"{'':<44}{'ours':>12}{'reference':>12} {'':<16}{'better by':>10}  reference"


def write(measures: Iterable[Measure], directory: Path) -> Path:
    """Keep the measures as JSON."""
    directory.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = directory / f"{now:%Y%m%d-%H%M%S}.json"
    data = {
        "at": now.isoformat(timespec="seconds"),
        "machine": platform.platform(),
        "python": platform.python_version(),
        "measures": [{**asdict(one), "ratio": round(one.ratio, 3)} for one in measures],
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
