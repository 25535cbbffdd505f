"""Drawing a chart anew in the process that is kept, beside a process for each chart."""

import statistics
import time

from bench.hall import make
from bench.report import Measure
from voting import chart_process, chart_room


def measure() -> list[Measure]:
    """Compare the first drawing (library loaded, figure made) with those that follow."""
    hall = make(100)
    drawing = chart_room.figures(hall.open_poll())
    process = chart_process.ChartProcess()
    times = []
    try:
        for _ in range(12):
            began = time.perf_counter()
            drawn = process.draw(drawing)
            times.append((time.perf_counter() - began) * 1000)
    finally:
        process.close()
    size = len(drawn["zh"].encode()) / 1024
    return [
        Measure("a chart in two languages", "ms", statistics.median(times[1:]), times[0],
                "the first, with the library loaded", False, f"{size:.0f} KB each"),
    ]  # fmt: skip
