"""Recomputing formulas whose values the file does not hold, as programs write them.

What claims tables use: + - * / and percentages, SUM, ROUND, ROUNDUP, ROUNDDOWN, ABS, MIN,
MAX, SUBTOTAL(9) and (109), cells and ranges of this and other sheets. Numbers are exact
fractions, so that a sum in yuan is right to the fen. Nothing else is computed: a formula that
names another file, another function, or itself stays uncalculated and is a problem of its cell.
openpyxl's tokenizer takes formulas apart; a library that computes all of Excel (`formulas`,
`pycel`) brings NumPy and a graph of the whole workbook with it, and floats.

Precedents are computed first, on a stack of our own: a chain of any length needs no recursion,
a circle is found, and `MAX_VISITS` bounds the cells that all formulas of a file may look at.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from openpyxl.utils.cell import column_index_from_string

from creditor_meetings.claims.importing.cells import ErrorCell, Uncalculated, Value

MAX_VISITS = 3_000_000
"""Cells that the formulas of one file may look at, all together."""
MAX_LENGTH = 8192
MAX_NESTING = 64
MAX_NUMBER = 10**30

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_PLACE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^'!\[\]|:]+))!)?(\$?[A-Z]{1,3}\$?\d{1,7})(?::(\$?[A-Z]{1,3}\$?\d{1,7}))?"
)

Cell = tuple[str, int, int]
"""A sheet's name, a row and a column from 1."""


class Cannot(Exception):
    """A formula cannot be computed here; the message says why."""


@dataclass(frozen=True)
class Area:
    """A rectangle of cells in a sheet."""

    sheet: str
    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> int:
        """How many cells it has."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    def cells(self) -> Iterator[Cell]:
        """Go through its cells, row by row."""
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield self.sheet, row, column


Number = Fraction
Operand = Number | Area | ErrorCell | str | None


class Calculator:
    """Computes the formulas of a workbook as far as they are understood.

    `load` gives the cells of a sheet that hold something, by row and column; those whose
    formulas have no value are `Uncalculated`. It raises KeyError for a sheet that is not there.
    """

    def __init__(self, load: Callable[[str], Mapping[tuple[int, int], Value]]) -> None:
        self._load = load
        self._sheets: dict[str, Mapping[tuple[int, int], Value]] = {}
        self._known: dict[Cell, Value] = {}
        self._visits = 0

    def value(self, sheet: str, row: int, column: int) -> Value:
        """Return a cell's value, computed where it must be; else `Uncalculated` with the reason."""
        wanted = (sheet, row, column)
        stack = [wanted]
        waiting: set[Cell] = set()
        while stack:
            cell = stack[-1]
            held = self._held(cell)
            if not isinstance(held, Uncalculated) or cell in self._known:
                stack.pop()
                continue
            try:
                formula = _Formula(held.formula, cell[0])
                if cell not in waiting:
                    waiting.add(cell)
                    before = self._uncalculated(formula)
                    if not waiting.isdisjoint(before):
                        raise Cannot(_("公式循环引用。"))
                    stack += before
                    if before:
                        continue
                self._known[cell] = _as_value(formula.compute(self._held, self._visit))
            except Cannot as why:
                self._known[cell] = Uncalculated(held.formula, str(why))
            except (ArithmeticError, ValueError, RecursionError):
                self._known[cell] = Uncalculated(held.formula)
            stack.pop()
            waiting.discard(cell)
        return self._held(wanted)

    def _uncalculated(self, formula: "_Formula") -> list[Cell]:
        found = []
        for area in formula.areas():
            self._visit(area.size)
            found += [
                cell
                for cell in area.cells()
                if cell not in self._known and isinstance(self._held(cell), Uncalculated)
            ]
        return found

    def _visit(self, cells: int) -> None:
        self._visits += cells
        if self._visits > MAX_VISITS:
            raise Cannot(_("公式过多或引用的范围过大，请在表格软件中打开并重新保存。"))

    def _held(self, cell: Cell) -> Value:
        if cell in self._known:
            return self._known[cell]
        name, row, column = cell
        if name not in self._sheets:
            try:
                self._sheets[name] = self._load(name)
            except KeyError:
                raise Cannot(_("公式引用的工作表“%(sheet)s”不存在。") % {"sheet": name}) from None
        return self._sheets[name].get((row, column))


def _as_value(result: Operand) -> Value:
    if isinstance(result, Area):
        raise Cannot(_("公式的结果不是一个数。"))
    if not isinstance(result, Fraction):
        return result
    if result.denominator == 1:
        return int(result)
    scaled = result * 10**12
    if scaled.denominator == 1:
        return Decimal(int(scaled)).scaleb(-12).normalize()
    return float(result)


class _Formula:
    """One formula, taken apart; `sheet` is where it stands."""

    def __init__(self, text: str, sheet: str) -> None:
        if len(text) > MAX_LENGTH:
            raise Cannot(_("公式过长。"))
        self._sheet = sheet
        try:
            tokens = Tokenizer(text).items
        except Exception as error:  # whatever a broken formula makes it raise
            raise Cannot(_("公式无法识别。")) from error
        self._tokens = [one for one in tokens if one.type != Token.WSPACE]
        if not self._tokens or self._tokens[0].type == Token.LITERAL:
            raise Cannot(_("公式无法识别。"))

    def areas(self) -> list[Area]:
        """Return every area that the formula names."""
        return [
            self._area(one.value)
            for one in self._tokens
            if one.type == Token.OPERAND and one.subtype == Token.RANGE
        ]

    def compute(self, held: Callable[[Cell], Value], visit: Callable[[int], None]) -> Operand:
        """Compute the formula over cells that are computed already. Raises `Cannot`."""
        return _Computation(self._tokens, self._area, held, visit).result()

    def _area(self, written: str) -> Area:
        match = _PLACE.fullmatch(written.upper() if "!" not in written else written)
        if match is None:
            raise Cannot(
                _("公式引用了其他文件。")
                if "[" in written
                else _("公式中的“%(part)s”不能计算。") % {"part": written[:40]}
            )
        quoted, plain, first, last = match.groups()
        name = quoted.replace("''", "'") if quoted else plain or self._sheet
        top, left = _coordinates(first)
        bottom, right = _coordinates(last) if last else (top, left)
        return Area(name, min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def _coordinates(cell: str) -> tuple[int, int]:
    match = _CELL.fullmatch(cell)
    if match is None or int(match[2]) == 0:
        raise Cannot(_("公式无法识别。"))
    return int(match[2]), int(column_index_from_string(match[1]))


class _Computation:
    """Computes the tokens of a formula from left to right: sums of products of signed terms."""

    def __init__(
        self,
        tokens: Sequence[Any],
        area: Callable[[str], Area],
        held: Callable[[Cell], Value],
        visit: Callable[[int], None],
    ) -> None:
        self._tokens = tokens
        self._area = area
        self._held = held
        self._visit = visit
        self._at = 0
        self._depth = 0

    def result(self) -> Operand:
        found = self._sum()
        if self._at != len(self._tokens):
            raise Cannot(_("公式无法识别。"))
        if isinstance(found, Area):
            if found.size != 1:
                raise Cannot(_("公式的结果不是一个数。"))
            held = self._held(next(found.cells()))
            return held if isinstance(held, str | ErrorCell) else self._number(found)
        return found

    def _next(self, kind: str, *values: str) -> str:
        """Take the next token if it is of a kind (and one of these values)."""
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.type == kind and (not values or token.value in values):
                self._at += 1
                return str(token.value)
        return ""

    def _sum(self) -> Operand:
        left = self._product()
        while sign := self._next(Token.OP_IN, "+", "-"):
            right = self._number(self._product())
            left = _within(self._number(left) + (right if sign == "+" else -right))
        return left

    def _product(self) -> Operand:
        left = self._signed()
        while sign := self._next(Token.OP_IN, "*", "/"):
            right = self._number(self._signed())
            if sign == "/" and right == 0:
                raise Cannot(_("公式除以零。"))
            number = self._number(left)
            left = _within(number * right if sign == "*" else number / right)
        return left

    def _signed(self) -> Operand:
        negative = False
        signed = False
        while sign := self._next(Token.OP_PRE, "+", "-"):
            signed = True
            negative ^= sign == "-"
        found = self._term()
        while self._next(Token.OP_POST, "%"):
            found = self._number(found) / 100
        if signed:
            found = self._number(found)
            return -found if negative else found
        return found

    def _term(self) -> Operand:
        if self._at >= len(self._tokens):
            raise Cannot(_("公式无法识别。"))
        token = self._tokens[self._at]
        if token.type == Token.PAREN and token.subtype == Token.OPEN:
            self._at += 1
            found = self._nested(self._sum)
            if not self._next(Token.PAREN, ")"):
                raise Cannot(_("公式无法识别。"))
            return found
        if token.type == Token.FUNC and token.subtype == Token.OPEN:
            self._at += 1
            return self._nested(lambda: self._function(str(token.value)))
        if token.type == Token.OPERAND:
            self._at += 1
            if token.subtype == Token.NUMBER:
                if len(token.value) > 40 or "E" in token.value.upper():
                    raise Cannot(_("公式无法识别。"))
                return _within(Fraction(token.value))
            if token.subtype == Token.RANGE:
                return self._area(token.value)
        raise Cannot(_("公式中的“%(part)s”不能计算。") % {"part": str(token.value)[:40]})

    def _nested(self, inner: Callable[[], Operand]) -> Operand:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise Cannot(_("公式嵌套过深。"))
        found = inner()
        self._depth -= 1
        return found

    def _function(self, opened: str) -> Operand:
        name = opened.rstrip("(").upper().removeprefix("_XLFN.")
        arguments: list[Operand] = []
        while not self._next(Token.FUNC, ")"):
            if arguments and not self._next(Token.SEP, ","):
                raise Cannot(_("公式无法识别。"))
            arguments.append(self._sum())
        if name in {"SUM", "MIN", "MAX"}:
            return _OVER[name](self._numbers(arguments))
        if name == "SUBTOTAL" and len(arguments) >= 2 and arguments[0] in (9, 109):
            return _OVER["SUM"](self._numbers(arguments[1:]))
        if name == "ABS" and len(arguments) == 1:
            return abs(self._number(arguments[0]))
        if name in {"ROUND", "ROUNDUP", "ROUNDDOWN"} and len(arguments) in (1, 2):
            digits = self._number(arguments[1]) if len(arguments) == 2 else Fraction(0)
            return _rounded(self._number(arguments[0]), digits, name)
        raise Cannot(_("公式中的“%(part)s”不能计算。") % {"part": name[:40]})

    def _numbers(self, arguments: Sequence[Operand]) -> list[Number]:
        """Return the numbers among arguments; text and blanks of areas do not count."""
        found = []
        for one in arguments:
            if not isinstance(one, Area):
                found.append(self._number(one))
                continue
            self._visit(one.size)
            for cell in one.cells():
                held = self._held(cell)
                if isinstance(held, ErrorCell | Uncalculated):
                    self._refuse(held)
                if isinstance(held, int | float | Decimal) and not isinstance(held, bool):
                    found.append(_exact(held))
        return found

    def _number(self, operand: Operand) -> Number:
        if isinstance(operand, Fraction):
            return operand
        if isinstance(operand, Area) and operand.size == 1:
            self._visit(1)
            held = self._held(next(operand.cells()))
            if held is None or held == "":
                return Fraction(0)
            if isinstance(held, ErrorCell | Uncalculated):
                self._refuse(held)
            if isinstance(held, int | float | Decimal):
                return _exact(held)
            if isinstance(held, str) and re.fullmatch(
                r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?|-?\d{1,20}(?:\.\d{1,20})?", held.strip(), re.ASCII
            ):
                return Fraction(held.strip().replace(",", ""))
        raise Cannot(_("公式引用的内容不是数字。"))

    def _refuse(self, held: ErrorCell | Uncalculated) -> None:
        if isinstance(held, ErrorCell):
            raise Cannot(_("公式引用的单元格是错误值 %(code)s。") % {"code": held.code})
        raise Cannot(held.why or _("公式引用的单元格没有结果。"))


def _exact(held: float | Decimal) -> Number:
    return _within(Fraction(repr(held)) if isinstance(held, float) else Fraction(held))


def _within(number: Number) -> Number:
    if abs(number.numerator) > MAX_NUMBER**2 or number.denominator > MAX_NUMBER:
        raise Cannot(_("公式中的数过大。"))
    return number


def _sum(numbers: Sequence[Number]) -> Number:
    return _within(sum(numbers, Fraction(0)))


_OVER: Mapping[str, Callable[[Sequence[Number]], Number]] = {
    "SUM": _sum,
    "MIN": lambda numbers: min(numbers, default=Fraction(0)),
    "MAX": lambda numbers: max(numbers, default=Fraction(0)),
}


def _rounded(number: Number, digits: Number, how: str) -> Number:
    """Round as spreadsheets do: halves away from zero; UP and DOWN from and towards zero."""
    if digits.denominator != 1 or not -20 <= digits <= 20:
        raise Cannot(_("公式无法识别。"))
    unit = Fraction(10) ** int(digits)
    whole, rest = divmod(abs(number) * unit, 1)
    if rest and (how == "ROUNDUP" or (how == "ROUND" and rest * 2 >= 1)):
        whole += 1
    return (-whole if number < 0 else Fraction(whole)) / unit
