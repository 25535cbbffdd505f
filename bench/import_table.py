"""Understanding a claims table of 20,000 rows, beside openpyxl's bare read of the same file."""

import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from bench.report import Measure

# Not by `bench.hall`, which needs models: the processes that read have none until they begin.
ROWS = max(20, 20_000 * int(os.environ.get("BENCH_PERCENT", "100")) // 100)
ROUNDS = 3
HEAD = [
    "序号", "债权人名称/姓名", "证件号码", "联系人", "联系电话", "电子邮箱", "债权性质",
    "担保物/优先权依据", "申报本金", "申报利息", "申报其他", "申报金额合计", "审查确认金额",
    "审查结论", "理由", "是否放弃优先受偿权", "法院临时确定债权额", "备注",
]  # fmt: skip


def measure() -> list[Measure]:
    """Compare time and memory, each reading in processes of its own, the ways taking turns."""
    with tempfile.TemporaryDirectory() as directory:
        measures = []
        for name, formulas in (("values", False), ("formulas", True)):
            path = Path(directory) / f"{name}.xlsx"
            _write(path, formulas=formulas)
            found: dict[str, list[tuple[float, int]]] = {"ours": [], "bare": []}
            for _round in range(ROUNDS):
                for way, kept in found.items():
                    kept.append(_in_a_process(way, path))
            seconds = {way: min(one[0] for one in kept) for way, kept in found.items()}
            memory = {way: statistics.median(one[1] for one in kept) for way, kept in found.items()}
            measures.append(
                Measure(f"a claims table, {name}", "s", seconds["ours"], seconds["bare"],
                        "openpyxl's bare read", False,
                        f"{ROWS} rows; {seconds['ours'] / seconds['bare']:.2f} times as long")
            )  # fmt: skip
            measures.append(
                Measure(f"a claims table, {name}: memory", "MB", memory["ours"] / 2**20,
                        memory["bare"] / 2**20, "openpyxl's bare read", False,
                        "peak above the loaded program")
            )  # fmt: skip
    return measures


def _write(path: Path, *, formulas: bool) -> None:
    """Write a table as administrators have it; with `formulas` the sums are computed ones."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("债权表")
    sheet.append(["示例公司破产清算案债权表"])
    sheet.append(["案号：(2026)沪03破1号", *[None] * 15, "单位：元"])
    sheet.append(HEAD)
    filed = 0
    for number in range(1, ROWS + 1):
        row = number + 3
        secured = number % 7 == 0
        principal, interest = 1000 * number, 25
        filed += principal + interest
        sheet.append(
            [
                number, f"供货商{number}有限公司", f"99{number:016d}", f"联系人{number}",
                f"139{number:08d}", f"a{number}@example.com",
                "有财产担保债权" if secured else "普通债权", "厂房" if secured else None,
                principal, interest, "-",
                f"=I{row}+J{row}" if formulas else principal + interest,
                f"{principal + interest:,.2f}", "确认", None, "否" if secured else None, None,
                "备注" if number % 3 == 0 else None,
            ]
        )  # fmt: skip
    sheet.append([None, "合计", *[None] * 9, filed, filed, *[None] * 5])
    book.save(path)


def _in_a_process(way: str, path: Path) -> tuple[float, int]:
    """Read in a process of its own; return seconds, and bytes at the peak above its start."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.import_table", way, str(path)],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    seconds, memory = json.loads(done.stdout)
    return float(seconds), max(1, int(memory))


def _bare(path: Path) -> int:
    book = load_workbook(path, read_only=True)
    return sum(1 for sheet in book.worksheets for _row in sheet.iter_rows(values_only=True))


def _ours(path: Path) -> int:
    from creditor_meetings.claims.importing import read  # once Django is set up

    reading = read(path)
    if len(reading.entries) != ROWS or reading.findings.problems:
        raise AssertionError([one.line for one in reading.findings.problems[:3]])
    return len(reading.entries)


def main() -> int:
    """Read once, and say how long it took and how much memory."""
    import django

    django.setup()
    importlib.import_module("creditor_meetings.claims.importing")
    work: Callable[[Path], Any] = {"bare": _bare, "ours": _ours}[sys.argv[1]]
    before = _peak()
    began = time.process_time()
    work(Path(sys.argv[2]))
    seconds = time.process_time() - began
    sys.stdout.write(json.dumps([seconds, _peak() - before]))
    return 0


def _peak() -> int:
    """Return the most memory (bytes) that this process ever held.

    Not `ru_maxrss`, which a process inherits from the one that started it.
    """
    status = Path("/proc/self/status").read_text()
    return (
        next(int(one.split()[1]) for one in status.splitlines() if one.startswith("VmHWM")) * 1024
    )


if __name__ == "__main__":
    sys.exit(main())
