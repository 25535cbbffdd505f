"""What a forger does to a bundle: with the archive, with the lines, with all that has no key."""

import hashlib
import io
import json
import zipfile
from typing import Any

from voting.ledger import canonical, tree


class Forgery:
    """A bundle taken apart, to be changed and put together again."""

    def __init__(self, bundle: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.lines = self.files["ledger.jsonl"].splitlines()

    def entries(self) -> list[dict[str, Any]]:
        """The ledger's entries."""
        return [json.loads(line) for line in self.lines]

    def first_of_each_kind(self) -> dict[str, int]:
        """The place (from 0) of a kind's first entry."""
        found: dict[str, int] = {}
        for place, entry in enumerate(self.entries()):
            found.setdefault(entry["kind"], place)
        return found

    def read(self, name: str) -> Any:
        """Read a JSON file of the bundle."""
        return json.loads(self.files[name])

    def put(self, name: str, value: Any) -> None:
        """Put a JSON file into the bundle."""
        self.files[name] = canonical.encode(value)

    def rehash(self, entries: list[dict[str, Any]]) -> None:
        """Chain the entries anew, as if they had always been so; sign nothing."""
        head, hashes = "", []
        self.lines = []
        for position, entry in enumerate(entries, start=1):
            hashed = {k: v for k, v in entry.items() if k != "entry_hash"}
            hashed.update(position=position, previous=head)
            head = canonical.digest(hashed)
            hashes.append(head)
            self.lines.append(canonical.encode({**hashed, "entry_hash": head}))
        seals = [one for one in self.read("seals.json") if one["first"] <= len(entries)]
        for one in seals:
            one["size"] = min(one["size"], len(entries) - one["first"] + 1)
            batch = hashes[one["first"] - 1 : one["first"] - 1 + one["size"]]
            one.update(root=tree.root(tree.grow([], 0, batch)), head=batch[-1])
        self.put("seals.json", seals)
        heads, before = [], 0
        for one in self.read("heads.json"):
            size = one["statement"]["size"]
            if size <= len(entries):
                root = tree.root(tree.grow([], 0, hashes[:size]))
                one["statement"].update(root=root, head=hashes[size - 1])
                proof = tree.consistency(hashes[:size], before)
                heads.append({**one, "consistency": {"from": before, "path": proof}})
                before = size
        self.put("heads.json", heads)

    def bundle(self, *, manifest: bool = True) -> bytes:
        """Put it together; with the manifest's hashes set right, or left as they were."""
        self.files["ledger.jsonl"] = b"".join(line + b"\n" for line in self.lines)
        if manifest:
            self._set_manifest_right()
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
        return made.getvalue()

    def _set_manifest_right(self) -> None:
        told = self.read("manifest.json")
        told["files"] = [
            {"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(self.files.items())
            if not name.startswith("manifest.")
        ]
        last = json.loads(self.lines[-1]) if self.lines else {}
        told["ledger"] = {"entries": len(self.lines), "head": last.get("entry_hash", "")}
        self.put("manifest.json", told)
