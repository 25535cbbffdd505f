"""python -m tests.fuzz NAME --seconds N [--engine chance|atheris] [--seed N]

Feeds a target of `tests.fuzz.targets` (all of them by "all") for so long, says how many inputs
it took, and keeps what it finds in tests/fuzz/found/NAME/, where `tests/fuzz/test_found.py`
feeds it again from then on. `atheris` (pip install atheris) follows the coverage of the code;
`chance` needs nothing and changes good inputs at places that matter.
"""

import argparse
import hashlib
import importlib
import logging
import os
import sys
import time
import traceback
from pathlib import Path
from random import Random

FOUND = Path(__file__).with_name("found")


def _keep(name: str, data: bytes) -> Path:
    place = FOUND / name / hashlib.sha256(data).hexdigest()[:16]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def _by_chance(names: list[str], seconds: float, seed: int) -> int:
    from tests.fuzz.targets import TARGETS

    found = 0
    for name in names:
        target = TARGETS[name]
        random = Random(seed)
        target.one(Random(seed))  # making the seeds takes its time
        seen: set[str] = set()
        end = time.monotonic() + seconds
        count, slowest = 0, 0.0
        while time.monotonic() < end:
            data = target.one(random)
            began = time.perf_counter()
            try:
                target.take(data)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                key = f"{type(error).__name__} {where.filename}:{where.lineno}"
                if key not in seen:
                    seen.add(key)
                    sys.stdout.write(f"{name}: {key}: {error!s:.300}\n    {_keep(name, data)}\n")
            slowest = max(slowest, time.perf_counter() - began)
            count += 1
        found += len(seen)
        sys.stdout.write(
            f"{name}: {count} inputs (seed {seed}), {len(seen)} findings, "
            f"the slowest took {slowest:.2f} s\n"
        )
        sys.stdout.flush()
    return found


def _led(name: str, seconds: float, seed: int) -> None:
    import atheris

    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    with atheris.instrument_imports():
        for module in target.modules:
            importlib.reload(importlib.import_module(module))
    corpus = Path(os.environ["TESTS_DATA_DIR"]) / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(target.seeds()):
        (corpus / str(number)).write_bytes(data)
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={int(seconds)}", "-max_len=20000", f"-seed={seed}",
         "-print_final_stats=1", f"-artifact_prefix={FOUND / name}-", str(corpus)],
        target.take,
    )  # fmt: skip
    atheris.Fuzz()


def main() -> int:
    """Do what the command line says; 1 when something was found."""
    reader = argparse.ArgumentParser(prog="python -m tests.fuzz")
    reader.add_argument("name")
    reader.add_argument("--seconds", type=float, default=60)
    reader.add_argument("--engine", choices=("chance", "atheris"), default="chance")
    reader.add_argument("--seed", type=int, default=int(time.time()))
    asked = reader.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import setup_databases

    from tests.fuzz.targets import TARGETS

    names = list(TARGETS) if asked.name == "all" else [asked.name]
    unknown = set(names) - set(TARGETS)
    if unknown:
        reader.error(f"no target {unknown}; there are {', '.join(TARGETS)}")
    logging.disable(logging.CRITICAL)
    if any(TARGETS[name].database for name in names):
        settings.DATABASES["default"]["TEST"]["NAME"] = None  # in memory
        setup_databases(verbosity=0, interactive=False)
    if asked.engine == "atheris":
        _led(names[0], asked.seconds, asked.seed)
    return 1 if _by_chance(names, asked.seconds, asked.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
