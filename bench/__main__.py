"""Run the benchmarks on a database of their own: `python -m bench [name ...]`."""

import argparse
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from bench import report
from bench.apart import new_sqlite
from bench.report import RESULTS

NAMES = (
    "ballots", "tally", "charts", "fanout", "evidence", "pages", "claims_grid", "import_table",
    "whole_path", "joining", "video", "video_hls", "video_latency",
)  # fmt: skip
ASKED_FOR = ("growth", "soak")
ALL = (*NAMES, *ASKED_FOR)


def main() -> int:
    """Run what was asked for; 1 when a benchmark failed."""
    reader = argparse.ArgumentParser(prog="python -m bench")
    reader.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(ALL)}")
    reader.add_argument("--results", type=Path, default=RESULTS, help="where results are kept")
    reader.add_argument(
        "--docs", action="store_true", help="draw docs/performance.md anew (growth)"
    )
    arguments = reader.parse_args()
    asked = arguments.names or NAMES
    unknown = set(asked) - set(ALL)
    if unknown:
        reader.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="creditor_meetings.config.settings",
            DATA_DIR=directory,
            REDIS_URL="",
            LOG_LEVEL="ERROR",
            REQUIRE_STAFF_MFA="0",
            BENCH_DOCS="1" if arguments.docs else "",
        )
        os.environ["DATABASE_URL"] = new_sqlite(Path(directory))
        return run(asked, arguments.results)


def run(names: Sequence[str], results: Path) -> int:
    """Run benchmarks one after the other, print the table, keep the file."""
    import django

    django.setup()
    measures, failed = [], False
    print(report.header())
    for name in names:
        try:
            found = importlib.import_module(f"bench.{name}").measure()
        except Exception:
            failed = True
            print(f"{name} failed:", file=sys.stderr)
            traceback.print_exc()
            continue
        for one in found:
            print(report.line(one), flush=True)
        measures += found
    print(f"\nKept in {report.write(measures, results)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
