"""How papers of the court say times, shares and amounts: in Chinese, China's time, exact."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from creditor_meetings.cases.money import fen, yuan_grouped

ZONE = ZoneInfo("Asia/Shanghai")


def moment(text: str) -> datetime:
    """Read a time of the ledger (RFC 3339)."""
    return datetime.fromisoformat(text)


def time(text: str | None) -> str:
    """Say a time of the ledger as a table holds it: 2026-11-24 14:30:05."""
    return moment(text).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S") if text else "—"


def day(at: datetime) -> str:
    """Say a day and the minute in words: 2026年11月24日14时30分."""
    local = at.astimezone(ZONE)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02d}分"


def amount(yuan: Any) -> str:
    """Group an amount of the ledger for people; what is none stays as it is."""
    try:
        return yuan_grouped(fen(str(yuan)))
    except ValueError:
        return str(yuan)


def share(part: int, whole: int) -> str:
    """Say a part of a whole with two decimals, rounded half up; for reading only."""
    if not whole:
        return "—"
    hundredths = (2 * 10_000 * part + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def lines(text: str) -> list[str]:
    """Split what somebody wrote into paragraphs."""
    return [line.strip() for line in text.splitlines() if line.strip()]
