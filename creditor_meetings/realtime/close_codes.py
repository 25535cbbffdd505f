"""Closing a socket with the codes that the protocol reserves for a server.

1008: it refuses; 1012: it restarts, come again. The library under Daphne lets an application close
with 1000 and 3000 to 4999 only, and fails on these, so that the client would learn of an internal
error (1011), or of a line that broke, instead.
"""

from daphne.ws_protocol import WebSocketProtocol

POLICY_VIOLATION = 1008
RESTARTING = 1012

_CODES = frozenset({POLICY_VIOLATION, RESTARTING})


def allow_codes_of_servers() -> None:
    """Let `websocket.close` carry them in this process."""
    if getattr(WebSocketProtocol.serverClose, "carries_them", False):
        return
    close = WebSocketProtocol.serverClose

    def server_close(self: WebSocketProtocol, code: int | None = None) -> None:
        if code in _CODES and self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code, isReply=False)
        else:
            close(self, code)

    server_close.carries_them = True  # type: ignore[attr-defined]
    WebSocketProtocol.serverClose = server_close
