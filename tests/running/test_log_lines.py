"""The log: one line an entry, nobody's data in it, whatever is quoted."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.running.log_lines import (
    JsonLine,
    TextLine,
    request_id,
    scrubbed,
    settings_for,
)


def record(message: str, *args: Any, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error is not None else None
    return logging.LogRecord("voting.verbs", logging.WARNING, __file__, 7, message, args, trace)


def raised(said: str) -> KeyError:
    """An error that was really raised, hence has a place."""
    try:
        raise KeyError(said)
    except KeyError as error:
        return error


@pytest.mark.parametrize(
    ("said", "personal"),
    [
        ("no answer from 13812345678", "13812345678"),
        ("no answer from +86 138 1234 5678", "1234"),
        ("no answer from +86-138-1234-5678", "5678"),
        ("no answer from １３８１２３４５６７８", "１２３４"),
        ("identity 11010519491231002X was refused", "1010519"),
        ("identity 110105194912310021", "1010519"),
        ("credit code 91350100M000100Y43 is new", "M000100Y"),
        ("account 6222 0200 0000 1234 567 is wrong", "0200"),
        ("mail to zhang.san+x@example.com.cn bounced", "zhang"),
        ("Not Found: /invite/wK3-abc_DEF/", "wK3"),
        ("GET /file/aVeryLongToken123/code/?x=1", "aVeryLong"),
        ("GET /hls/7/1764400000/0a1b2c3d4e/5/full.m3u8", "0a1b2c3d4e"),
        ("Cookie: sessionid=k3jd8sk2lq; csrftoken=abc123", "k3jd8sk2lq"),
        ("posted {'code': '493021', 'next': '/'}", "493021"),
        ('posted {"new_password": "hunter2 is long"}', "hunter2"),
        ("Authorization: Bearer abcdef0123456789", "abcdef01"),
        ("connecting to postgres://meetings:s3cr3t@db/meetings", "s3cr3t"),
        ("duplicate key\nDETAIL:  Key (name)=(Jane Roe) already exists.", "Jane"),
        ("张三（宁波海曙支行）没有回复", "张三"),
        ("who is 欧阳·娜娜?", "娜娜"),
        ("𠮷野家 asked", "𠮷"),
    ],
)
def test_what_is_somebodys_is_taken_out(said: str, personal: str) -> None:
    assert personal not in scrubbed(said)
    for writer in (TextLine(), JsonLine()):
        assert personal not in writer.format(record("%s", said))
        assert personal not in writer.format(record("it broke", error=raised(said)))


@pytest.mark.parametrize(
    "said",
    [
        "hub of meeting 12 stumbled",
        "POST voting:cast 200 in 31 ms",
        "a batch of 200 ballots broke, writing them one by one",
        "fragments of 2026/11/29/meeting-3.webm are removed",
        "connection to 10.0.0.12:5432 refused at 2026-11-29 20:00:07",
        "running count 638774886 and recount 638774887 differ",
    ],
)
def test_what_helps_stays(said: str) -> None:
    assert scrubbed(said) == said


def test_a_chain_of_errors_keeps_its_places_and_loses_its_values() -> None:
    error = RuntimeError("writing failed")
    error.__cause__ = raised("refused row\nDETAIL:  Failing row contains (7, Jane, 13812345678).")
    error.__traceback__ = error.__cause__.__traceback__
    line = json.loads(JsonLine().format(record("presence was not written", error=error)))
    text = "\n".join(line["error"])
    assert "Jane" not in text
    assert "RuntimeError: writing failed" in text
    assert "test_log_lines.py" in text


@given(st.text(max_size=300), st.text(max_size=40))
def test_an_entry_is_one_line_whatever_it_quotes(said: str, number: str) -> None:
    token = request_id.set("r-1")
    try:
        written = JsonLine().format(record("a client sent %r and %s", said, number + said))
        assert written.splitlines() == [written]
        line = json.loads(written)
        assert (line["level"], line["logger"], line["request"]) == (
            "WARNING",
            "voting.verbs",
            "r-1",
        )
        plain = TextLine().format(record("a client sent %s", said))
        assert plain.splitlines() in ([plain], [])
        assert not set(plain) & (set(map(chr, range(32))) - {"\t"})
    finally:
        request_id.reset(token)


def test_a_forged_entry_stays_within_its_line() -> None:
    forged = "x\n2026-11-29 20:00:00,000 CRITICAL voting.verbs all is lost\x1b[2J"
    for writer in (TextLine(), JsonLine()):
        written = writer.format(record("a device calls itself %s", forged))
        assert len(written.splitlines()) == 1
        assert "\x1b" not in written
    lines = TextLine().format(record("it broke", error=raised(forged))).splitlines()
    assert all(line.startswith("  | ") for line in lines[1:])


def test_a_wrong_format_string_does_not_cost_the_line() -> None:
    assert "arguments do not fit" in JsonLine().format(record("%s and %s", "one"))


def test_an_unknown_form_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="LOG_FORMAT is 'xml'; it must be text or json"):
        settings_for("xml", "INFO")


def test_what_nobody_caught_goes_by_the_log(installation) -> None:
    """As a process of its own, since it changes the hooks of the whole process."""
    made = installation(env={"LOG_FORMAT": "json"})
    done = made.python(
        "-c",
        "import django; django.setup()\n"
        "from creditor_meetings.running import log_lines; log_lines.catch_the_rest()\n"
        "import threading, warnings\n"
        "def work(): raise ValueError('13812345678')\n"
        "one = threading.Thread(target=work, name='ballot-box'); one.start(); one.join()\n"
        "warnings.warn('zhang@example.cn')\n"
        "raise RuntimeError('张三')",
        check=False,
    )
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["ERROR", "WARNING", "CRITICAL"]
    assert "13812345678" not in done.stderr
    assert "zhang" not in done.stderr
    assert "张" not in done.stderr
