"""What is used of Daphne, Autobahn and Twisted is their own: a new version is looked at first."""

import re
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.tcp import Connection

from creditor_meetings.realtime import transport

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements.txt"
LOOKED_AT = {"daphne": "4.2.3", "autobahn": "26.10.2", "twisted": "26.10.0"}


@pytest.mark.parametrize(("name", "looked_at"), LOOKED_AT.items())
def test_the_versions_are_those_that_were_looked_at(name: str, looked_at: str) -> None:
    pinned = re.search(rf"^{name}==(\S+)", REQUIREMENTS.read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned[1] == looked_at, "read realtime/transport.py beside the new version first"
    assert version(name) == looked_at


def test_nothing_is_missing() -> None:
    assert transport.missing() == []


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (Server, "create_application"),
        (WebSocketProtocol, "handle_reply"),
        (WebSocketProtocol, "serverSend"),
        (Connection, "dataBuffer"),
        (Connection, "offset"),
    ],
)
def test_what_is_not_as_it_was_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    owner = next(one for one in where.__mro__ if name in one.__dict__)
    monkeypatch.delattr(owner, name)
    monkeypatch.setattr(transport, "_installed", False)
    assert f"{where.__name__}.{name}" in transport.missing()
    kept = WebSocketProtocol.onClose
    assert not transport.install()
    assert WebSocketProtocol.onClose is kept


def test_a_protocol_of_another_kind_is_not_reached() -> None:
    assert transport.reach({}) is None
    strange = SimpleNamespace(state=3, transport=None)
    assert transport.reach({"extensions": {transport.EXTENSION: strange}}) is None
