"""The benchmarks run, small; what they find is not judged here."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_all_of_them_measure_ours_and_the_reference(tmp_path: Path) -> None:
    measured(tmp_path)


def test_growth_is_measured(tmp_path: Path) -> None:
    measured(tmp_path, "growth")


def measured(tmp_path: Path, *names: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", *names, "--results", str(tmp_path)],
        cwd=Path(__file__).resolve().parents[1],
        env={"PATH": os.environ["PATH"], "BENCH_PERCENT": "4"},
        capture_output=True, text=True, timeout=2400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    measures = json.loads(kept.read_text(encoding="utf-8"))["measures"]
    assert len(measures) >= 5
    for one in measures:
        assert one["ours"] > 0
        assert one["reference"] > 0
        assert one["name"] in done.stdout
