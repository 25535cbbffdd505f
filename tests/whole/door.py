"""What the table of addresses is written in: stages, doors, and addresses outside any case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.whole import story

STAFF = frozenset({"administrator", "judge", "clerk"})
PREPARERS = frozenset({"administrator", "judge"})
ADMINISTRATOR = frozenset({"administrator"})
COURT = frozenset({"judge"})
VOTERS = frozenset({"creditor", "proxy"})
MEMBERS = frozenset({*story.ROLES, "bank"})
NOBODY: frozenset[str] = frozenset()

UNUSED = 987_654
"""An id that nothing has."""


@dataclass
class Stage:
    """The story's case with something behind every address."""

    cast: story.Cast
    ids: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)


Data = Callable[[Stage, str], Any]


@dataclass(frozen=True)
class Door:
    """An address of a case: where it is, and which of the case's people may do what there.

    `reads` may GET it and `sends` may POST to it; None is a method that the address has not.
    Other people of the case get 403, or 404 where what lies there is `hidden` from all but the
    team and the court. `answer` is what a POST that went through gives. What is no `page` to look
    at (a download, a picture, JSON) is left out by walks in browsers.
    """

    names: Mapping[str, str]
    reads: frozenset[str] | None = None
    sends: frozenset[str] | None = None
    data: Data = lambda _stage, _role: {}
    hidden: bool = False
    answer: int = 302
    query: str = ""
    as_json: bool = False
    notes_reading: bool = False
    page: bool = True

    def refuses(self, who: str) -> int:
        """The status by which somebody of the case is refused."""
        return 404 if self.hidden and who not in STAFF else 403

    def arguments(self, stage: Stage) -> dict[str, Any]:
        """What stands in the address."""
        return {argument: stage.ids[name] for argument, name in self.names.items()}

    def nowhere(self, stage: Stage) -> dict[str, Any]:
        """The same address, of a case and a meeting that are none."""
        unused = {"meeting": "never-used", "case_id": UNUSED, "case": UNUSED}
        return {**self.arguments(stage), **{k: unused[k] for k in self.names if k in unused}}


CASE = {"case_id": "case"}
MEETING = {"meeting": "meeting"}
CONVENED = {"meeting": "convened"}
MANDATE = {"case": "case", "mandate": "mandate"}
ITEM = {**CONVENED, "item": "item"}
READ = {**MEETING, "document": "handed_out"}
WAITING = {**MEETING, "document": "waiting"}
CLOSED = {**MEETING, "resolution": "closed"}
NOTICE = {**MEETING, "notice": "notice"}
RULED = {**MEETING, "resolution": "closed", "format": "docx"}
PAPER = {**MEETING, "paper": "paper"}
RECEIPT = {**MEETING, "number": "receipt"}
SHEET = {**MEETING, "sheet": "sheet"}
DRAFT = {**MEETING, "resolution": "draft"}
ELECTION = {**MEETING, "election": "election"}
RECORDING = {**MEETING, "recording": "recording"}


SIGN_IN = "/signin/"
FIRST_SIGN_IN = f"{SIGN_IN}?next="


@dataclass(frozen=True)
class Common:
    """An address outside any case: what it gives to whom, as status or as the place it leads to.

    `get` and `post` are for (strangers, people without a password, staff with one).
    """

    get: tuple[int | str, int | str, int | str]
    post: tuple[int | str, int | str, int | str]
    names: Mapping[str, str] = field(default_factory=dict)


def _same(answer: int | str) -> tuple[int | str, int | str, int | str]:
    return (answer, answer, answer)


_NOTHING = Common(get=_same(404), post=_same(404))
_STAFF_PAGE = Common(get=(FIRST_SIGN_IN, 404, 200), post=(FIRST_SIGN_IN, 404, 200))

_FACTOR_PAGE = Common(get=(FIRST_SIGN_IN, 404, 200), post=(FIRST_SIGN_IN, 404, 405))
_AFTER_PASSWORD = Common(
    get=("/account/login/?next=", 404, "/account/reauthenticate/?next="),
    post=("/account/login/?next=", 404, "/account/reauthenticate/?next="),
)
_AGAIN = Common(
    get=(FIRST_SIGN_IN, 404, "/account/reauthenticate/"),
    post=(FIRST_SIGN_IN, 404, "/account/reauthenticate/"),
)
_DURING_SIGN_IN = Common(get=("/account/login/", 404, "/"), post=("/account/login/", 404, "/"))
_OPEN_PAGE = Common(get=_same(200), post=_same(405))
_NO_FACTOR_YET = Common(get=(FIRST_SIGN_IN, 404, 404), post=(FIRST_SIGN_IN, 404, 404))
