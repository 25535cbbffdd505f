"""How often a server looks for garbage that refers to itself.

Python counts what is made and not given back, and looks when it is more than a few hundred: a
hall that comes at once makes it look all the time, each time at everything young, and in the end
at everything there is. A server looks less often, and never at what it was started with.
"""

import gc

THRESHOLDS = (25_000, 10, 4)
"""Containers more than before, until the youngest are looked at; so many of those until the next,
older ones are. All are looked at after about a million: what ten thousand people who left had."""


def settle() -> None:
    """Call once all is loaded that stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
