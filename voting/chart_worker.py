"""The process that draws charts: a line of JSON in, a line of JSON out, until the input ends.

A process of its own, so that drawing takes nothing from ballots and sockets: it has its own
interpreter lock, and steps back behind the server's work.
"""

import json
import os
import sys


def main() -> None:
    """Draw what comes in."""
    answers = sys.stdout
    # Whatever a library has to say goes where it is read by people.
    sys.stdout = sys.stderr
    os.nice(10)
    from voting import chart_figures, charts

    for line in sys.stdin:
        drawing = chart_figures.from_json(json.loads(line))
        drawn = {lang: charts.draw(drawing, lang).decode() for lang in ("zh", "en")}
        answers.write(json.dumps(drawn, ensure_ascii=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
