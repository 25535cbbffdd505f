"""Timestamps of signed heads by an authority of its own (可信时间戳, RFC 3161).

Asked for after each signed head, in the background, where `TIMESTAMP_URL` names a server. Nobody
waits for it, and what fails is tried again with the next head or the next bundle.
"""

import hashlib
import logging
import secrets
import urllib.request
from datetime import datetime

from asn1crypto import algos, tsp
from django.conf import settings
from django.db import IntegrityError, transaction

from creditor_meetings.cases.sending import in_background
from voting.ledger import canonical, signing
from voting.models import HeadTimestamp, SignedHead

log = logging.getLogger(__name__)

SECONDS = 15
LARGEST_ANSWER = 256 * 1024
AT_ONCE = 20
"""Heads whose timestamp is asked for in one go."""


class BadTimestamp(Exception):
    """The server's answer is no timestamp of this head."""


def fetch_later() -> None:
    """Ask for the timestamps that are missing once the present transaction holds."""
    if settings.TIMESTAMP_URL:
        transaction.on_commit(lambda: in_background(fetch_missing))


def fetch_missing() -> int:
    """Ask for the timestamps that are missing, oldest first; return how many came.

    A server that does not answer, or not rightly, is logged and left for the next time.
    """
    if not settings.TIMESTAMP_URL:
        return 0
    came = 0
    for head in SignedHead.objects.filter(timestamp=None).order_by("pk")[:AT_ONCE]:
        try:
            answer = _ask(settings.TIMESTAMP_URL, digest_of(head))
        except (OSError, ValueError, BadTimestamp) as problem:
            log.warning("no timestamp of head %s from %s: %s", head.pk, _server(), problem)
            break
        came += _keep(head, *answer)
    return came


def digest_of(head: SignedHead) -> bytes:
    """Return what a head's timestamp is of: the SHA-256 of the statement that was signed."""
    statement = signing.head_statement(head.meeting_id, head.size, head.root, head.head, head.at)
    return hashlib.sha256(canonical.encode(statement)).digest()


def _server() -> str:
    # Without what may be a user's name and password.
    return str(settings.TIMESTAMP_URL).rpartition("@")[2]


def _ask(url: str, digest: bytes) -> tuple[bytes, datetime]:
    if not url.startswith(("http://", "https://")):
        raise ValueError("TIMESTAMP_URL should begin with http:// or https://")
    nonce = secrets.randbits(63)
    query = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": tsp.MessageImprint(
                {
                    "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                    "hashed_message": digest,
                }
            ),
            "nonce": nonce,
            "cert_req": True,
        }
    )
    request = urllib.request.Request(
        url, query.dump(), {"Content-Type": "application/timestamp-query"}
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # nosec B310
        answer = response.read(LARGEST_ANSWER + 1)
    if len(answer) > LARGEST_ANSWER:
        raise BadTimestamp("the answer is too long")
    return answer, _checked(answer, digest, nonce)


def _checked(answer: bytes, digest: bytes, nonce: int) -> datetime:
    response = tsp.TimeStampResp.load(answer, strict=True)
    status = response["status"]["status"].native
    if status not in ("granted", "granted_with_mods"):
        raise BadTimestamp(f"the server answered {status}")
    info = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise BadTimestamp("the timestamp is of another kind of hash")
    if imprint["hashed_message"].native != digest or info["nonce"].native != nonce:
        raise BadTimestamp("the timestamp is of something else")
    at: datetime = info["gen_time"].native
    return at


def _keep(head: SignedHead, token: bytes, at: datetime) -> bool:
    try:
        with transaction.atomic():
            HeadTimestamp.objects.create(head=head, authority=_server()[:300], at=at, token=token)
    except IntegrityError:
        # Another process asked at the same moment and came first.
        return False
    return True
