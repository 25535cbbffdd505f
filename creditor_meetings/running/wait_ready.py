"""`python -m creditor_meetings.running.wait_ready PORT`: waits until a process of ours serves.

For whoever starts processes one after the other. Exits 0 when it serves, 1 when it does not
within two minutes. The standard library alone, so that it starts at once.
"""

import sys
import time
import urllib.error
import urllib.request

SECONDS = 110


def wait(port: int, seconds: float = SECONDS) -> bool:
    """Ask `/readyz` on the loopback until it says so; False when that takes too long."""
    until, last = time.monotonic() + seconds, "no answer"
    while time.monotonic() < until:
        try:
            address = f"http://127.0.0.1:{port}/readyz"
            with urllib.request.urlopen(address, timeout=5) as answer:  # nosec B310
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError) as error:
            last = str(error)
        time.sleep(0.2)
    sys.stderr.write(f"port {port} does not serve after {seconds:.0f} s: {last}\n")
    return False


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    sys.exit(0 if wait(int(sys.argv[1])) else 1)
