"""How often somebody may guess: wrong codes, confirmations and links, an address and in all.

Each code and each link has five tries of its own (`codes`, `acceptance`); here is what stops
somebody who tries one of each, or many, from one network address or from a thousand. Right
answers count nowhere, so that a courtroom behind one address, or ten thousand creditors on one
morning, come in. Counts stand in the cache: one process's own, or Redis for all of them.
"""

import ipaddress
import time
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from creditor_meetings.cases import security_log
from creditor_meetings.cases.errors import Refused

QUARTER = 15 * 60
DAY = 24 * 3600


@dataclass(frozen=True)
class Limit:
    """At most `most` wrong tries within `seconds`."""

    most: int
    seconds: int


# With five tries a code and one in 200,000 a try, the day's limit leaves an address one chance in
# 400 a day to guess any code at all, of however many people.
ADDRESS_LIMITS = (Limit(100, QUARTER), Limit(500, DAY))
# From a thousand addresses at once; far beyond what creditors mistype when a meeting begins.
GLOBAL_LIMITS = (Limit(3000, QUARTER),)
# Messages cost money and their receivers' patience.
SENT_LIMITS = (Limit(20_000, QUARTER), Limit(200_000, DAY))


def network_of(address: str) -> str:
    """Return whom an address stands for: of IPv6 a household has 2^64, hence its network.

    >>> network_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def require(what: str, address: str) -> None:
    """Refuse who guessed too often: `what` is guessed, from a network address."""
    network = network_of(address)
    if any(_count(what, network, limit) >= limit.most for limit in ADDRESS_LIMITS):
        security_log.warn(f"too many wrong tries at a {what}", address)
        raise Refused(
            "too_many_requests",
            _("从您的网络核对失败的次数过多，请过一刻钟再试；着急请联系管理人。"),
        )
    if any(_count(what, "", limit) >= limit.most for limit in GLOBAL_LIMITS):
        security_log.warn(f"too many wrong tries at any {what}", address)
        raise Refused(
            "too_many_requests",
            _("系统正受到大量错误尝试，暂停核对，请过一刻钟再试；您的链接和账号不受影响。"),
        )


def wrong(what: str, address: str) -> None:
    """Count a wrong try."""
    security_log.warn(f"a wrong try at a {what}", address)
    network = network_of(address)
    for limit in ADDRESS_LIMITS:
        _add(what, network, limit)
    for limit in GLOBAL_LIMITS:
        _add(what, "", limit)


def sent(what: str) -> None:
    """Count a message that goes out to whoever asked. Raises `Refused` when there are too many."""
    for limit in SENT_LIMITS:
        if _add(f"sent {what}", "", limit) > limit.most:
            raise Refused(
                "too_many_requests", _("系统正收到大量获取验证码的请求，请过一刻钟再试。")
            )


def _key(what: str, network: str, limit: Limit) -> str:
    window = int(time.time()) // limit.seconds
    return f"tries:{what}:{network}:{limit.seconds}:{window}".replace(" ", "_")


def _count(what: str, network: str, limit: Limit) -> int:
    return int(cache.get(_key(what, network, limit), 0))


def _add(what: str, network: str, limit: Limit) -> int:
    key = _key(what, network, limit)
    cache.add(key, 0, 2 * limit.seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # expired between the two
        return 1
