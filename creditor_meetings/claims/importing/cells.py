"""Reading single cells: amounts as administrators write them, identity numbers, plain text."""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from creditor_meetings.cases.money import yuan

MAX_FEN = 10**15
"""The largest amount of a claim: ten million million yuan; more is a slip of the pen."""

_DASHES = frozenset("-‐‑‒–—―−─━ー_")
_CURRENCY = re.compile(r"^(?:人民币|RMB|CNY|¥)+|(?:人民币|RMB|CNY)$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?P<scale>亿|万|千|)元?(?:整|正)?$")
_SCALES = {"亿": 8, "万": 4, "千": 3, "": 0}
_PLAIN = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)
_GROUPED = re.compile(r"(\d{1,3}(?:[, ]\d{3})+)(?:\.(\d+))?", re.ASCII)
_FOREIGN = re.compile(r"[$€£₩]|USD|EUR|HKD|JPY|GBP|美元|港币|港元|欧元|日元|英镑", re.IGNORECASE)
_TIMES = (datetime, date, time, timedelta)


@dataclass(frozen=True)
class ErrorCell:
    """A cell in which the spreadsheet program shows an error, such as #REF!."""

    code: str

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True)
class Uncalculated:
    """A formula whose value the file does not hold."""

    formula: str
    # Why it could not be computed either; empty where nobody tried.
    why: str = ""

    def __str__(self) -> str:
        return self.formula


Value = (
    None
    | str
    | bool
    | int
    | float
    | Decimal
    | datetime
    | date
    | time
    | timedelta
    | ErrorCell
    | Uncalculated
)


class WrongCell(ValueError):
    """A cell cannot be read; the message says what would be right."""


def folded(text: str) -> str:
    """Write full-width characters as usual ones (NFKC), without blanks around."""
    return unicodedata.normalize("NFKC", text).strip()


def is_blank(value: Value) -> bool:
    """Whether nothing stands in the cell."""
    return value is None or (isinstance(value, str) and not value.strip())


def _refuse_what_is_no_content(value: Value) -> None:
    if isinstance(value, ErrorCell):
        raise WrongCell(_("单元格是错误值，应改为正确的内容。"))
    if isinstance(value, Uncalculated):
        save_again = _("公式没有保存计算结果，应在表格软件中打开并重新保存，或直接填写数值。")
        raise WrongCell(f"{value.why}{save_again}")


def amount(value: Value, scale: int = 0) -> int:
    """Read an amount as fen; blanks and dashes are zero, `scale` is the unit's power of ten.

    Raises `WrongCell`, also for what is negative, finer than a fen, or beyond all claims.
    """
    _refuse_what_is_no_content(value)
    if is_blank(value):
        return 0
    if isinstance(value, bool):
        raise WrongCell(_("应为金额，而不是逻辑值。"))
    if isinstance(value, _TIMES):
        raise WrongCell(_("应为金额，而不是日期或时间；请检查单元格格式。"))
    if isinstance(value, float):
        fen = _from_float(value, scale)
    elif isinstance(value, int | Decimal):
        fen = _whole_fen(Decimal(value), scale)
    else:
        fen = _from_text(str(value), scale)
    if fen < 0:
        raise WrongCell(_("金额不能为负数。"))
    if fen > MAX_FEN:
        raise WrongCell(_("金额过大，最多为 %(max)s 元。") % {"max": yuan(MAX_FEN)})
    return fen


def _from_float(value: float, scale: int) -> int:
    if not math.isfinite(value):
        raise WrongCell(_("应为金额，而不是无穷大或非数字。"))
    if abs(value) > MAX_FEN:
        return _whole_fen(Decimal(value).to_integral_value(), scale)
    # Spreadsheets compute in binary: 0.1+0.2 is stored with a tail that nobody wrote. A tail of
    # a few units in the last place is that; a longer one is a real third decimal.
    near = round(value, 2 + scale)
    tail = abs(value - near)
    if tail and tail > min(8 * math.ulp(value), 0.0005 / 10**scale):
        raise WrongCell(_finer_than_a_fen(near))
    return _whole_fen(Decimal(repr(near)), scale)


def _finer_than_a_fen(near: float) -> str:
    return _("金额不能精确到分以下，例如应为 %(near)s。") % {"near": f"{near:.2f}"}


def _whole_fen(number: Decimal, scale: int) -> int:
    fen = number.scaleb(2 + scale)
    if fen != fen.to_integral_value():
        raise WrongCell(_finer_than_a_fen(float(number)))
    return int(fen)


def _from_text(text: str, scale: int) -> int:
    written = folded(text[:200])
    if len(written) > 60:
        raise WrongCell(_not_an_amount())
    if _FOREIGN.search(written):
        raise WrongCell(_("应为人民币金额，外币债权应先折算为人民币。"))
    if all(character in _DASHES for character in written) or written in {"/", "无", "零"}:
        return 0
    if written[0] in "(-−" and re.search(r"\d", written):
        raise WrongCell(_("金额不能为负数。"))
    written = _CURRENCY.sub("", written).strip()
    suffix = _SUFFIX.search(written)
    assert suffix is not None  # it may match nothing at the end
    written = written[: suffix.start()].strip()
    if suffix["scale"]:
        # The cell names its own unit, which then holds for it.
        scale = _SCALES[suffix["scale"]]
    match = _PLAIN.fullmatch(written) or _GROUPED.fullmatch(written)
    if match is None:
        raise WrongCell(_not_an_amount())
    digits = match[1].replace(",", "").replace(" ", "")
    return _whole_fen(Decimal(f"{digits}.{match[2] or '0'}"), scale)


def _not_an_amount() -> str:
    return _("不是金额，应如 1,234.50。")


def text(value: Value, limit: int) -> str:
    """Read text without needless blanks; raises `WrongCell` when longer than `limit`."""
    _refuse_what_is_no_content(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    read = " ".join(str(value).split())
    if "\x00" in read or any("\ud800" <= one <= "\udfff" for one in read):
        raise WrongCell(_("含有不能保存的字符。"))
    if len(read) > limit:
        raise WrongCell(_("文字过长，最多 %(n)s 个字。") % {"n": limit})
    return read


def name(value: Value, limit: int) -> str:
    """Read a creditor's name."""
    if isinstance(value, bool | int | float | Decimal | datetime | date | time | timedelta):
        raise WrongCell(_("应为债权人的名称或姓名。"))
    return text(value, limit)


def identity_number(value: Value, limit: int) -> str:
    """Read an identity number: full-width characters folded, blanks inside removed, upper case."""
    _refuse_what_is_no_content(value)
    if isinstance(value, bool | datetime | date | time | timedelta):
        raise WrongCell(_("应为证件号码。"))
    if isinstance(value, int | float) and abs(value) >= 10**15:
        # Spreadsheets keep fifteen digits of a number: the rest is lost already.
        raise WrongCell(_("证件号码以数字保存，末几位已丢失；应以文本格式重新填写。"))
    read = "".join(folded(text(value, 200)).split()).upper()
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", read):
        raise WrongCell(_("证件号码成了科学计数，末几位已丢失；应以文本格式重新填写。"))
    if len(read) > limit:
        raise WrongCell(_("文字过长，最多 %(n)s 个字。") % {"n": limit})
    return read


def position(value: Value) -> int | None:
    """Read a running number (序号); None where there is none."""
    _refuse_what_is_no_content(value)
    if is_blank(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    written = folded(str(value))
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}", written, re.ASCII):
        raise WrongCell(_("序号应为正整数。"))
    if int(written) == 0:
        raise WrongCell(_("序号应从 1 开始。"))
    return int(written)


def yes_or_no(value: Value) -> bool:
    """Read 是 or 否; nothing and dashes are no."""
    written = folded(text(value, 20))
    if written in {"是", "已放弃", "放弃", "√", "Y", "YES"}:
        return True
    no = {"", "否", "未放弃", "不放弃", "不适用", "无", "/", "×", "N", "NO"}
    if written in no or all(character in _DASHES for character in written):
        return False
    raise WrongCell(_("应为“是”或“否”。"))
