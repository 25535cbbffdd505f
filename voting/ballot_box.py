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
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases import shortage
from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.realtime.registry import Answer, Context
from creditor_meetings.realtime.threads import look_after_connections
from creditor_meetings.realtime.written import Written
from voting import counting, figures
from voting.models import Choice

log = logging.getLogger(__name__)

BATCH = 1_000
"""How many ballots one transaction takes at most; as many as wait, nobody is waited for."""
WAITING = 50_000
"""How many ballots may wait; beyond it a sender is asked to try again."""
MOST_BALLOTS = 500
"""How many ballots one command may bring."""
BALLOTS_A_COMMAND = 25
"""So many ballots of one command count as one command against a person's allowance."""
MOST_GROUPS = 50
AT_ONCE_SECONDS = 5.0
"""A batch that fails so soon for want of the database is tried once more."""
PATIENCE = 60
"""How long (seconds) a request waits for its receipts."""


@dataclass(slots=True, eq=False)
class OnLoop:
    """An answer that is given on an event loop, together with all others of its batch."""

    loop: asyncio.AbstractEventLoop
    give: Answer


@dataclass(slots=True, eq=False)
class Cast:
    """A ballot on its way: who sends it, for which creditor, and what it says.

    It says `choice` in every group of the creditor, or in each what `choices` has for it. Who
    waits in a thread has a future for the answer, who waits on an event loop an `OnLoop`.
    """

    context: Context
    resolution_id: int
    creditor_id: int
    choice: str
    choices: Mapping[str, str] | None = None
    on_loop: OnLoop | None = None
    answered: bool = False
    _answer: "Future[Written] | None" = None

    @property
    def answer(self) -> "Future[Written]":
        """The future that gives the receipt once it is durable, or `Refused`."""
        if self._answer is None:
            self._answer = Future()
        return self._answer


class BallotBox:
    """Takes ballots from any thread and writes them on its own."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Cast] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._start = threading.Lock()

    def put(self, cast: Cast) -> None:
        """Take a ballot; it is answered once it is durable. Raises `Refused` when too many wait."""
        if self._waiting.qsize() >= WAITING:
            raise Refused("unavailable", _("同时提交的人太多，请稍后再提交一次。"))
        if self._writer is None or not self._writer.is_alive():
            self._ensure_writer()
        if cast.on_loop is None:
            # From now on it cannot be cancelled: a sender whose connection breaks has voted all
            # the same, and the writer can always answer.
            cast.answer.set_running_or_notify_cancel()
        self._waiting.put(cast)

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
                look_after_connections()
                write(batch)
            except BaseException:
                # Whatever it was: nobody may wait for ever, and the next batch is written.
                log.critical("the ballot box stumbled over %s ballots", len(batch), exc_info=True)
                _answer_the_rest(batch)


def write(batch: Sequence[Cast]) -> None:
    """Commit a batch and answer each sender; a batch that breaks is tried one by one."""
    began = time.monotonic()
    answers: Sequence[Written | Refused]
    try:
        answers = _recorded(batch, began)
    except Exception as problem:
        if shortage.is_one(problem):
            log.warning("%s ballots were not written: %s", len(batch), problem)
            answers = [_put_off(cast) for cast in batch]
        elif len(batch) > 1:
            log.exception("a batch of %s ballots broke, writing them one by one", len(batch))
            for cast in batch:
                write([cast])
            return
        else:
            answers = [_once_more(batch[0])]
    refused = sum([isinstance(answer, Refused) for answer in answers])
    figures.committed(len(answers) - refused, refused, time.monotonic() - began)
    _answer(batch, answers)


def _recorded(batch: Sequence[Cast], began: float) -> Sequence[Written | Refused]:
    """Record a batch; once more where the database was only just lost, as by its restart."""
    try:
        return counting.record(batch)
    except Exception as problem:
        at_once = time.monotonic() - began < AT_ONCE_SECONDS
        if not (shortage.is_one(problem) and at_once) or connection.in_atomic_block:
            raise
        connection.close()
    return counting.record(batch)


def _put_off(cast: Cast) -> Refused:
    with translation.override(cast.context.language or None):
        return Refused("unavailable", _("暂时无法保存这一票，正在等待恢复；请稍后再提交一次。"))


def _answer_the_rest(batch: Sequence[Cast]) -> None:
    try:
        rest = [cast for cast in batch if not cast.answered]
        _answer(rest, [_put_off(cast) for cast in rest])
    except Exception:
        log.exception("%s senders could not be told", len(batch))


def _answer(batch: Sequence[Cast], answers: Sequence[Written | Refused]) -> None:
    """Answer each sender; those on an event loop all at once, since waking it costs."""
    on_loops: dict[asyncio.AbstractEventLoop, list[tuple[Answer, Written | Refused]]]
    on_loops = defaultdict(list)
    for cast, answer in zip(batch, answers, strict=True):
        cast.answered = True
        waits = cast.on_loop
        if waits is not None:
            on_loops[waits.loop].append((waits.give, answer))
        elif isinstance(answer, Refused):
            cast.answer.set_exception(answer)
        else:
            cast.answer.set_result(answer)
    for loop, given in on_loops.items():
        try:
            loop.call_soon_threadsafe(_give, given)
        except RuntimeError:
            log.info("the loop of %s senders has ended", len(given))


def _give(given: Sequence[tuple[Answer, Written | Refused]]) -> None:
    for give, answer in given:
        try:
            give(answer)
        except Exception:
            log.exception("a ballot was written, and its sender could not be told")


def _once_more(cast: Cast) -> Written | Refused:
    """Try a ballot that broke again: another process may have written the same command."""
    if not connection.in_atomic_block:
        look_after_connections()
    try:
        return counting.record([cast])[0]
    except Exception:
        log.exception("a ballot could not be written")
        with translation.override(cast.context.language or None):
            return Refused("unavailable", _("这一票没有记录成功，请再提交一次。"))


box = BallotBox()


def read(context: Context, data: Mapping[str, Any], on_loop: OnLoop | None = None) -> Cast:
    """Read a ballot from a command's data. Raises `Refused`."""
    fields.only(data, "resolution", "choice", "choices", "creditor")
    resolution_id = fields.integer(data, "resolution")
    choice, choices = _said(data)
    creditor_id = fields.optional_integer(data, "creditor")
    if creditor_id is None:
        creditor_id = own_creditor(context)
    context.viewer.require_creditor(creditor_id)
    return Cast(context, resolution_id, creditor_id, choice, choices, on_loop)


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


def take_ballot(context: Context, data: Mapping[str, Any], give: Answer) -> None:
    """Take the command `cast_ballot` on the event loop; the answer is the receipt, after commit.

    It costs no task and no thread. Raises `Refused`.
    """
    waits = OnLoop(asyncio.get_running_loop(), give)
    try:
        box.put(read(context, data, waits))
    except Refused:
        # Only now in the person's language: to change it costs more than all the rest.
        with translation.override(context.language or None):
            box.put(read(context, data, waits))


async def cast_ballot(context: Context, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Carry out the command `cast_ballot`: the answer is the receipt, after commit."""
    answer = asyncio.get_running_loop().create_future()
    take_ballot(context, data, _to(answer))
    return _known(await answer)


async def cast_ballots(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out the command `cast_ballots`: an answer a ballot, in their order."""
    loop = asyncio.get_running_loop()
    waiting = []
    with translation.override(context.language or None):
        for cast in read_many(context, data):
            answer = loop.create_future()
            waiting.append(answer)
            _put(cast, OnLoop(loop, _to(answer)))
    return {"answers": [answered(one) for one in await asyncio.gather(*waiting)]}


def _put(cast: Cast | Refused, waits: OnLoop) -> None:
    if isinstance(cast, Refused):
        waits.give(cast)
        return
    cast.on_loop = waits
    try:
        box.put(cast)
    except Refused as refusal:
        waits.give(refusal)


def _to(answer: "asyncio.Future[Any]") -> Answer:
    """Return what hands an answer to whoever awaits it, unless nobody does any more."""

    def give(given: Mapping[str, Any] | BaseException) -> None:
        if not answer.done():
            answer.set_result(given)

    return give


def _known(answer: Mapping[str, Any] | Refused) -> Mapping[str, Any]:
    if isinstance(answer, Refused):
        raise answer
    return answer


def cast_ballot_now(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Cast a ballot from a request's thread and wait for its receipt."""
    cast = read(context, data)
    box.put(cast)
    try:
        return dict(cast.answer.result(timeout=PATIENCE))
    except TimeoutError:
        # It may be written yet; sent again with the same id it gets the same receipt.
        raise _not_yet() from None


def cast_ballots_now(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Cast many ballots from a request's thread and wait for all their answers."""
    waiting = [_put_and_wait(one) for one in read_many(context, data)]
    _done, late = wait(waiting, timeout=PATIENCE)
    answers: list[Mapping[str, Any] | Refused] = []
    for one in waiting:
        broken = _not_yet() if one in late else one.exception()
        if broken is None:
            answers.append(one.result())
        elif isinstance(broken, Refused):
            answers.append(broken)
        else:
            raise broken
    return {"answers": [answered(one) for one in answers]}


def _put_and_wait(cast: Cast | Refused) -> "Future[Written]":
    if not isinstance(cast, Refused):
        try:
            box.put(cast)
            return cast.answer
        except Refused as refusal:
            cast = refusal
    answer: Future[Written] = Future()
    answer.set_exception(cast)
    return answer


def _not_yet() -> Refused:
    return Refused("unavailable", _("这一票没有记录成功，请再提交一次。"))
