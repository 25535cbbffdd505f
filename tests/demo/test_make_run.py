"""`make run` on a copy of the source, with a bare environment and, where it can, a plain user."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.databases import end, free_port, wait_until
from tests.support.servers import ROOT

PARTS = (
    "Makefile", "manage.py", "requirements.txt", "requirements-dev.txt",
    "creditor_meetings", "documents", "voting", "static", "templates", "locale",
)  # fmt: skip
ROLES = {
    "administrator", "judge", "clerk", "creditor", "proxy", "debtor", "employees", "observer",
}  # fmt: skip


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a directory that a plain user can reach; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="make-run-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def tree(place: Path) -> Path:
    """Copy the source, with a .venv of its own that finds the libraries already installed.

    Never a link to ours: `make` may clear a .venv that does not suit it.
    """
    copy = place / "source"
    copy.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / part).exists():
            shutil.copy(ROOT / part, copy / part)
    venv.create(copy / ".venv", symlinks=True, with_pip=False)
    here = sysconfig.get_path("purelib")
    (own,) = (copy / ".venv" / "lib").glob("python*/site-packages")
    (own / "shared.pth").write_text(f"{here}\n")
    installed = copy / ".venv" / "installed"
    installed.mkdir()
    shutil.copy(ROOT / "requirements.txt", installed)
    return copy


def _plain_user(tree: Path) -> list[str]:
    """Return what runs a command as nobody, if we are root and nobody can reach Python."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        return []
    nobody = pwd.getpwnam("nobody")
    become = [
        setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
    ]  # fmt: skip
    for path in (tree, *tree.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    reached = subprocess.run(
        [*become, ".venv/bin/python", "-m", "pip", "--version"],
        cwd=tree,
        env={"PATH": os.environ["PATH"], "HOME": str(tree)},
        capture_output=True,
        check=False,
    )
    return become if reached.returncode == 0 else []


def test_it_starts_prints_a_link_a_role_and_starts_again_as_it_was(tree: Path) -> None:
    become = _plain_user(tree)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tree)}
    visitor = httpx.Client(timeout=30)
    # The first is killed as by a power cut, right after somebody came in; the second goes on.
    first = _start(
        tree, become, environment, visit=lambda url, links: _come_in(visitor, url, links)
    )
    second = _start(tree, become, environment, visit=lambda url, _links: _is_in(visitor, url))
    assert set(first) == set(second) == ROLES
    assert not set(first.values()) & set(second.values()), "each start prints fresh links"


def _come_in(visitor: httpx.Client, url: str, links: dict[str, str]) -> bool:
    """Use the creditor's invitation, and sign in to the meeting; what is told is kept."""
    page = visitor.get(url + links["creditor"])
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[0]
    entered = visitor.post(
        url + links["creditor"], data={"csrfmiddlewaretoken": token}, headers={"Origin": url}
    )
    assert entered.status_code in (302, 303), entered.text
    assert visitor.get(f"{url}/meetings/demo/").status_code == 200
    return True


def _is_in(visitor: httpx.Client, url: str) -> bool:
    """Look whether who came in before the crash still is, and the used link is used."""
    assert visitor.get(f"{url}/meetings/demo/").status_code == 200
    return False


def _start(
    tree: Path,
    become: list[str],
    environment: dict[str, str],
    *,
    visit: Callable[[str, dict[str, str]], bool],
) -> dict[str, str]:
    """Run it until it serves, look at a page, interrupt it; return the links it printed.

    `visit(url, links)` says whether it is to be killed instead.
    """
    port = free_port()
    log = tree.parent / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*become, "make", "run", f"PORT={port}"], cwd=tree, env=environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:

        def ready() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(ready, seconds=600, what="the server", every=0.2)
        printed = log.read_text()
        links = dict(re.findall(rf"http://(\w+)\.localhost:{port}(/invite/[\w-]+/)", printed))
        for path in links.values():
            assert httpx.get(f"http://127.0.0.1:{port}{path}", timeout=30).status_code == 200
        assert f"http://127.0.0.1:{port}/" in printed
        if visit(f"http://127.0.0.1:{port}", links):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        end(process, signal.SIGTERM)
    return links
