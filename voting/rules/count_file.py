"""Reading and counting a count file (`count/1`): all of it is right, or nothing is counted."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from voting.rules import electorate, registry, result, tally
from voting.rules.records import (
    SECURED_NATURES,
    Ballot,
    Choice,
    Claim,
    Creditor,
    Grouping,
    Nature,
    Reason,
    Rule,
    Status,
)

SCHEMA = "count/1"
_AMOUNT = re.compile(r"(\d{1,1000})(?:\.(\d{1,2}))?", re.ASCII)
Word = TypeVar("Word", bound=StrEnum)


class BadCountFile(ValueError):
    """The file cannot be counted; one line names the place, what stands there, what is right."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place


@dataclass(frozen=True)
class CountFile:
    """A count file that is right in every line."""

    rule: Rule
    matter: str | None
    creditors: tuple[Creditor, ...]
    ballots: tuple[Ballot, ...]


def count(file: CountFile) -> dict[str, Any]:
    """Count a file and write the result."""
    register = electorate.register(file.rule, file.matter, file.creditors)
    attended = {one.id for one in file.creditors if one.attended}
    rights = [right for rights in register.values() for right in rights]
    groups = tally.count(file.rule, rights, attended, file.ballots)
    return result.write(file.rule.id, file.matter, groups, _rejected(file))


def _rejected(file: CountFile) -> list[tuple[str, str]]:
    creditors = {one.id: one for one in file.creditors}
    rejected = []
    for ballot in file.ballots:
        creditor = creditors[ballot.creditor]
        groups = {right.group for right in electorate.rights(file.rule, file.matter, creditor)}
        if creditor.excluded:
            rejected.append((creditor.id, Reason.EXCLUDED.value))
        elif ballot.group is not None and ballot.group not in groups:
            rejected.append((creditor.id, Reason.NOT_IN_GROUP.value))
        elif not groups:
            why = electorate.reason(file.rule, file.matter, creditor)
            rejected.append((creditor.id, why.value))
    return rejected


def read(content: bytes) -> CountFile:
    """Read a count file. Raises `BadCountFile`."""
    top = _object(_parse(content), "file")
    _keys(top, "file", {"schema", "rule", "creditors", "ballots"}, {"matter"})
    if top["schema"] != SCHEMA:
        _bad("schema", top["schema"], f'should be "{SCHEMA}"')
    rule = registry.find(top["rule"]) if isinstance(top["rule"], str) else None
    if rule is None:
        _bad("rule", top["rule"], f"should be one of {_listed([r.id for r in registry.RULES])}")
    matter = top.get("matter")
    if "matter" in top and matter not in registry.MATTERS:
        _bad("matter", matter, "should be 61-1-1 to 61-1-11")
    creditors = _creditors(top["creditors"], rule)
    ballots = _ballots(top["ballots"], rule, {one.id for one in creditors})
    return CountFile(rule, matter, creditors, ballots)


def _parse(content: bytes) -> Any:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadCountFile("file", f"not UTF-8 at byte {error.start}") from None
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise BadCountFile("file", f"not JSON at {where}: {error.msg}") from None
    except RecursionError:
        raise BadCountFile("file", "nested too deep") from None
    except BadCountFile:
        raise
    except ValueError:
        raise BadCountFile("file", "not JSON: a number is too long") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadCountFile("file", f"the key {_shown(name)} stands twice in one object")
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadCountFile("file", f"not JSON: {name} is no JSON number")


def _creditors(value: Any, rule: Rule) -> tuple[Creditor, ...]:
    found: dict[str, Creditor] = {}
    for number, item in enumerate(_list(value, "creditors")):
        place = f"creditors[{number}]"
        creditor = _creditor(item, place, rule)
        if creditor.id in found:
            _bad(f"{place}.id", creditor.id, "stands twice; each creditor is entered once")
        found[creditor.id] = creditor
    return tuple(found.values())


def _creditor(item: Any, place: str, rule: Rule) -> Creditor:
    values = _object(item, place)
    optional = {"attended", "excluded"} | ({"connected"} if rule.veto is not None else set())
    _keys(values, place, {"id", "claims"}, optional)
    return Creditor(
        id=_text(values["id"], f"{place}.id"),
        claims=tuple(
            _claim(claim, f"{place}.claims[{number}]", rule)
            for number, claim in enumerate(_list(values["claims"], f"{place}.claims"))
        ),
        attended=_boolean(values, "attended", place),
        excluded=_optional(values, "excluded", place, _text) or "",
        connected=_boolean(values, "connected", place),
    )


def _claim(item: Any, place: str, rule: Rule) -> Claim:
    values = _object(item, place)
    by_class = rule.grouping is Grouping.CLASS
    optional = {"priority_waived", "unsecured_part", "temporary_amount"}
    _keys(
        values,
        place,
        {"nature", "amount", "status"},
        optional | {"class"} if by_class else optional,
    )
    nature = _word(values["nature"], Nature, f"{place}.nature")
    status = _word(values["status"], Status, f"{place}.status")
    if "unsecured_part" in values and nature not in SECURED_NATURES:
        raise BadCountFile(
            f"{place}.unsecured_part", f"only secured and construction claims have it, not {nature}"
        )
    if "temporary_amount" in values and status is not Status.UNDETERMINED:
        raise BadCountFile(
            f"{place}.temporary_amount", f"only undetermined claims have it, not {status}"
        )
    amount = _amount(values["amount"], f"{place}.amount")
    temporary = _optional(values, "temporary_amount", place, _amount)
    if temporary is not None and temporary > amount:
        _bad(f"{place}.temporary_amount", values["temporary_amount"], "exceeds the filed amount")
    unsecured = _optional(values, "unsecured_part", place, _amount) or 0
    if unsecured > (amount if temporary is None else temporary):
        _bad(f"{place}.unsecured_part", values["unsecured_part"], "exceeds the amount that counts")
    return Claim(
        nature=nature,
        amount_fen=amount,
        status=status,
        unsecured_part_fen=unsecured,
        priority_waived=_boolean(values, "priority_waived", place),
        temporary_fen=temporary,
        class_name=_optional(values, "class", place, _text),
    )


def _ballots(value: Any, rule: Rule, creditors: Collection[str]) -> tuple[Ballot, ...]:
    groups: dict[str, set[str | None]] = {}
    ballots = []
    for number, item in enumerate(_list(value, "ballots")):
        place = f"ballots[{number}]"
        ballot = _ballot(item, place, rule)
        if ballot.creditor not in creditors:
            _bad(f"{place}.creditor", ballot.creditor, "is no creditor of this file")
        earlier = groups.setdefault(ballot.creditor, set())
        # A ballot without a group is one for every group.
        if ballot.group in earlier or (earlier and None in {ballot.group, *earlier}):
            _bad(place, ballot.creditor, "has two ballots for a group")
        earlier.add(ballot.group)
        ballots.append(ballot)
    return tuple(ballots)


def _ballot(item: Any, place: str, rule: Rule) -> Ballot:
    values = _object(item, place)
    grouped = rule.grouping is not Grouping.NONE
    _keys(values, place, {"creditor", "choice"}, {"group"} if grouped else set())
    return Ballot(
        creditor=_text(values["creditor"], f"{place}.creditor"),
        choice=_word(values["choice"], Choice, f"{place}.choice"),
        group=_optional(values, "group", place, _text),
    )


# --- Values ---------------------------------------------------------------------------------


def _bad(place: str, value: Any, problem: str) -> NoReturn:
    raise BadCountFile(place, f"{_shown(value)} {problem}")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    try:
        # JSON writes a line break as \n and a lone surrogate as \ud800: the line stays one.
        text = json.dumps(value)
    except ValueError:
        return "a number too long to show"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _listed(words: Collection[str]) -> str:
    return ", ".join(words)


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _bad(place, value, "should be an object")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        _bad(place, value, "should be a list")
    return value


def _keys(values: Mapping[str, Any], place: str, needed: set[str], optional: set[str]) -> None:
    for name in values:
        if name not in needed | optional:
            known = _listed(sorted(needed | optional))
            raise BadCountFile(place, f"the key {_shown(name)} does not belong here, only {known}")
    for name in sorted(needed):
        if name not in values:
            raise BadCountFile(place, f'the key "{name}" is missing')


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        _bad(place, value, "should be a text that is not empty")
    if any("\ud800" <= character <= "\udfff" for character in value):
        _bad(place, value, "is no text: half of a character")
    return value


def _boolean(values: Mapping[str, Any], name: str, place: str) -> bool:
    value = values.get(name, False)
    if not isinstance(value, bool):
        _bad(f"{place}.{name}", value, "should be true or false")
    return value


def _word(value: Any, words: type[Word], place: str) -> Word:
    if not isinstance(value, str) or value not in {word.value for word in words}:
        _bad(place, value, f"should be one of {_listed([word.value for word in words])}")
    return words(value)


def _amount(value: Any, place: str) -> int:
    match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        _bad(place, value, 'should be yuan with at most two decimals, as "1234.50"')
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


Value = TypeVar("Value")


def _optional(
    values: Mapping[str, Any], name: str, place: str, reader: Callable[[Any, str], Value]
) -> Value | None:
    return reader(values[name], f"{place}.{name}") if name in values else None
