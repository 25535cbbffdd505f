"""How many commands a person may send: some at once, and then so many a second.

A person has one for all sockets and requests together that this process serves: whoever opens
ten rooms does not get ten.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused

A_SECOND = 10.0
AT_ONCE = 40.0
MOST_PEOPLE = 20_000
"""Of so many people it is remembered what they have left; others have all of it again."""


class Allowance:
    """What somebody has left; it comes back with time."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._left = AT_ONCE
        self._at = now()

    def spend(self, weight: float) -> bool:
        """Take so many commands off, unless fewer are left."""
        now = self._now()
        self._left = min(AT_ONCE, self._left + (now - self._at) * A_SECOND)
        self._at = now
        if self._left < weight:
            return False
        self._left -= weight
        return True


class Allowances:
    """Allowances of people who send to this process, from any thread."""

    def __init__(self) -> None:
        self._of: OrderedDict[int, Allowance] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, person_id: int, weight: float) -> None:
        """Take so many commands off. Raises `Refused` with too_many_requests."""
        if not self.within(person_id, weight):
            raise too_many()

    def within(self, person_id: int, weight: float) -> bool:
        """Take so many commands off, unless fewer are left."""
        with self._lock:
            one = self._of.setdefault(person_id, Allowance())
            self._of.move_to_end(person_id)
            while len(self._of) > MOST_PEOPLE:
                self._of.popitem(last=False)
            return one.spend(weight)


def too_many() -> Refused:
    """Say that it was too many."""
    return Refused("too_many_requests", _("操作太频繁，请稍候再试。"))


by_person = Allowances()
