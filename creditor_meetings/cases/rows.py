"""Many rows at once, beside the ORM: for what is written while thousands of people wait.

Tables and columns are named by our own code alone. JSON goes in, and comes out, as its text.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

# After each statement a thread waits for the interpreter again, while others use it: a batch is few
# statements. The same number of rows each time, so that the driver keeps the statement prepared.
ROWS_A_STATEMENT = 1_000

Row = Sequence[Any]


def insert(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows inside the present transaction; every constraint and trigger holds as ever.

    Raises the ORM's exceptions.
    """
    if not rows:
        return
    named = ", ".join(f'"{one}"' for one in columns)
    if connection.vendor == "postgresql":
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f'COPY "{table}" ({named}) FROM STDIN') as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    # One statement for many rows: in between the driver would let other threads have the
    # interpreter, and wait for it again, at every row.
    one = f"({', '.join('?' * len(columns))})"
    connection.ensure_connection()
    with connection.wrap_database_errors:
        variables = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        together = max(1, min(ROWS_A_STATEMENT, variables // len(columns)))
        for start in range(0, len(rows), together):
            some = rows[start : start + together]
            values = ", ".join([one] * len(some))
            connection.connection.execute(
                f'INSERT INTO "{table}" ({named}) VALUES {values}',  # nosec B608
                [value for row in some for value in row],
            )


def select(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query; see `among` for lists."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def execute(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Carry out a statement and return how many rows it concerned."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def among(column: str) -> str:
    """Write the condition that a column is one of a list, which is one parameter (`listed`).

    However long the list, it is the same statement.
    """
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)"
    return f"{column} IN (SELECT value FROM json_each(%s))"  # nosec B608


def listed(values: Iterable[int] | Iterable[str]) -> Any:
    """Return the parameter that stands for a list of numbers or of texts in `among`."""
    if connection.vendor == "postgresql":
        return list(values)
    return connection.ops.adapt_json_value(list(values), None)


def read_json(text: Any) -> Any:
    """Read the JSON of a column that `select` returned."""
    return json.loads(text)


def moment(at: datetime) -> Any:
    """Return a moment as `insert` takes it."""
    return connection.ops.adapt_datetimefield_value(at)
