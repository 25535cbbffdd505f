"""Signs papers with pyHanko: each signature is a visible field in an update of its own.

What was signed before stays as it is, byte for byte; whoever changes it breaks the signature.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from pyhanko.pdf_utils.content import ImportedPdfPage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from creditor_meetings.cases import clock
from voting.papers import identity, saying
from voting.papers.places import Place
from voting.papers.setting import set_paper

log = logging.getLogger(__name__)

TIMESTAMP_SECONDS = 10


@dataclass(frozen=True)
class Signatory:
    """Who signs, as what (in words), when (UTC), for which court."""

    name: str
    role: str
    at: datetime
    court: str


@dataclass(frozen=True)
class Finding:
    """What a signature in a file is found to be: of this installation, and of whole bytes."""

    name: str
    holds: bool


class _Drawn(ImportedPdfPage):
    """The first page of a PDF in memory, as what a signature shows."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(file_name="")
        self._pdf = pdf

    def render(self) -> bytes:
        """Bring the page into the writer and name it."""
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self._pdf)))
        self.resources.xobject["/Signature"] = page
        x1, y1, x2, y2 = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(x1 - x2), height=abs(y1 - y2))
        return b"/Signature Do"


_FILLING = SimpleBoxLayoutRule(x_align=AxisAlignment.ALIGN_MIN, y_align=AxisAlignment.ALIGN_MIN)


def sign(pdf: bytes, place: Place, number: int, who: Signatory) -> bytes:
    """Return the paper with one more signature, on its last page, in `place`."""
    try:
        return _sign(pdf, place, number, who, _timestamper())
    except TimestampRequestError as problem:
        # A signature without a timestamp is a signature; the server may be away for days.
        log.warning("a paper is signed without a timestamp: %s", problem)
        return _sign(pdf, place, number, who, None)


def _sign(
    pdf: bytes, place: Place, number: int, who: Signatory, timestamper: TimeStamper | None
) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    field_name = f"signature-{number}"
    meta = signers.PdfSignatureMetadata(
        field_name=field_name,
        name=who.name,
        reason=who.role,
        location=who.court,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    signer = signers.PdfSigner(
        meta,
        signer=_signer(),
        timestamper=timestamper,
        stamp_style=_stamp(place, who),
        new_field_spec=fields.SigFieldSpec(field_name, on_page=-1, box=place.box),
    )
    signed = BytesIO()
    signer.sign_pdf(writer, output=signed)
    return signed.getvalue()


def _signer() -> signers.SimpleSigner:
    own = identity.current()
    key = asn1_keys.PrivateKeyInfo.load(
        own.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    store = SimpleCertificateStore()
    store.register_multiple([_asn1(one) for one in own.chain])
    return signers.SimpleSigner(
        signing_cert=_asn1(own.certificate), signing_key=key, cert_registry=store
    )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _timestamper() -> TimeStamper | None:
    url = settings.TIMESTAMP_URL
    return HTTPTimeStamper(url, timeout=TIMESTAMP_SECONDS) if url else None


def _stamp(place: Place, who: Signatory) -> StaticStampStyle:
    """Draw the signature with the papers' own font: a file for keeping carries its fonts."""
    drawn = set_paper(
        "stamp",
        {
            "width": place.width,
            "height": place.height,
            "name": who.name,
            "size": 18 if len(who.name) <= 8 else 11,
            "role": who.role,
            "at": saying.time(clock.rfc3339(who.at)) + "（北京时间）",
            "note": f"电子签名　证书 {identity.current().fingerprint[:16]}",
        },
        who.at,
    )
    return StaticStampStyle(background=_Drawn(drawn), background_layout=_FILLING, border_width=0)


def findings(pdf: bytes) -> list[Finding]:
    """Check every signature of a paper against this installation's certificate."""
    trusted = ValidationContext(trust_roots=[_asn1(identity.current().certificate)])
    found = []
    for one in PdfFileReader(BytesIO(pdf)).embedded_signatures:
        status = validate_pdf_signature(one, trusted)
        name = str(one.sig_object.get("/Name", ""))
        found.append(Finding(name, bool(status.bottom_line)))
    return found
