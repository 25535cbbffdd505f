"""The ballot box: one writer a process, many ballots a commit.

Ballots that arrive while a commit is under way go into the next one, so nobody waits for a
timer and a burst costs a few transactions. What is wrong with one ballot is told to its
sender and touches no other. "Counted" is said only after commit.
"""

import asyncio
import hashlib
import logging
import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import close_old_connections, connection
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.realtime.registry import Context
from voting import counting, figures
from voting.models import Choice

log = logging.getLogger(__name__)

BATCH = 200
WAITING = 50_000
"""How many ballots may wait; beyond it a sender is asked to try again."""
MOST_BALLOTS = 500
"""How many ballots one command may bring."""
BALLOTS_A_COMMAND = 25
"""So many ballots of one command count as one command against a person's allowance."""
MOST_GROUPS = 50
PATIENCE = 60
"""How long (seconds) a request waits for its receipts."""


@dataclass(frozen=True)
class Cast:
    """A ballot on its way: who sends it, for which creditor, and what it says.

    It says `choice` in every group of the creditor, or in each what `choices` has for it.
    """

    context: Context
    resolution_id: int
    creditor_id: int
    choice: str
    choices: Mapping[str, str] | None = None
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

    def waiting(self) -> int:
        """How many ballots wait to be written."""
        return self._waiting.qsize()

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
    began = time.monotonic()
    try:
        answers = counting.record(batch)
    except Exception:
        if len(batch) > 1:
            log.exception("a batch of %s ballots broke, writing them one by one", len(batch))
            for cast in batch:
                write([cast])
            return
        answers = [_once_more(batch[0])]
    refused = sum(isinstance(answer, Refused) for answer in answers)
    figures.committed(len(answers) - refused, refused, time.monotonic() - began)
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
    fields.only(data, "resolution", "choice", "choices", "creditor")
    resolution_id = fields.integer(data, "resolution")
    choice, choices = _said(data)
    creditor_id = fields.optional_integer(data, "creditor")
    if creditor_id is None:
        creditor_id = own_creditor(context)
    context.viewer.require_creditor(creditor_id)
    return Cast(context, resolution_id, creditor_id, choice, choices)


def _said(data: Mapping[str, Any]) -> tuple[str, Mapping[str, str] | None]:
    """Read one choice for all groups, or one for each group that is named."""
    if data.get("choices") is None:
        return fields.choice(data, "choice", Choice.values), None
    if data.get("choice") is not None:
        raise Refused("bad_request", _("“choice”与“choices”只填一项。"))
    given = data["choices"]
    if not isinstance(given, Mapping) or not 1 <= len(given) <= MOST_GROUPS:
        raise fields.bad("choices", _("一个对象：每个表决组一项选择，至少一项"))
    for group in given:
        fields.choice(given, group, Choice.values)
    return "", dict(given)


def own_creditor(context: Context) -> int:
    """Return the one creditor the person acts for, when the ballot names none."""
    acts_for = context.viewer.acts_for
    own = [one for one, role in acts_for.items() if role == "creditor"] or list(acts_for)
    if len(own) == 1:
        return own[0]
    if not own:
        raise Refused("no_voting_right", _("您不代表任何债权人，没有表决权。"))
    raise Refused("bad_request", _("您代表多位债权人，请指明为哪一位投票。"))


def read_many(context: Context, data: Mapping[str, Any]) -> list[Cast | Refused]:
    """Read many ballots from one command's data, each right or refused by itself.

    Raises `Refused` where they are not a list of at most `MOST_BALLOTS`, or the person acts
    for nobody.
    """
    if not context.viewer.acts_for:
        raise Refused("no_voting_right", _("您不代表任何债权人，没有表决权。"))
    fields.only(data, "ballots")
    given = data.get("ballots")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_BALLOTS:
        raise fields.bad("ballots", _("1 至 %(n)s 张表决票的列表") % {"n": MOST_BALLOTS})
    return [
        _read_one(replace(context, command_id=item_id(context.command_id, number)), one)
        for number, one in enumerate(given)
    ]


def item_id(command_id: str, number: int) -> str:
    """Return the command id of one ballot of many: the same when the command is sent again."""
    return hashlib.sha256(f"{command_id}\n{number}".encode()).hexdigest()


def _read_one(context: Context, one: Any) -> Cast | Refused:
    if not isinstance(one, Mapping):
        return fields.bad("ballots", _("每张表决票是一个对象"))
    try:
        return read(context, one)
    except Refused as refusal:
        return refusal


def answered(answer: Mapping[str, Any] | Refused) -> dict[str, Any]:
    """Write the answer to one ballot of many."""
    if isinstance(answer, Refused):
        return {"ok": False, "error": {"code": answer.code, "message": answer.message}}
    return {"ok": True, "receipt": dict(answer)}


def weight(data: Mapping[str, Any]) -> float:
    """How many commands a command of many ballots stands for, against the allowance."""
    given = data.get("ballots")
    number = min(len(given), MOST_BALLOTS) if isinstance(given, list) else 1
    return max(1.0, number / BALLOTS_A_COMMAND)


async def cast_ballot(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out the command `cast_ballot`: the answer is the receipt, after commit."""
    with translation.override(context.language or None):
        answer = box.put(read(context, data))
    return await asyncio.wrap_future(answer)


async def cast_ballots(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out the command `cast_ballots`: an answer a ballot, in their order."""
    with translation.override(context.language or None):
        waiting = _put_all(read_many(context, data))
    answers = await asyncio.gather(
        *(asyncio.wrap_future(one) for one in waiting), return_exceptions=True
    )
    return {"answers": [answered(_told(one)) for one in answers]}


def _put_all(casts: list[Cast | Refused]) -> list["Future[dict[str, Any]]"]:
    return [_refused(one) if isinstance(one, Refused) else box.put(one) for one in casts]


def _refused(refusal: Refused) -> "Future[dict[str, Any]]":
    answer: Future[dict[str, Any]] = Future()
    answer.set_exception(refusal)
    return answer


def _told(answer: dict[str, Any] | BaseException) -> dict[str, Any] | Refused:
    """Take a receipt or a refusal; anything else is a fault of ours and goes on."""
    if isinstance(answer, BaseException) and not isinstance(answer, Refused):
        raise answer
    return answer


def cast_ballot_now(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Cast a ballot from a request's thread and wait for its receipt."""
    try:
        return box.put(read(context, data)).result(timeout=PATIENCE)
    except TimeoutError:
        # It may be written yet; sent again with the same id it gets the same receipt.
        raise _not_yet() from None


def cast_ballots_now(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Cast many ballots from a request's thread and wait for all their answers."""
    waiting = _put_all(read_many(context, data))
    _done, late = wait(waiting, timeout=PATIENCE)
    answers: list[dict[str, Any] | Refused] = []
    for one in waiting:
        broken = _not_yet() if one in late else one.exception()
        answers.append(_told(broken if broken is not None else one.result()))
    return {"answers": [answered(one) for one in answers]}


def _not_yet() -> Refused:
    return Refused("unavailable", _("这一票没有记录成功，请再提交一次。"))
