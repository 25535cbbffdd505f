"""Which worker runs which test: a file's tests share servers, so that one worker runs them all.

pytest-xdist's own groups are written into names of tests, which pytest keeps from 9.2 on for
itself; a scheduler of our own needs to write nothing.
"""

from xdist.scheduler import LoadScopeScheduling

DIVIDED = ("whole/test_reach.py", "whole/test_meeting.py")
"""Long files whose tests share nothing that is worth it: workers divide them."""


class ByFile(LoadScopeScheduling):
    """Workers take whole files, in the order of collection.

    A file's tests with a browser are a group of their own: in no worker may an asyncio test
    follow one with a browser (tests/conftest.py).
    """

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """Return the group of a test by its name."""
    path, _, name = nodeid.partition("::")
    if path.endswith(DIVIDED):
        return nodeid
    # pytest-playwright names the browser in every test that has one.
    return f"{path} in a browser" if "[chromium" in name else path
