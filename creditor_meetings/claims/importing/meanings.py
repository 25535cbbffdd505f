"""What people said of headings that the system does not know: which column is what."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import column_index_from_string

from creditor_meetings.claims.importing.fields import FIELDS
from creditor_meetings.claims.importing.findings import shown

MAX_COLUMN = 16_384
MAX_ROW = 1_048_576
UNUSED = ""
"""The field of a column that is not used."""


class WrongMeaning(ValueError):
    """Something said of the columns cannot be meant; the message is one line for people."""


@dataclass(frozen=True)
class SheetMeaning:
    """What was said of one sheet: the row of its head, and what its columns (from 1) hold."""

    head: int | None = None
    columns: Mapping[int, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_left_out(self) -> bool:
        """Whether the sheet is not to be imported."""
        return self.head == 0


@dataclass(frozen=True)
class Meanings:
    """What was said of a table: of headings in whichever sheet, and of single sheets."""

    words: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, SheetMeaning] = field(default_factory=dict)

    def of(self, sheet: str) -> SheetMeaning:
        """Return what was said of a sheet."""
        own = self.sheets.get(sheet, SheetMeaning())
        return SheetMeaning(own.head, own.columns, {**self.words, **own.words})

    @classmethod
    def of_data(cls, data: Any) -> "Meanings":
        """Read `{heading: field}` or `{sheet: {"head": row, "columns": {column: field}}}`.

        A column is a number from 1, letters, or its heading. Raises `WrongMeaning`.
        """
        if not isinstance(data, dict):
            raise WrongMeaning(_('列的含义应为 JSON 对象，如 {"对方单位": "name"}。'))
        words, sheets = {}, {}
        for key, value in data.items():
            if isinstance(value, dict):
                sheets[str(key)] = _sheet(str(key), value)
            else:
                words[heading(str(key))] = _field(str(key), value)
        return cls(words, sheets)

    @classmethod
    def of_arguments(cls, arguments: Sequence[str]) -> "Meanings":
        """Read what `--map` was given: HEADING=FIELD, or a .json file. Raises `WrongMeaning`."""
        found = cls()
        for one in arguments:
            if one.lower().endswith(".json"):
                more = cls.of_data(_json(Path(one)))
            elif "=" in one:
                words, _equals, name = one.rpartition("=")
                more = cls({heading(words): _field(words, name.strip())})
            else:
                raise WrongMeaning(
                    _("“%(said)s”应写成“列名=字段”，或者是一个 .json 文件。") % {"said": shown(one)}
                )
            found = cls({**found.words, **more.words}, {**found.sheets, **more.sheets})
        return found


_UNIT = re.compile(r"[(（\[【](?:单位[:：]?)?[^()（）]*元[)）\]】]")


def heading(words: str) -> str:
    """Write a heading as columns are compared: folded, without blanks and without its unit."""
    from creditor_meetings.claims.importing.cells import folded

    return "".join(_UNIT.sub("", folded(words)).split())


def _sheet(name: str, said: Mapping[str, Any]) -> SheetMeaning:
    head = said.get("head")
    if head is not None and (
        isinstance(head, bool) or not isinstance(head, int) or not 0 <= head <= MAX_ROW
    ):
        raise WrongMeaning(_("工作表“%(sheet)s”的表头行应为行号。") % {"sheet": shown(name)})
    columns, words = {}, {}
    said_columns = said.get("columns", {})
    unknown = set(said) - {"head", "columns"}
    if unknown or not isinstance(said_columns, dict):
        raise WrongMeaning(
            _("工作表“%(sheet)s”只能有 head 和 columns 两项。") % {"sheet": shown(name)}
        )
    for key, value in said_columns.items():
        column = _column(str(key))
        if column:
            columns[column] = _field(str(key), value)
        else:
            words[heading(str(key))] = _field(str(key), value)
    return SheetMeaning(head, columns, words)


def _column(key: str) -> int:
    if re.fullmatch(r"[1-9]\d{0,4}", key, re.ASCII):
        return min(int(key), MAX_COLUMN)
    if re.fullmatch(r"[A-Z]{1,3}", key):
        return int(column_index_from_string(key))
    return 0


def _field(words: str, name: Any) -> str:
    if name is None or name == UNUSED:
        return UNUSED
    if not isinstance(name, str) or name not in FIELDS:
        raise WrongMeaning(
            _("“%(words)s”的字段“%(name)s”不存在，应为以下之一：%(known)s。")
            % {"words": shown(words), "name": shown(name), "known": "、".join(FIELDS)}
        )
    return name


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig")[: 1024 * 1024])
    except (OSError, ValueError, RecursionError) as error:
        raise WrongMeaning(
            _("无法读取 %(file)s：应为 JSON 文件。") % {"file": path.name}
        ) from error
