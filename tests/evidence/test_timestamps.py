"""Timestamps from a real authority: `openssl ts` behind a small HTTP server."""

import io
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import transaction

from creditor_meetings.meetings import record
from creditor_meetings.meetings.models import Meeting
from tests.evidence.forging import Forgery
from tests.support import world
from voting import book
from voting.evidence import bundle, timestamps
from voting.models import HeadTimestamp, Occasion, SignedHead

CONFIG = """
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {0}/serial
crypto_device = builtin
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """A timestamp authority of the tests' own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.broken = False
        self.asked = 0
        (directory / "serial").write_text("01")
        (directory / "tsa.cnf").write_text(CONFIG.format(directory))
        self._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=TSA",
            "-addext", "extendedKeyUsage=critical,timeStamping", "-addext",
            "keyUsage=critical,digitalSignature", "-keyout", "tsa.key", "-out", "tsa.pem",
        )  # fmt: skip
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                answer = authority.answer(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsr"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, query: bytes) -> bytes:
        """Sign a query as openssl does; when broken answer what is no timestamp of it."""
        self.asked += 1
        if self.broken:
            return b"no timestamp"
        (self.directory / "query.tsq").write_bytes(query)
        self._openssl(
            "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "answer.tsr"
        )
        return (self.directory / "answer.tsr").read_bytes()

    def _openssl(self, *arguments: str) -> str:
        done = subprocess.run(
            ["openssl", *arguments],
            cwd=self.directory, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def verify(self, digest: str, token: bytes) -> str:
        """Have openssl check a token against the authority's certificate."""
        (self.directory / "token.tsr").write_bytes(token)
        return self._openssl(
            "ts", "-verify", "-digest", digest, "-in", "token.tsr", "-CAfile", "tsa.pem"
        )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """The authority of these tests."""
    made = Authority(tmp_path_factory.mktemp("tsa"))
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def meeting(db: None, authority: Authority, settings: SimpleNamespace) -> Meeting:
    """A meeting with something on its record, at an installation that has an authority."""
    settings.TIMESTAMP_URL = authority.url
    authority.broken = False
    made = world.make_meeting(world.make_case())
    note(made)
    return made


def note(meeting: Meeting) -> None:
    """Write something on record."""
    with transaction.atomic():
        record.write(meeting, "question", {"question": 1, "text": "？"})


def sign(meeting: Meeting) -> SignedHead:
    """Sign the ledger's head."""
    with transaction.atomic():
        head = book.sign_head(meeting, Occasion.POLL_CLOSED)
    assert head is not None
    return head


def test_each_signed_head_gets_its_timestamp_after_the_commit(
    meeting: Meeting, authority: Authority, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        head = sign(meeting)
        assert not HeadTimestamp.objects.exists()
    kept = HeadTimestamp.objects.get(head=head)
    assert kept.authority == authority.url
    authority.verify(timestamps.digest_of(head).hex(), bytes(kept.token))


def test_what_failed_is_tried_again(
    meeting: Meeting, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    head = sign(meeting)
    authority.broken = True
    assert timestamps.fetch_missing() == 0
    assert "no timestamp of head" in caplog.text
    authority.broken = False
    note(meeting)
    later = sign(meeting)
    assert timestamps.fetch_missing() == 2
    assert {one.head_id for one in HeadTimestamp.objects.all()} == {head.pk, later.pk}
    assert timestamps.fetch_missing() == 0


def test_no_server_is_asked_where_none_is_named(
    meeting: Meeting, authority: Authority, settings: SimpleNamespace
) -> None:
    settings.TIMESTAMP_URL = ""
    before = authority.asked
    sign(meeting)
    assert timestamps.fetch_missing() == 0
    assert authority.asked == before


def test_the_bundle_holds_the_token_and_the_verifier_reads_it(
    meeting: Meeting, authority: Authority, verifier: SimpleNamespace
) -> None:
    head = sign(meeting)
    assert timestamps.fetch_missing() == 1
    made = io.BytesIO()
    bundle.write(meeting, made)
    report = verifier.verify(io.BytesIO(made.getvalue()), "en")
    assert report.problems == []
    (line,) = [one for one in report.lines if "openssl ts -verify" in one]
    digest = line.partition("-digest ")[2].split()[0]
    forged = Forgery(made.getvalue())
    name = f"timestamps/{head.size}.tsr"
    authority.verify(digest, forged.files[name])

    note(meeting)
    sign(meeting)
    assert timestamps.fetch_missing() == 1
    other = HeadTimestamp.objects.exclude(head=head).get()
    forged.files[name] = bytes(other.token)
    found = verifier.verify(io.BytesIO(forged.bundle()), "en").problems
    assert f"signed head of {head.size} entries: the timestamp is of something else" in found
    forged.files[name] = bytes(other.token)[:100]
    found = verifier.verify(io.BytesIO(forged.bundle()), "en").problems
    assert any(one.startswith(f"{name}: unreadable") for one in found)
