"""Who hears what: open rooms by audience, so that a word to one person touches one socket."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Hearer(Protocol):
    """Whatever belongs to some audiences."""

    audiences: frozenset[str]


Hearing = TypeVar("Hearing", bound=Hearer)


class Audiences(dict[str, "Hearing | set[Hearing]"]):
    """The members of each audience.

    Most audiences have one member in ten thousand, hence a member alone stands there without a
    set of its own.
    """

    def enter(self, one: Hearing) -> None:
        """Let one hear what goes to its audiences."""
        for name in one.audiences:
            found = self.get(name)
            if found is None:
                self[name] = one
            elif isinstance(found, set):
                found.add(one)
            elif found is not one:
                self[name] = {found, one}

    def leave(self, one: Hearing) -> None:
        """Let one hear nothing any more."""
        for name in one.audiences:
            found = self.get(name)
            if found is one:
                del self[name]
            elif isinstance(found, set):
                found.discard(one)
                if not found:
                    del self[name]

    def of(self, name: str) -> list[Hearing]:
        """Return who is in an audience now; a copy, since hearing may end while it is told."""
        found = self.get(name)
        if found is None:
            return []
        return list(found) if isinstance(found, set) else [found]

    def of_any(self, names: Iterable[str]) -> list[Hearing]:
        """Return who is in any of the audiences, each once."""
        several = list(names)
        if len(several) == 1:
            return self.of(several[0])
        return list({one: None for name in several for one in self.of(name)})
