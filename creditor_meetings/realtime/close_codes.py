"""Closing a socket with 1008, which the protocol reserves for a server that refuses.

The library under Daphne lets an application close with 1000 and 3000 to 4999 only, and fails
on 1008, so that the client would learn of an internal error (1011) instead.
"""

from daphne.ws_protocol import WebSocketProtocol

POLICY_VIOLATION = 1008


def allow_policy_violation() -> None:
    """Let `websocket.close` carry 1008 in this process."""
    if getattr(WebSocketProtocol.serverClose, "carries_1008", False):
        return
    close = WebSocketProtocol.serverClose

    def server_close(self: WebSocketProtocol, code: int | None = None) -> None:
        if code == POLICY_VIOLATION and self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code, isReply=False)
        else:
            close(self, code)

    server_close.carries_1008 = True  # type: ignore[attr-defined]
    WebSocketProtocol.serverClose = server_close
