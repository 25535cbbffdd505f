"""A Janus of the tests' own: what deploy/ ships, on free ports of this machine."""

import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.databases import end, free_port, wait_until

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "janus"
SECRETS = {
    "JANUS_API_SECRET": "api-secret-of-the-tests",
    "JANUS_TOKEN_SECRET": "token-secret-of-the-tests",
    "JANUS_ADMIN_KEY": "admin-key-of-the-tests",
}


class Janus:
    """One Janus process; can be ended and started again on the same port."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._configure()

    @property
    def url(self) -> str:
        """Where it speaks."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """What makes a server use it."""
        return {"VIDEO_ENGINE": "janus", "JANUS_URL": self.url, **SECRETS}

    def _configure(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        plugins = Path("/usr/lib").glob("*/janus/plugins")
        base = next(plugins).parent
        first = 30_000 + self.port % 250 * 100  # the media's ports, apart from other runs'
        changes = {
            "REPLACE-API-SECRET": SECRETS["JANUS_API_SECRET"],
            "REPLACE-TOKEN-SECRET": SECRETS["JANUS_TOKEN_SECRET"],
            "REPLACE-ADMIN-KEY": SECRETS["JANUS_ADMIN_KEY"],
            "/usr/lib/x86_64-linux-gnu/janus": str(base),
            "/etc/janus": str(self.directory),
            "ws_port = 8188": f"ws_port = {self.port}",
            "20000-20999": f"{first}-{first + 99}",
            # Loopback must be named; all the tests' browsers are on it.
            '#ice_enforce_list = "eth0"': 'ice_enforce_list = "lo"',
            # Chromium gives names for its addresses unless it may use the camera.
            "ignore_mdns = true": "ignore_mdns = false",
        }
        for shipped in SHIPPED.glob("*.jcfg"):
            text = shipped.read_text()
            for old, new in changes.items():
                text = text.replace(old, new)
            (self.directory / shipped.name).write_text(text)

    def log(self) -> str:
        """What it said so far, without colours."""
        path = self.directory / "janus.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return re.sub(r"\x1b\[[0-9;]*m", "", text)

    def start(self) -> None:
        """Start it and wait until it listens."""
        with (self.directory / "janus.log").open("ab") as log:
            self.process = subprocess.Popen(
                [shutil.which("janus") or "janus", "-F", str(self.directory), "-o"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        try:
            wait_until(self._listens, seconds=60, what="Janus", every=0.05)
        except TimeoutError:
            raise RuntimeError(f"Janus does not listen:\n{self.log()[-3000:]}") from None

    def _listens(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"Janus ended:\n{self.log()[-3000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """End it, as a crash does if it does not end by itself."""
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            try:
                end(process, signal.SIGTERM)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self) -> None:
        """End it as a crash does."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def __enter__(self) -> "Janus":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        print(f"--- Janus, last lines ---\n{self.log()[-3000:]}")


@pytest.fixture(scope="session")
def janus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    """One Janus for tests that leave it running."""
    if shutil.which("janus") is None:
        pytest.fail("Janus is missing: apt-get install janus")
    with Janus(tmp_path_factory.mktemp("janus")) as running:
        yield running


@pytest.fixture
def start_janus(tmp_path: Path) -> Iterator[Callable[[], Janus]]:
    """Start a Janus that the test may end."""
    with ExitStack() as running:
        yield lambda: running.enter_context(Janus(tmp_path / "janus"))
