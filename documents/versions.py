"""Versions (版本) of a document: which came before which, and what each person knows of that.

Each version is a document of its own. What only the team has yet is a version to the team
alone: to the others the next one is the next that was handed out.
"""

from collections.abc import Iterable

from documents.models import Document


class Versions:
    """The documents of one meeting, as a chain each."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._by_id = {one.pk: one for one in documents if one.removed_at is None}
        self._after = {
            one.replaces_id: one for one in self._by_id.values() if one.replaces_id is not None
        }

    def next(self, document: Document) -> Document | None:
        """The version that follows, handed out or not."""
        return self._after.get(document.pk)

    def newest(self, document: Document) -> Document:
        """The last version, handed out or not."""
        while (after := self.next(document)) is not None:
            document = after
        return document

    def earlier(self, document: Document) -> list[Document]:
        """The versions before this one, the latest first."""
        found = []
        while (before := self._by_id.get(document.replaces_id or 0)) is not None:
            found.append(before)
            document = before
        return found

    def replaces(self, document: Document) -> Document | None:
        """The version before this one, as far as whoever may see this one may see it."""
        for one in self.earlier(document):
            if one.handed_out_at is not None or document.handed_out_at is None:
                return one
        return None

    def replaced_by(self, document: Document) -> Document | None:
        """The next version that everybody has."""
        after = self.next(document)
        while after is not None and after.handed_out_at is None:
            after = self.next(after)
        return after

    def lines(self, shown: Iterable[Document]) -> list[tuple[Document, list[Document]]]:
        """Each newest one of those shown, and the earlier ones among them, the latest first."""
        known = {one.pk: one for one in shown}
        earlier = {
            pk: [before for before in self.earlier(one) if before.pk in known]
            for pk, one in known.items()
        }
        older = {before.pk for found in earlier.values() for before in found}
        return [(one, earlier[pk]) for pk, one in known.items() if pk not in older]


def of(meeting_id: int) -> Versions:
    """Return the versions of a meeting's documents."""
    return Versions(Document.objects.filter(meeting=meeting_id, removed_at__isnull=True))
