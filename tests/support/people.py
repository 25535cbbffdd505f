"""The people of an installation under test, and how a test becomes one of them."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


@dataclass(frozen=True)
class Person:
    """A row of `manage.py demo --people`: who it is, the invitation, a session ready for use."""

    role: str
    name: str
    creditor: str
    link: str
    sessionid: str

    @property
    def path(self) -> str:
        """The invitation's address below the server's."""
        return urlsplit(self.link).path

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that make an HTTP client this person: `httpx.Client(cookies=…)`."""
        return {"sessionid": self.sessionid}


class People(list[Person]):
    """Everybody of an installation, in the order of the file."""

    @classmethod
    def read(cls, path: Path) -> "People":
        """Read the file that `manage.py demo --people` wrote."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            return cls(Person(**row) for row in csv.DictReader(file))

    def all(self, role: str) -> list[Person]:
        """Everybody of a role."""
        return [person for person in self if person.role == role]

    def one(self, role: str, number: int = 0) -> Person:
        """The first of a role, or the one of that number."""
        found = self.all(role)
        if len(found) <= number:
            roles = sorted({person.role for person in self})
            raise LookupError(f"no person {number} with the role {role}; the roles are {roles}")
        return found[number]


def sign_in(context: "BrowserContext", url: str, person: Person | str) -> None:
    """Make a browser context a person's (or, given a session id, that session's) at a server."""
    context.add_cookies(
        [
            {
                "name": "sessionid",
                "value": person if isinstance(person, str) else person.sessionid,
                "url": url,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )
