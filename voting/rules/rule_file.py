"""Rules written down as data, in TOML or JSON, and read back strictly.

A rule file is what a court writes; the same keys, dates as text, are what is frozen with the
register. Nothing is guessed: each error names file, key, value and what would be right.
"""

import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from voting.rules import practice
from voting.rules.records import (
    Base,
    Grouping,
    Nature,
    Rule,
    SecuredVote,
    Threshold,
    Words,
)

MATTERS = tuple(f"61-1-{number}" for number in range(1, 12))
"""The matters of EBL 61(1), in the words of count files."""
HEADS = ("creditor",)
COMPARATORS = {">": True, ">=": False}
TESTS = ("number", "amount", "veto")
Word = TypeVar("Word", bound=StrEnum)

_NEEDED = ("id", "article", "since", "title", "powers", "voters", "secured")
_OPTIONAL = (
    "until",
    "text",
    *TESTS,
    "grouping",
    "group_order",
    "barred_matters",
    "always_barred",
    "head",
    "investors_by_amount_only",
    "undecided_without_votes",
    "practice",
)
_THRESHOLD = ("numerator", "denominator", "comparator", "of", "article")


class BadRule(ValueError):
    """The rule cannot be used; one line names file, key, value and what is right."""


def write(rule: Rule) -> dict[str, Any]:
    """Write a rule as JSON data that `read` gives back as it was."""
    data: dict[str, Any] = {
        "id": rule.id,
        "article": rule.article,
        "since": rule.since.isoformat(),
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "text": {"zh": rule.text.zh, "en": rule.text.en},
        "powers": sorted(rule.powers),
        "voters": [one.value for one in Nature if one in rule.voters],
        "secured": rule.secured.value,
        "grouping": rule.grouping.value,
        "group_order": list(rule.group_order),
        "barred_matters": [one for one in MATTERS if one in rule.barred_matters],
        "always_barred": rule.always_barred,
        "head": rule.head,
        "investors_by_amount_only": rule.investors_by_amount_only,
        "undecided_without_votes": rule.undecided_without_votes,
        "practice": [one for one in practice.ALLOWED if one in rule.practice],
    }
    if rule.until is not None:
        data["until"] = rule.until.isoformat()
    for name, test in rule.thresholds().items():
        data[name] = threshold(test)
    return data


def threshold(test: Threshold) -> dict[str, Any]:
    """Write a test as data."""
    return {
        "numerator": test.numerator,
        "denominator": test.denominator,
        "comparator": test.comparator,
        "of": test.base.value,
        "article": test.article,
    }


def load(path: Path) -> Rule:
    """Read a rule from a TOML file. Raises BadRule."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadRule(f"{path.name}: {error.strerror}") from None
    return parse(content, path.name)


def parse(content: bytes, where: str) -> Rule:
    """Read a rule from the content of a TOML file. Raises BadRule."""
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadRule(f"{where}: not UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadRule(f"{where}: not TOML: {error}") from None
    except RecursionError:
        raise BadRule(f"{where}: nested too deep") from None
    return read(data, where)


def read(data: Any, where: str = "rule") -> Rule:
    """Read a rule from data; `where` names them in an error. Raises BadRule."""
    return _Reader(where).rule(data)


class _Reader:
    """Reads one rule; `where` is the file that errors name."""

    def __init__(self, where: str) -> None:
        self.where = where

    def bad(self, key: str, value: Any, right: str) -> NoReturn:
        place = f"{self.where}: {key}" if key else self.where
        raise BadRule(f"{place}: {_shown(value)} {right}")

    def rule(self, data: Any) -> Rule:
        values = self.table(data, "", _NEEDED, _OPTIONAL)
        since = self.day(values, "since")
        until = self.day(values, "until") if "until" in values else None
        if until is not None and until < since:
            self.bad("until", values["until"], f"should not be before since, {since.isoformat()}")
        rule = Rule(
            id=self.identifier(values["id"]),
            article=self.text(values["article"], "article"),
            since=since,
            until=until,
            title=self.words(values["title"], "title"),
            text=self.words(values.get("text", {"zh": "", "en": ""}), "text", empty=True),
            powers=self.powers(values["powers"]),
            voters=frozenset(
                self.word(one, Nature, f"voters[{n}]")
                for n, one in enumerate(self.once(values["voters"], "voters"))
            ),
            secured=self.word(values["secured"], SecuredVote, "secured"),
            number=self.test(values, "number"),
            amount=self.test(values, "amount"),
            veto=self.test(values, "veto"),
            grouping=self.word(values.get("grouping", "none"), Grouping, "grouping"),
            group_order=tuple(
                self.text(one, f"group_order[{n}]")
                for n, one in enumerate(self.once(values.get("group_order", []), "group_order"))
            ),
            barred_matters=frozenset(
                self.one_of(one, MATTERS, f"barred_matters[{n}]")
                for n, one in enumerate(
                    self.once(values.get("barred_matters", []), "barred_matters")
                )
            ),
            always_barred=self.flag(values, "always_barred"),
            head=self.one_of(values.get("head", "creditor"), HEADS, "head"),
            investors_by_amount_only=self.flag(values, "investors_by_amount_only"),
            undecided_without_votes=self.flag(values, "undecided_without_votes"),
            practice=frozenset(
                self.one_of(one, sorted(practice.RULE_POINTS), f"practice[{n}]")
                for n, one in enumerate(self.once(values.get("practice", []), "practice"))
            ),
        )
        self.whole(rule)
        return rule

    def whole(self, rule: Rule) -> None:
        """Check what no single key can say."""
        if not rule.voters:
            self.bad("voters", [], "is empty: name at least one nature of claims that votes")
        if rule.number is None and rule.amount is None:
            raise BadRule(
                f"{self.where}: no test: the rule needs a table [number] or [amount], or both"
            )
        grouped = rule.grouping is not Grouping.NONE
        if rule.secured is SecuredVote.SPLIT and rule.grouping is not Grouping.NATURE:
            self.bad("secured", "split", 'goes only with grouping = "nature"')
        if rule.secured is SecuredVote.HEAD and grouped:
            self.bad("secured", "head", 'goes only with grouping = "none"')
        if rule.group_order and not grouped:
            self.bad("group_order", list(rule.group_order), "goes only with a grouping")
        if rule.investors_by_amount_only and not grouped:
            self.bad("investors_by_amount_only", True, "goes only with a grouping")
        # A frozen rule in which the meeting chose that they have no vote reads so too.
        keeping = (SecuredVote.HEAD, SecuredVote.UNSECURED_PART)
        if "secured_general" in rule.practice and rule.secured not in keeping:
            self.bad("practice", "secured_general", 'goes only with secured = "head"')
        if (rule.barred_matters or rule.always_barred) and rule.secured not in keeping:
            key = "always_barred" if rule.always_barred else "barred_matters"
            self.bad(key, rule.secured.value, 'goes only with secured = "head"')

    # --- Values ------------------------------------------------------------------------------

    def table(
        self, value: Any, key: str, needed: Collection[str], optional: Collection[str] = ()
    ) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.bad(key, value, "should be a table")
        prefix = f"{key}." if key else ""
        for name in value:
            if name not in needed and name not in optional:
                known = ", ".join([*needed, *optional])
                self.bad(f"{prefix}{name}", value[name], f"is no key of a rule here, only {known}")
        for name in needed:
            if name not in value:
                raise BadRule(f'{self.where}: the key "{prefix}{name}" is missing')
        return value

    def test(self, values: Mapping[str, Any], name: str) -> Threshold | None:
        if name not in values:
            return None
        table = self.table(values[name], name, _THRESHOLD)
        numerator = self.count(table["numerator"], f"{name}.numerator")
        denominator = self.count(table["denominator"], f"{name}.denominator")
        sign = self.one_of(table["comparator"], tuple(COMPARATORS), f"{name}.comparator")
        if numerator > denominator:
            self.bad(f"{name}.numerator", numerator, f"of {denominator} is more than all of it")
        if numerator == denominator and COMPARATORS[sign]:
            self.bad(
                f"{name}.comparator",
                sign,
                f'can never be met with {numerator}/{denominator}: should be ">="',
            )
        base = self.word(table["of"], Base, f"{name}.of")
        bases = [Base.UNCONNECTED] if name == "veto" else [*Base][:-1]
        if base not in bases:
            self.bad(f"{name}.of", base.value, f"should be one of {_listed(bases)}")
        return Threshold(
            numerator,
            denominator,
            COMPARATORS[sign],
            base,
            self.text(table["article"], f"{name}.article"),
        )

    def count(self, value: Any, key: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 1_000_000:
            self.bad(key, value, "should be a whole number from 1 to 1000000")
        return value

    def powers(self, value: Any) -> frozenset[int]:
        found = self.once(value, "powers")
        for number, one in enumerate(found):
            if not isinstance(one, int) or isinstance(one, bool) or not 0 <= one <= 11:
                self.bad(
                    f"powers[{number}]",
                    one,
                    "should be 1 to 11 as in EBL 61(1), or 0 for other matters",
                )
        if 1 in found:
            self.bad("powers", 1, "is verification of claims, which is not a vote (EBL 58)")
        return frozenset(found)

    def identifier(self, value: Any) -> str:
        text = self.text(value, "id")
        fine = set("abcdefghijklmnopqrstuvwxyz0123456789.-")
        if len(text) > 40 or not set(text) <= fine or text[0] in ".-":
            self.bad("id", value, "should be 1 to 40 of a-z 0-9 . - beginning with a-z 0-9")
        return text

    def day(self, values: Mapping[str, Any], key: str) -> date:
        value = values[key]
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                self.bad(key, value, "should be a date as 2007-06-01")
        if not isinstance(value, date) or isinstance(value, datetime):
            self.bad(key, value, "should be a date as 2007-06-01")
        return value

    def words(self, value: Any, key: str, *, empty: bool = False) -> Words:
        table = self.table(value, key, ("zh", "en"))
        return Words(
            **{name: self.text(table[name], f"{key}.{name}", empty=empty) for name in ("zh", "en")}
        )

    def text(self, value: Any, key: str, *, empty: bool = False) -> str:
        if not isinstance(value, str) or not (value.strip() or (empty and not value)):
            self.bad(key, value, "should be a text" if empty else "should be a text, not empty")
        if len(value) > 1000:
            self.bad(key, value, "should have at most 1000 characters")
        return value

    def flag(self, values: Mapping[str, Any], key: str) -> bool:
        value = values.get(key, False)
        if not isinstance(value, bool):
            self.bad(key, value, "should be true or false")
        return value

    def once(self, value: Any, key: str) -> list[Any]:
        if not isinstance(value, list):
            self.bad(key, value, "should be a list")
        for number, one in enumerate(value):
            if one in value[:number]:
                self.bad(f"{key}[{number}]", one, "stands twice")
        return value

    def one_of(self, value: Any, allowed: Collection[str], key: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            self.bad(key, value, f"should be one of {_listed(allowed)}")
        return value

    def word(self, value: Any, words: type[Word], key: str) -> Word:
        return words(self.one_of(value, [one.value for one in words], key))


def _listed(words: Collection[str]) -> str:
    return ", ".join(str(one) for one in words)


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
