"""What is fuzzed. A target has seeds, a way to change one, and takes an input without a word.

Anything but the refusal that people are shown is a finding: another exception, an answer that
says the system failed, a check that says 'all holds' of what was changed.
"""

# ruff: noqa: E501  tables are read better wide

import contextlib
import functools
import io
import json
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz import mutating

ROOT = Path(__file__).resolve().parents[2]


class Finding(AssertionError):
    """An input did what no input may."""


@dataclass
class Target:
    """Something that takes what others send."""

    name: str
    take: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    mutate: Callable[[bytes, Random], bytes]
    database: bool = False
    # Modules whose coverage leads atheris.
    modules: tuple[str, ...] = ()
    _seeds: list[bytes] = field(default_factory=list)

    def one(self, random: Random) -> bytes:
        """Make an input by chance."""
        if not self._seeds:
            self._seeds = self.seeds()
        return self.mutate(random.choice(self._seeds), random)


def _json(data: bytes, random: Random) -> bytes:
    return mutating.as_json(mutating.json_value(json.loads(data), random), random)


# --- The socket's protocol: reading -------------------------------------------------------------


FRAMES: list[dict[str, Any]] = [
    {"id": "c-1", "type": "cast_ballot", "data": {"resolution": 1, "choice": "for"}},
    {"id": "c-2", "type": "ask_question", "data": {"text": "变价如何进行？"}},
    {"id": "c-3", "type": "sign_in", "data": {}},
    {"id": "c-4", "type": "cast_ballots", "data": {"ballots": [{"resolution": 1, "choice": "for"}]}},
    {"id": "c-5", "type": "open_poll", "data": {"resolution": 1, "closes_at": "2026-01-31T09:30:00Z"}},
    {"id": "c-6", "type": "set_temporary_amount", "data": {"claim": 1, "amount": "1.00", "reason": "x"}},
]  # fmt: skip


def _read_frame(data: bytes) -> None:
    from creditor_meetings.cases.errors import Refused
    from creditor_meetings.realtime import commands, fields

    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    try:
        identity, kind, values = commands.parse(text)
    except Refused:
        return
    if not 1 <= len(identity) <= 64 or not kind:
        raise Finding(f"{identity!r} {kind!r}")
    readers: list[Callable[[str], Any]] = [
        lambda name: fields.integer(values, name),
        lambda name: fields.text(values, name, max_length=2000),
        lambda name: fields.choice(values, name, ("for", "against")),
        lambda name: fields.boolean(values, name),
        lambda name: fields.amount(values, name),
        lambda name: fields.moment(values, name),
    ]
    for name in [*values][:5]:
        for read in readers:
            with contextlib.suppress(Refused):
                read(name)


# --- The socket's protocol: carrying out, on a meeting that is held -----------------------------


@functools.cache
def _held() -> Any:
    """The story's meeting half way: open, a poll running, everything there that ids can name."""
    from tests.whole import story

    cast = story.assemble()
    story.upload(cast)

    class Enough(Exception):
        pass

    def until(step: story.Step) -> None:
        if step.name == "extend_poll":
            raise Enough

    with contextlib.suppress(Enough):
        story.walk(cast, until)
    return cast


def _story_frames() -> list[bytes]:
    from tests.whole import story

    cast = _held()
    frames = []
    for number, step in enumerate(story.STEPS):
        try:
            values = step.data(cast)
        except Exception:  # names what is not there yet
            values = {"resolution": cast.poll.pk}
        frame = {"id": f"f{number}", "type": step.command, "data": values, "as": step.role}
        with contextlib.suppress(TypeError):
            frames.append(json.dumps(frame).encode())
    return frames


def _carry_out(data: bytes) -> None:
    from django.db import transaction

    from creditor_meetings.cases.errors import CODES, Refused
    from creditor_meetings.realtime import commands
    from tests.support import world
    from voting import ballot_box

    cast = _held()
    try:
        frame = json.loads(data)
        person = cast.people[frame.pop("as")]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        person = cast.people["judge"]
        frame = None
    text = json.dumps(frame) if frame is not None else data.decode("utf-8", "replace")
    try:
        identity, kind, values = commands.parse(text)
        commands.handler(kind)
    except Refused:
        return
    with transaction.atomic():
        context = world.context(person, cast.meeting)
        if not commands.is_asynchronous(kind):
            reply = commands.carry_out(context, kind, values)
        else:
            try:
                if kind == "cast_ballots":
                    reply = commands.done(identity, world.cast_many(context, values))
                else:
                    read = ballot_box.read(context, values)
                    ballot_box.write([read])
                    reply = commands.done(identity, read.answer.result(timeout=0))
            except Refused as refusal:
                reply = commands.refused(identity, refusal)
        transaction.set_rollback(True)
    json.dumps(reply)
    if not reply["ok"]:
        code = reply["error"]["code"]
        if code not in CODES or code == "unavailable" or not reply["error"]["message"]:
            raise Finding(f"{kind}: {reply}")


# --- Files ---------------------------------------------------------------------------------------


def _count(data: bytes) -> None:
    from voting.rules import count_file

    try:
        file = count_file.read(data)
    except count_file.BadCountFile as bad:
        if not str(bad) or "\n" in str(bad):
            raise Finding(f"not one line: {bad!s:.200}") from None
        return
    outcome = count_file.count(file)
    json.dumps(outcome)
    if outcome["schema"] != "count-result/1":
        raise Finding(str(outcome)[:200])


def _count_files() -> list[bytes]:
    small = {
        "schema": "count/1", "rule": "prc-ordinary", "matter": "61-1-9",
        "creditors": [
            {"id": "A", "attended": True, "claims": [
                {"nature": "ordinary", "amount": "1000000.00", "status": "confirmed"},
                {"nature": "tax", "amount": "5.00", "status": "undetermined", "temporary_amount": "1.00"},
            ]},
            {"id": "S", "attended": True, "connected": True, "claims": [
                {"nature": "secured", "amount": "8.00", "unsecured_part": "1.00",
                 "priority_waived": False, "status": "confirmed", "class": "x"}]},
        ],
        "ballots": [{"creditor": "A", "choice": "for"}, {"creditor": "S", "choice": "abstain"}],
    }  # fmt: skip
    rules = ("prc-composition", "prc-reorganisation", "us-1126c", "uk-15.34", "uk-cva",
             "de-inso-76", "de-inso-244")  # fmt: skip
    made = [json.dumps(small, ensure_ascii=False)]
    made += [json.dumps({**small, "rule": one, "matter": "61-1-10"}) for one in rules]
    kept = sorted((ROOT / "tests/data/count").glob("*.json"))
    return [one.encode() for one in made] + [one.read_bytes() for one in kept]


def _rule(data: bytes) -> None:
    from voting.rules import rule_file

    try:
        rule = rule_file.parse(data, "rule.toml")
    except rule_file.BadRule as bad:
        if not str(bad):
            raise Finding("no words") from None
        return
    if rule_file.read(json.loads(json.dumps(rule_file.write(rule)))) != rule:
        raise Finding("a rule that was written down is read as another")


def _rule_files() -> list[bytes]:
    return [one.read_bytes() for one in sorted((ROOT / "voting/rules/packs").glob("*.toml"))]


def _table(name: str) -> Callable[[bytes], None]:
    def take(data: bytes) -> None:
        from creditor_meetings.claims.importing import Unreadable, kept, read

        try:
            reading = read(data, name)
        except Unreadable as bad:
            if not str(bad):
                raise Finding("no words") from None
            return
        kept.dump(reading)
        if not isinstance(reading.filed_fen, int) or reading.filed_fen < 0:
            raise Finding(f"filed {reading.filed_fen}")

    return take


def _workbooks() -> list[bytes]:
    from tests.claims.papers import workbook

    return [workbook()]


def _csv_tables() -> list[bytes]:
    head = "序号,债权人名称,证件号码,联系人,联系电话,债权性质,申报本金,申报利息,申报金额,确认金额,审查结论"
    rows = [
        "1,云江油墨有限公司,91310000607378133C,王芳,13800000000,普通债权,1000.00,10.50,1010.50,1000.00,部分确认",
        '2,"李四, 等",310101199001011234,,,职工债权,"15,700.66",,"15,700.66",15700.66,确认',
        "3,税务局,11310000000000000X,,,税款,0,0,0,0,暂缓确认",
        "合计,,,,,,,,16711.16,16700.66,",
    ]  # fmt: skip
    text = "\n".join([head, *rows])
    return [text.encode(), text.encode("gb18030"), ("\ufeff" + text).replace("\n", "\r\n").encode()]


def _text(data: bytes, random: Random) -> bytes:
    if random.random() < 0.5:
        return mutating.some_bytes(data, random)
    encoding = "utf-8" if random.random() < 0.7 else "gb18030"
    try:
        lines = [line.split(",") for line in data.decode(encoding).split("\n")]
    except UnicodeDecodeError:
        return mutating.some_bytes(data, random)
    for _ in range(random.choice((1, 2, 4))):
        row = random.choice(lines)
        at = random.randrange(len(row))
        row[at] = str(random.choice(mutating.NASTY))[: random.choice((10, 5000))]
    return "\n".join(",".join(row) for row in lines).encode(encoding, "replace")


# --- Evidence ------------------------------------------------------------------------------------


@functools.cache
def _verifier() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "verify_evidence.py"))


@functools.cache
def _bundle() -> bytes:
    from django.db import transaction

    from tests.support import world
    from voting.evidence import bundle

    made = io.BytesIO()
    with transaction.atomic():
        case = world.make_case()
        creditor = world.make_creditor(case, "云江油墨有限公司", confirmed="1284350.00")
        meeting = world.make_meeting(case, state="open")
        judge = world.make_person(case, "judge")
        voter = world.make_person(case, "creditor", creditor)
        poll = world.open_poll(world.make_resolution(meeting), judge)
        world.cast(voter, poll, "against")
        world.cast(voter, poll, "for")
        world.close_poll(poll, judge)
        bundle.write(meeting, made)
        transaction.set_rollback(True)
    return made.getvalue()


def _inside(data: bytes) -> dict[str, bytes]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _meant(data: bytes) -> dict[str, Any]:
    """What a bundle says: of the manifest, which is signed in its one canonical form, the values."""
    files: dict[str, Any] = _inside(data)
    for name in ("manifest.json", "manifest.sig.json"):
        files[name] = json.loads(files[name])
    return files


def _verify(data: bytes) -> None:
    verifier = _verifier()
    try:
        report = verifier["verify"](io.BytesIO(data), "en")
    except verifier["Unreadable"] as why:
        str(why)
        return
    # Of another installation's bundle nobody here knows what was in it.
    ours = json.loads(_inside(_bundle())["keys.json"])
    if report.problems or json.loads(_inside(data)["keys.json"]) != ours:
        return
    if _meant(data) != _meant(_bundle()):
        raise Finding("a changed bundle holds")


def _receipts() -> list[bytes]:
    receipts = []
    for line in _inside(_bundle())["ledger.jsonl"].splitlines():
        entry = json.loads(line)
        if entry["kind"] == "ballot":
            receipts.append({"schema": "receipt/1", "number": entry["body"].get("number", "x"),
                             "entry_hash": entry["entry_hash"], **entry["body"]})  # fmt: skip
    from django.db import transaction

    from tests.support import world

    with transaction.atomic():
        case = world.make_case()
        creditor = world.make_creditor(case)
        meeting = world.make_meeting(case, state="open")
        voter = world.make_person(case, "creditor", creditor)
        poll = world.open_poll(world.make_resolution(meeting), world.make_person(case, "judge"))
        receipts += [dict(world.cast(voter, poll, one)) for one in ("for", "against")]
        transaction.set_rollback(True)
    return [json.dumps(one, ensure_ascii=False, default=str).encode() for one in receipts]


def _receipt(data: bytes) -> None:
    from creditor_meetings.cases.errors import Refused
    from voting.papers import check

    try:
        pasted = check.by_receipt(data.decode("utf-8", "replace"))
    except Refused as refusal:
        if not refusal.message:
            raise Finding("no words") from None
        return
    # The ballots of the seeds were taken back: no receipt may be found in the record.
    if pasted.found is not None:
        raise Finding("found what was never kept")


TARGETS: dict[str, Target] = {
    one.name: one
    for one in (
        Target("frame", _read_frame, lambda: [json.dumps(f).encode() for f in FRAMES], _json,
               modules=("creditor_meetings.realtime.commands", "creditor_meetings.realtime.fields")),
        Target("command", _carry_out, _story_frames, _json, database=True),
        Target("count", _count, _count_files, _json, modules=("voting.rules.count_file",)),
        Target("rule", _rule, _rule_files, mutating.some_bytes, modules=("voting.rules.rule_file",)),
        Target("csv", _table("t.csv"), _csv_tables, _text,
               modules=("creditor_meetings.claims.importing",)),
        Target("xlsx", _table("t.xlsx"), _workbooks, mutating.archive,
               modules=("creditor_meetings.claims.importing",)),
        Target("bundle", _verify, lambda: [_bundle()], mutating.archive, database=True),
        Target("receipt", _receipt, _receipts, _json, database=True),
    )
}  # fmt: skip
