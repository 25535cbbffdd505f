"""Office files become PDFs by LibreOffice, where it is installed.

What it is given was cleaned before (`containers.clean`). It runs without a window, with a
profile of its own that lives as long as one file, with macros off and links unfollowed, without
a network where the system can take it away, and with limits of time, memory and disk.
"""

import os
import shutil
import signal
import subprocess  # nosec B404
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from urllib.request import pathname2url

from django.conf import settings

from creditor_meetings.cases.files import office_process
from creditor_meetings.cases.files.opening import Failed

SECONDS = 240
"""Seconds that one file may take."""

_ONE_AT_A_TIME = threading.Lock()

_FILTERS = {
    # format: (what reads it, what writes the PDF)
    "docx": ("MS Word 2007 XML", "writer_pdf_Export"),
    "xlsx": ("Calc MS Excel 2007 XML", "calc_pdf_Export"),
    "pptx": ("Impress MS PowerPoint 2007 XML", "impress_pdf_Export"),
}

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
%s</oor:items>
"""
_ITEM = (
    '<item oor:path="/org.openoffice.%s"><prop oor:name="%s" oor:op="fuse">'
    "<value>%s</value></prop></item>\n"
)
_WANTED = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Office.Common/Java", "Enable", "false"),
    # Nobody listens there: what would go to the network all the same goes nowhere.
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("Inet/Settings", "ooInetNoProxy", ""),
)


def program() -> str | None:
    """Return where LibreOffice is; None where it is not installed."""
    return shutil.which(settings.SOFFICE)


@cache
def _no_network() -> tuple[str, ...]:
    """What has to stand before a command for it to have no network; nothing where that fails."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    before = (unshare, "--net", "--map-root-user", "--")
    try:
        tried = subprocess.run(  # nosec B603
            [*before, "true"], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return before if tried.returncode == 0 else ()


def convert(path: Path, format_: str, output: Path) -> None:
    """Write the pages of a cleaned "docx", "xlsx" or "pptx" as a PDF. Raises `Failed`.

    The codes: "no_office" without LibreOffice, "too_heavy" over a limit, "not_converted".
    """
    soffice = program()
    if soffice is None:
        raise Failed("no_office")
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="office-") as place:
        directory = Path(place)
        source = directory / f"source.{format_}"
        # A link where it can be one: two hundred megabytes are not written twice.
        try:
            os.link(path, source)
        except OSError:
            shutil.copyfile(path, source)
        _write_profile(directory / "profile")
        _run([*_no_network(), *_command(soffice, format_, source, directory)], directory)
        made = directory / "out" / "source.pdf"
        if not made.is_file() or not made.stat().st_size:
            raise Failed("not_converted")
        shutil.move(made, output)


def _write_profile(profile: Path) -> None:
    (profile / "user").mkdir(parents=True)
    items = "".join(_ITEM % one for one in _WANTED)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS % items)


def _command(soffice: str, format_: str, source: Path, directory: Path) -> list[str]:
    reads, writes = _FILTERS[format_]
    return [
        sys.executable, "-I", office_process.__file__, soffice,
        f"-env:UserInstallation=file://{pathname2url(str(directory / 'profile'))}",
        "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
        "--nofirststartwizard",
        f"--infilter={reads}", "--convert-to", f"pdf:{writes}", "--outdir", str(directory / "out"),
        str(source),
    ]  # fmt: skip


def _run(command: list[str], directory: Path) -> None:
    process = subprocess.Popen(  # nosec B603
        command,
        cwd=directory,
        env={
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "LANG": "zh_CN.UTF-8",
            "SAL_USE_VCLPLUGIN": "svp",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed("too_heavy") from None
    finally:
        # soffice is a script that starts a program: the whole group goes.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
