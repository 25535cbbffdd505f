"""Signatures: valid for whoever checks them, each in an update of its own, broken by any byte."""

import stat
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from tests.papers.conftest import Held
from voting.models import LedgerEntry, Paper
from voting.papers import identity, signing, store, verbs


@pytest.fixture
def paper(held: Held) -> Paper:
    """A version of the minutes that nobody signed."""
    return verbs.make_minutes(held.meeting, held.viewer("clerk"), "", names=False)


def sign_all(held: Held, paper: Paper) -> bytes:
    for who, role in (("judge", "chair"), ("clerk", "clerk"), ("administrator", "administrator")):
        verbs.sign_paper(held.meeting, paper.pk, role, held.viewer(who), address="192.0.2.7")
    return store.content(paper.signatures.order_by("-pk")[0].sha256)


def test_everybody_signs_and_every_signature_holds(held: Held, paper: Paper) -> None:
    signed = sign_all(held, paper)
    certificate = identity.current().certificate.public_bytes(serialization.Encoding.DER)
    trusted = ValidationContext(trust_roots=[asn1_x509.Certificate.load(certificate)])
    found = PdfFileReader(BytesIO(signed)).embedded_signatures
    assert [str(one.sig_object["/Name"]) for one in found] == ["沈静", "王小明", "林律师"]
    for one in found:
        status = validate_pdf_signature(one, trusted)
        assert status.intact
        assert status.valid
        assert status.trusted
        assert status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE"
    assert signed.startswith(store.content(paper.sha256))
    kinds = LedgerEntry.objects.filter(kind="paper_signed").order_by("position")
    bodies = [one.body for one in kinds]
    assert [one["person_name"] for one in bodies] == ["沈静", "王小明", "林律师"]
    assert bodies[-1]["sha256"] == paper.signatures.order_by("-pk")[0].sha256


def test_a_changed_byte_breaks_the_signatures(held: Held, paper: Paper) -> None:
    signed = sign_all(held, paper)
    assert all(one.holds for one in signing.findings(signed))
    # A byte of a stream in the part that all three signed.
    broken = bytearray(signed)
    broken[broken.index(b"stream") + 400] ^= 1
    assert not any(one.holds for one in signing.findings(bytes(broken)))


def test_signed_papers_are_still_for_keeping(held: Held, paper: Paper) -> None:
    root = PdfFileReader(BytesIO(sign_all(held, paper))).root
    about = root["/Metadata"].data.decode()
    assert 'pdfaid:part="3"' in about or "pdfaid:part>3<" in about
    form = root["/AcroForm"]
    assert "/NeedAppearances" not in form
    for reference in form["/Fields"]:
        field = reference.get_object()
        assert int(field["/F"]) & 4  # printed
        assert "/N" in field["/AP"]


def test_places_run_out(held: Held, paper: Paper) -> None:
    verbs.sign_paper(held.meeting, paper.pk, "chair", held.viewer("judge"))
    with pytest.raises(Refused, match="签名处已经用完"):
        verbs.sign_paper(held.meeting, paper.pk, "chair", held.viewer("administrator"))
    with pytest.raises(Refused, match="不能以这一身份"):
        verbs.sign_paper(held.meeting, paper.pk, "judge", held.viewer("clerk"))
    with pytest.raises(Refused, match="没有这份文书"):
        verbs.sign_paper(held.meeting, 987_654, "clerk", held.viewer("clerk"))


def test_the_key_is_the_owners_alone(settings: Any) -> None:
    made = identity.current()
    file = Path(settings.DATA_DIR) / "paper_signing.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    identity._kept.cache_clear()
    assert identity.current().fingerprint == made.fingerprint


def own_certificate(folder: Path, *, days: int = 10) -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "上海市第三中级人民法院")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "own.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "own.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "own.crt"), str(folder / "own.key")


def test_an_own_certificate_takes_its_place(
    held: Held, paper: Paper, settings: Any, tmp_path: Path
) -> None:
    settings.SIGNING_CERTIFICATE, settings.SIGNING_KEY = own_certificate(tmp_path)
    verbs.sign_paper(held.meeting, paper.pk, "clerk", held.viewer("clerk"))
    signed = store.content(paper.signatures.get().sha256)
    assert [one.holds for one in signing.findings(signed)] == [True]


def test_a_timestamp_server_that_is_away_stops_nobody(
    held: Held, paper: Paper, settings: Any
) -> None:
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    verbs.sign_paper(held.meeting, paper.pk, "clerk", held.viewer("clerk"))
    signed = store.content(paper.signatures.get().sha256)
    assert [one.holds for one in signing.findings(signed)] == [True]


def test_bad_settings_are_named(settings: Any, tmp_path: Path) -> None:
    certificate, _key = own_certificate(tmp_path)
    settings.SIGNING_CERTIFICATE, settings.SIGNING_KEY = certificate, ""
    with pytest.raises(ImproperlyConfigured, match="together"):
        identity.current()
    settings.SIGNING_KEY = str(tmp_path / "missing.key")
    with pytest.raises(ImproperlyConfigured, match=r"missing\.key"):
        identity.current()
    settings.SIGNING_KEY = certificate
    with pytest.raises(ImproperlyConfigured, match="not a PEM private key"):
        identity.current()
    settings.SIGNING_CERTIFICATE, settings.SIGNING_KEY = own_certificate(tmp_path, days=-5)
    identity._configured.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="valid only until"):
        identity.current()
