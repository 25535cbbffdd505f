"""Changing an input a little, as an attacker or a broken program does; a seed gives it again."""

# ruff: noqa: E501

import io
import json
import warnings
import zipfile
from random import Random
from typing import Any

NASTY: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**40, 0.1, 1e308, -0.0,
    "", " ", "0", "-1", "NaN", "1e9", "0.001", "99999999999999999999.99", "１２３", "=1+1", "@SUM(A1)",
    "'; DROP TABLE voting_ballot; --", "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n", "../../x",
    "a\x00b", "\ud800", "\u202e", "🀄" * 5, "问" * 2100, "x" * 70_000, "for", "all", "61-1-9", "\n\r",
    [], {}, [[]], [None], {"": None}, {"__proto__": 1}, "2026-01-31T09:30:00+08:00", "9999-12-31",
]  # fmt: skip
BYTES = [b"\x00", b"\xff", b"\xed\xa0\x80", b"{", b"}", b"[", b'"', b",", b"\n", b"\r", b"=", b"'",
         b";", b"\t", b"\\u0000", b"NaN", b"-", b"1e999", b"PK\x03\x04", b"&x;", b"<!DOCTYPE"]  # fmt: skip


def json_value(value: Any, random: Random) -> Any:
    """Change one to three places of a JSON value, chosen evenly over all of them."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        value = _changed(value, random)
    return value


def _changed(value: Any, random: Random) -> Any:
    places = list(_places(value, ()))
    place = random.choice(places)
    return _put(value, place, random)


def _places(value: Any, before: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    found = [before]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _places(inner, (*before, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            found += _places(inner, (*before, at))
    return found


def _put(value: Any, place: tuple[Any, ...], random: Random) -> Any:
    if not place:
        return _another(value, random)
    here, *rest = place
    if isinstance(value, dict):
        made = dict(value)
        if not rest and random.random() < 0.15:
            del made[here]
        elif not rest and random.random() < 0.15:
            made[random.choice(("id", "type", "x" * 70, "resolution", here + "_"))] = made.pop(here)
        else:
            made[here] = _put(value[here], tuple(rest), random)
        return made
    whole = list(value)
    if not rest and random.random() < 0.3:
        del whole[here]
    elif not rest and random.random() < 0.3:
        whole.insert(random.randrange(len(whole) + 1), whole[here])
    else:
        whole[here] = _put(value[here], tuple(rest), random)
    return whole


def _another(value: Any, random: Random) -> Any:
    way = random.random()
    if isinstance(value, str) and way < 0.35:
        at = random.randrange(len(value) + 1)
        return value[:at] + random.choice(("", "0", "\x00", "é", "'", "f", " ")) + value[at + 1 :]
    if isinstance(value, int) and not isinstance(value, bool) and way < 0.35:
        return value + random.choice((-1, 1, 2**32, 10**20))
    if way < 0.4:
        deep: Any = value
        for _ in range(random.choice((2, 30, 200))):
            deep = [deep]
        return deep
    return random.choice(NASTY)


def as_json(value: Any, random: Random) -> bytes:
    """Write a value as JSON, now and then not quite."""
    data = json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    return some_bytes(data, random) if random.random() < 0.15 else data


def some_bytes(data: bytes, random: Random) -> bytes:
    """Change, drop, double or insert bytes in a few places."""
    whole = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(len(whole) + 1)
        way = random.random()
        if way < 0.3 and at < len(whole):
            whole[at] ^= 1 << random.randrange(8)
        elif way < 0.5:
            del whole[at : at + random.choice((1, 1, 2, 10, 200))]
        elif way < 0.85:
            whole[at:at] = random.choice(BYTES)
        else:
            piece = whole[at : at + random.choice((1, 4, 50))]
            whole[at:at] = piece * random.choice((1, 2, 50))
    return bytes(whole[:400_000])


def archive(data: bytes, random: Random) -> bytes:
    """Change members of a ZIP and pack it anew, or change its bytes as they are."""
    if random.random() < 0.2:
        return some_bytes(data, random)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = [(info.filename, packed.read(info)) for info in packed.infolist()]
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(members))
        name, content = members[at]
        way = random.random()
        if way < 0.08:
            del members[at]
            if not members:
                return b"PK\x05\x06" + bytes(18)
        elif way < 0.12:
            members.append((random.choice((name, "../x", "xl/x.xml", "a\\b")), content))
        elif name.endswith((".json", ".jsonl")) and way < 0.8:
            members[at] = (name, _line(content, random))
        else:
            members[at] = (name, some_bytes(content, random))
    made = io.BytesIO()
    with (
        warnings.catch_warnings(),
        zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed,
    ):
        warnings.simplefilter("ignore")  # a name twice is meant
        for name, content in members:
            packed.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def _line(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    try:
        value = json.loads(lines[at])
    except ValueError:
        return some_bytes(content, random)
    lines[at] = as_json(json_value(value, random), random)
    return b"\n".join(lines)
