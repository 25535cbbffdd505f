"""The ballot box: one writer a process, many ballots a commit.

Ballots that arrive while a commit is under way go into the next one, so nobody waits for a
timer and a burst costs a few transactions. What is wrong with one ballot is told to its
sender and touches no other. "Counted" is said only after commit.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from django.db import close_old_connections, connection
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.realtime.registry import Context
from voting import counting
from voting.models import Choice

log = logging.getLogger(__name__)

BATCH = 200
WAITING = 50_000
"""How many ballots may wait; beyond it a sender is asked to try again."""


@dataclass(frozen=True)
class Cast:
    """A ballot on its way: who sends it, for which creditor, and what it says."""

    context: Context
    resolution_id: int
    creditor_id: int
    choice: str
    answer: "Future[dict[str, Any]]" = field(default_factory=Future, compare=False)


class BallotBox:
    """Takes ballots from any thread and writes them on its own."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Cast] = queue.Queue(maxsize=WAITING)
        self._writer: threading.Thread | None = None
        self._start = threading.Lock()

    def put(self, cast: Cast) -> "Future[dict[str, Any]]":
        """Take a ballot; the future gives its receipt once it is durable, or `Refused`."""
        self._ensure_writer()
        # From now on it cannot be cancelled: a sender whose connection breaks has voted all
        # the same, and the writer can always answer.
        cast.answer.set_running_or_notify_cancel()
        try:
            self._waiting.put_nowait(cast)
        except queue.Full:
            cast.answer.set_exception(
                Refused("unavailable", _("同时提交的人太多，请稍后再提交一次。"))
            )
        return cast.answer

    def _ensure_writer(self) -> None:
        with self._start:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(
                    target=self._write_on, name="ballot-box", daemon=True
                )
                self._writer.start()

    def _write_on(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < BATCH:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            try:
                close_old_connections()
                write(batch)
            except Exception:
                log.exception("the ballot box stumbled over a batch of %s", len(batch))


def write(batch: list[Cast]) -> None:
    """Commit a batch and answer each sender; a batch that breaks is tried one by one."""
    try:
        answers = counting.record(batch)
    except Exception:
        if len(batch) > 1:
            log.exception("a batch of %s ballots broke, writing them one by one", len(batch))
            for cast in batch:
                write([cast])
            return
        answers = [_once_more(batch[0])]
    for cast, answer in zip(batch, answers, strict=True):
        if isinstance(answer, Refused):
            cast.answer.set_exception(answer)
        else:
            cast.answer.set_result(answer)


def _once_more(cast: Cast) -> dict[str, Any] | Refused:
    """Try a ballot that broke again: another process may have written the same command."""
    if not connection.in_atomic_block:
        close_old_connections()
    try:
        return counting.record([cast])[0]
    except Exception:
        log.exception("a ballot could not be written")
        with translation.override(cast.context.language or None):
            return Refused("unavailable", _("这一票没有记录成功，请再提交一次。"))


box = BallotBox()


def read(context: Context, data: Mapping[str, Any]) -> Cast:
    """Read a ballot from a command's data. Raises `Refused`."""
    fields.only(data, "resolution", "choice", "creditor")
    resolution_id = fields.integer(data, "resolution")
    choice = fields.choice(data, "choice", Choice.values)
    creditor_id = fields.optional_integer(data, "creditor")
    if creditor_id is None:
        creditor_id = own_creditor(context)
    context.viewer.require_creditor(creditor_id)
    return Cast(context, resolution_id, creditor_id, choice)


def own_creditor(context: Context) -> int:
    """Return the one creditor the person acts for, when the ballot names none."""
    acts_for = context.viewer.acts_for
    own = [one for one, role in acts_for.items() if role == "creditor"] or list(acts_for)
    if len(own) == 1:
        return own[0]
    if not own:
        raise Refused("no_voting_right", _("您不代表任何债权人，没有表决权。"))
    raise Refused("bad_request", _("您代表多位债权人，请指明为哪一位投票。"))


async def cast_ballot(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out the command `cast_ballot`: the answer is the receipt, after commit."""
    with translation.override(context.language or None):
        answer = box.put(read(context, data))
    return await asyncio.wrap_future(answer)


def cast_ballot_now(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Cast a ballot from a request's thread and wait for its receipt."""
    try:
        return box.put(read(context, data)).result(timeout=60)
    except TimeoutError:
        # It may be written yet; sent again with the same id it gets the same receipt.
        raise Refused("unavailable", _("这一票没有记录成功，请再提交一次。")) from None
