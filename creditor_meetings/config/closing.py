"""Let sockets be closed with 1008, policy violation (RFC 6455, 7.4.1).

Autobahn's public call takes 1000 and 3000 to 4999 only, and Daphne offers no other; its inner
call writes any code. The contract with clients names 1008 for repeated offences, and
tests/whole/test_frames.py fails should a later Daphne or Autobahn change beneath us.
"""

from daphne.ws_protocol import WebSocketProtocol

POLICY_VIOLATION = 1008


def allow_policy_violation() -> None:
    """Make Daphne's sockets close with 1008 when the application says so."""
    ordinary_close = WebSocketProtocol.serverClose

    def server_close(self: WebSocketProtocol, code: int | None = None) -> None:
        if code == POLICY_VIOLATION:
            self.sendCloseFrame(code=code)
        else:
            ordinary_close(self, code)

    WebSocketProtocol.serverClose = server_close
