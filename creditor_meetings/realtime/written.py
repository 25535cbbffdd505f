"""An answer that is written already: a mapping to whoever reads it, text to whoever sends it on."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any


class Written(Mapping[str, Any]):
    """A JSON object by its text; it is read only when somebody looks into it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.text)
        return values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Written({self.text!r})"
