"""Every text that people meet is there in English, as the sources have it now."""

import gettext
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "locale/en/LC_MESSAGES"
DOMAINS = ["django", "djangojs"]
SOURCES = ["creditor_meetings", "voting", "documents", "templates", "static/js"]

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# What a claims table says is named as the table says it: “确认” (confirmed).
QUOTED = re.compile(r"“[^“”]*”")
# %(name)s and the like, {name}, and what HTML a text holds.
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sdif](?!\w)|\{\w*\}|</?\w[^<>]*>")

Key = tuple[str, str, str]


@cache
def catalogue(domain: str) -> polib.POFile:
    """Read the translations into English."""
    return polib.pofile(str(CATALOGUES / f"{domain}.po"))


def key(entry: polib.POEntry) -> Key:
    """Tell one text from the others: context, text, and its plural."""
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def texts(entry: polib.POEntry) -> Iterator[tuple[str, str]]:
    """Pair each English form with the Chinese one it stands for."""
    if not entry.msgid_plural:
        yield entry.msgid, entry.msgstr
        return
    yield entry.msgid, entry.msgstr_plural.get(0, "")
    yield entry.msgid_plural, entry.msgstr_plural.get(1, "")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect the texts of a copy of the sources, as `make messages` does."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "locale").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy)
        patch.setattr("django.conf.settings.LOCALE_PATHS", [str(copy / "locale")])
        for domain in DOMAINS:
            call_command(
                "makemessages",
                locale=["en"],
                domain=domain,
                no_wrap=True,
                add_location="file",
                verbosity=0,
            )
    return copy / "locale/en/LC_MESSAGES"


@pytest.mark.parametrize("domain", DOMAINS)
def test_catalogues_hold_what_the_sources_say(collected: Path, domain: str) -> None:
    said = {key(entry) for entry in polib.pofile(str(collected / f"{domain}.po"))}
    held = {key(entry) for entry in catalogue(domain) if not entry.obsolete}
    assert len(said) > 100
    assert sorted(said - held) == [], "make messages, then translate"
    assert sorted(held - said) == [], "make messages: nothing says these any more"


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_translated(domain: str) -> None:
    entries = catalogue(domain)
    assert not entries.metadata_is_fuzzy
    assert entries.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert [entry.msgid for entry in entries if entry.fuzzy or not entry.translated()] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_placeholders_and_markup_agree(domain: str) -> None:
    wrong = [
        f"{chinese} -> {english}"
        for entry in catalogue(domain)
        for chinese, english in texts(entry)
        if sorted(PLACEHOLDER.findall(chinese)) != sorted(PLACEHOLDER.findall(english))
    ]
    assert wrong == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_english_is_english(domain: str) -> None:
    left = [
        english
        for entry in catalogue(domain)
        for _, english in texts(entry)
        if CHINESE.search(QUOTED.sub("", english))
    ]
    assert left == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_runs_is_what_was_translated(tmp_path: Path, domain: str) -> None:
    fresh = tmp_path / f"{domain}.mo"
    subprocess.run(
        ["msgfmt", "--check", "-o", str(fresh), str(CATALOGUES / f"{domain}.po")], check=True
    )
    committed = CATALOGUES / f"{domain}.mo"
    assert _messages(committed) == _messages(fresh), "make messages compiles them"


def _messages(compiled: Path) -> dict[object, str]:
    with compiled.open("rb") as file:
        held = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    held.pop("")  # the header: when it was collected, by whom
    return held
