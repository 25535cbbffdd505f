"""The certificate with which this installation signs papers, and its key.

Made on first use below DATA_DIR (mode 0600), self-signed; an own one by SIGNING_CERTIFICATE
and SIGNING_KEY takes its place.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from creditor_meetings.cases import clock

VALID = timedelta(days=3650)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, and the certificates that lead to its issuer's root."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, by which people compare it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def current() -> Identity:
    """Return what the installation signs papers with.

    Raises `ImproperlyConfigured`, naming the setting, when its own certificate cannot be used.
    """
    if settings.SIGNING_CERTIFICATE or settings.SIGNING_KEY:
        return _configured(settings.SIGNING_CERTIFICATE, settings.SIGNING_KEY)
    return _kept(Path(settings.DATA_DIR) / "paper_signing.pem")


@cache
def _configured(certificate: str, key: str) -> Identity:
    if not (certificate and key):
        raise ImproperlyConfigured("SIGNING_CERTIFICATE and SIGNING_KEY are set together")
    certificates = _certificates(certificate)
    return _checked(certificates, _key(_content("SIGNING_KEY", key), f"SIGNING_KEY={key}"))


def _certificates(path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_content("SIGNING_CERTIFICATE", path))
    except ValueError:
        raise ImproperlyConfigured(
            f"SIGNING_CERTIFICATE={path}: not a PEM file of certificates, the signer's first"
        ) from None


def _content(setting: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ImproperlyConfigured(f"{setting}={path}: {error.strerror}") from None


def _key(pem: bytes, place: str) -> Key:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise ImproperlyConfigured(f"{place}: not a PEM private key without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ImproperlyConfigured(f"{place}: RSA or ECDSA is needed")
    return key


def _checked(certificates: list[x509.Certificate], key: Key) -> Identity:
    first, *rest = certificates
    if first.public_key() != key.public_key():
        raise ImproperlyConfigured("SIGNING_KEY is not the key of SIGNING_CERTIFICATE")
    if not first.not_valid_before_utc <= clock.now() <= first.not_valid_after_utc:
        raise ImproperlyConfigured(
            f"SIGNING_CERTIFICATE is valid only until {first.not_valid_after_utc:%Y-%m-%d}"
        )
    return Identity(first, key, tuple(rest))


@cache
def _kept(path: Path) -> Identity:
    # One file, so that certificate and key always fit; of two processes that start at once
    # the link fails for the second, who then reads what the first one put in place.
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(_made())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    content = path.read_bytes()
    return Identity(x509.load_pem_x509_certificate(content), _key(content, str(path)))


def _made() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    now = clock.now()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "网络债权人会议"),
            x509.NameAttribute(
                NameOID.COMMON_NAME, urlsplit(settings.PUBLIC_URL).hostname or "localhost"
            ),
        ]
    )
    usage = dict.fromkeys(
        (
            "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
            "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
