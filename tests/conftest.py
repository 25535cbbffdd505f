"""What every test may ask for; tests/support tells how each works."""

import os
import shutil
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from django.db import connections
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests.support.append_only import ledger_may_be_flushed
from tests.support.browser import (
    _browser_with,
    browser_context,
    browser_type_launch_args,
    screenshot,
)
from tests.support.databases import postgres, postgres_url, redis_server, redis_url
from tests.support.janus import janus, start_janus
from tests.support.media import fed_media
from tests.support.quiet import Quiet, is_quiet, of_worker
from tests.support.scheduling import ByFile
from tests.support.servers import (
    daphne_server,
    demo_server,
    installation,
    with_tables,
)
from tests.support.wire import wire

__all__ = [
    "_browser_with",
    "browser_context",
    "browser_type_launch_args",
    "daphne_server",
    "demo_server",
    "fed_media",
    "installation",
    "janus",
    "ledger_may_be_flushed",
    "postgres",
    "postgres_url",
    "redis_server",
    "redis_url",
    "screenshot",
    "start_janus",
    "wire",
]

# A busy machine is no finding. The same examples every time, so that a change fails for what it
# changed; HYPOTHESIS=hunt looks for new ones.
_SLOW = [HealthCheck.too_slow]
settings.register_profile("tests", deadline=None, suppress_health_check=_SLOW, derandomize=True)
settings.register_profile("hunt", deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS", "tests"))


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings: None,
) -> bool:
    """Begin with a copy of tables that were made once for all workers of the run."""
    database = connections["default"].settings_dict
    if not database["ENGINE"].endswith("sqlite3") or request.config.getvalue("nomigrations"):
        return bool(request.config.getvalue("reuse_db"))
    shutil.copy(with_tables(tmp_path_factory) / "db.sqlite3", database["TEST"]["NAME"])
    return True


@pytest.fixture(autouse=True)
def default_language() -> Iterator[None]:
    """Speak Chinese in every test: a request in another language leaves its own behind."""
    translation.deactivate()
    yield
    translation.deactivate()


_MARKED_BY = {"browser": "playwright", "postgres": "postgres", "redis": "redis_server"}


# Files that take minutes begin first, so that no worker is left with them at the end.
_LONG = ("test_bench.py", "whole/test_reach.py", "whole/test_meeting.py", "whole/test_addresses.py",
         "demo/test_demo.py")  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `make screenshots` uses."""
    parser.addoption("--screenshots", metavar="DIR", help="keep the pictures of README.md here")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark tests by what they use, and run those with a browser last.

    Playwright's synchronous interface leaves an event loop running in the thread of the tests;
    asyncio tests that come after it could not start theirs.
    """
    for item in items:
        names = getattr(item, "fixturenames", [])
        for mark, fixture in _MARKED_BY.items():
            if fixture in names:
                item.add_marker(mark)
    yield
    # After everybody else's sorting.
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool, bool]:
    in_browser = item.get_closest_marker("browser") is not None
    # Those that want quiet stand together: last without a browser, first with one.
    apart = is_quiet(item.path) != in_browser
    return in_browser, apart, not item.path.as_posix().endswith(_LONG)


_QUIET = pytest.StashKey[Quiet | None]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Run a test, alone where it wants quiet, and its neighbours that do in one go."""
    if _QUIET not in item.config.stash:
        item.config.stash[_QUIET] = of_worker(item.config)
    quiet = item.config.stash[_QUIET]
    if quiet is None:
        return (yield)
    quiet.enter(alone=is_quiet(item.path))
    try:
        return (yield)
    finally:
        if not (is_quiet(item.path) and nextitem is not None and is_quiet(nextitem.path)):
            quiet.leave()
        if nextitem is None:
            quiet.close()
            del item.config.stash[_QUIET]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Give whole files to workers."""
    return ByFile(config, log)
