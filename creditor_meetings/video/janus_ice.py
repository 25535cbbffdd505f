"""The servers that help a browser's media through firewalls (STUN, TURN), with credentials."""

import base64
import hashlib
import hmac
import time
from typing import Any

from django.conf import settings


def ice_servers(person_id: int) -> list[dict[str, Any]]:
    """Return what `RTCPeerConnection` takes; TURN's credentials expire (coturn's REST scheme)."""
    plain = [url for url in settings.TURN_URLS if not url.startswith("turn")]
    relays = [url for url in settings.TURN_URLS if url.startswith("turn")]
    servers: list[dict[str, Any]] = [{"urls": plain}] if plain else []
    if relays:
        user = f"{int(time.time()) + settings.TURN_SECONDS}:{person_id}"
        signed = hmac.digest(settings.TURN_SECRET.encode(), user.encode(), hashlib.sha1)
        credential = base64.b64encode(signed).decode()
        servers.append({"urls": relays, "username": user, "credential": credential})
    return servers
