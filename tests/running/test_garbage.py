"""A server looks for garbage seldom, but it does, and not at what it was started with."""

import json

from creditor_meetings.running import garbage
from tests.support.servers import MakeInstallation

_TOLD = """
import creditor_meetings.config.asgi, gc, json, os
told = gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()
print(json.dumps(told), flush=True)
os._exit(0)
"""


def test_a_server_is_set_for_a_hall_that_comes_at_once(installation: MakeInstallation) -> None:
    said = installation().python("-c", _TOLD).stdout.strip().splitlines()[-1]
    enabled, thresholds, frozen = json.loads(said)
    assert enabled
    assert tuple(thresholds) == garbage.THRESHOLDS
    assert frozen > 100_000, "what was loaded is left alone"


_LEAVING = """
import gc
from creditor_meetings.running import garbage

class Left:
    # Somebody's: refers to itself, so that only a look for garbage finds it.
    def __init__(self):
        self.own = [self]
        self.more = [[] for _ in range(90)]

garbage.settle()
most = 0
for turn in range(4):
    here = [Left() for _ in range(10_000)]
    del here
    most = max(most, sum(type(one) is Left for one in gc.get_objects()))
print(most)
"""


def test_what_ten_thousand_left_behind_is_taken_away(installation: MakeInstallation) -> None:
    most = int(installation().python("-c", _LEAVING).stdout.strip().splitlines()[-1])
    assert most < 25_000, "what left piles up"
