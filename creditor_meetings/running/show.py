"""How the state of the installation looks to its operator: sentences, sizes, curves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases import build
from creditor_meetings.running import state
from creditor_meetings.running.models import BEAT

WIDTH, HEIGHT = 240, 48
"""The box of a curve (units of its own)."""


@dataclass(frozen=True)
class Tile:
    """A figure of the head: its name, value and unit, a word on it, and whether it is well."""

    name: str
    value: str
    unit: str = ""
    hint: str = ""
    kind: str = ""
    curve: str = ""
    says: str = ""
    """The curve in words, for who does not see it."""


@dataclass(frozen=True)
class Line:
    """Something to look at: what it is, how it is, and how well that is (ok, warn, bad, quiet)."""

    name: str
    text: str
    kind: str = "ok"
    word: str = ""


def page() -> dict[str, Any]:
    """Return what the page shows."""
    now = state.now()
    sums = now["sums"]
    return {
        "at": datetime.fromisoformat(now["at"]),
        "seconds": int(BEAT.total_seconds()),
        "tiles": _tiles(sums),
        "parts": _parts(now),
        "meetings": now["meetings"],
        "processes": [_process(one) for one in now["processes"]],
        "build": build.name(),
    }


def _tiles(sums: dict[str, Any]) -> list[Tile]:
    history = sums["history"]
    most = max(history["ballots"], default=0)
    slowest = max(history["lag"], default=0)
    return [
        Tile(_("在线连接"), number(sums["sockets"]), hint=_waiting_words(sums)),
        Tile(
            _("每秒选票"), number(sums["ballots_a_second"]),
            hint=_("已计 %(counted)s 张，退回 %(refused)s 张，排队 %(waiting)s 张")
            % {
                "counted": number(sums["ballots_counted"]),
                "refused": number(sums["ballots_refused"]),
                "waiting": number(sums["ballots_waiting"]),
            },
            kind="warn" if sums["ballots_waiting"] > 5000 else "",
            curve=curve(history["ballots"]),
            says=_("近五分钟每秒选票，最高 %(most)s") % {"most": number(most)},
        ),
        Tile(
            _("选票写入用时"), number(sums["commit_p95"]), _("毫秒"),
            hint=_("近一分钟，95% 的批次不超过此值"),
            kind="warn" if sums["commit_p95"] > 1000 else "",
        ),
        Tile(
            _("消息送达延迟"), number(sums["hub_lag"]), _("毫秒"),
            hint=_("近五秒，到最后一个连接"),
            kind="warn" if sums["hub_lag"] > 2000 else "",
            curve=curve(history["lag"]),
            says=_("近五分钟的延迟，最高 %(most)s 毫秒") % {"most": number(slowest)},
        ),
        Tile(
            _("近一小时错误"), number(sums["wrong_in_the_hour"]),
            hint=_("日志中的 ERROR 与 CRITICAL；详见日志"),
            kind="bad" if sums["wrong_in_the_hour"] else "",
        ),
    ]  # fmt: skip


def _waiting_words(sums: dict[str, Any]) -> str:
    return _("待入场 %(joining)s，处理中的操作 %(commands)s，因读取过慢断开 %(slow)s 次") % {
        "joining": number(sums["waiting_to_join"]),
        "commands": number(sums["commands_under_way"]),
        "slow": number(sums["dropped_slow"]),
    }


def _parts(now: dict[str, Any]) -> list[Line]:
    return [
        _database(now["database"]),
        _clock(now["database"]),
        _redis(now["redis"]),
        _disk(now["disk"]),
        _copy(now["copy"]),
        _messages(now["unsent"]),
    ]


def _database(told: dict[str, Any]) -> Line:
    slow = told["milliseconds"] > 200
    text = _("%(kind)s，应答 %(ms)s 毫秒") % {"kind": told["kind"], "ms": told["milliseconds"]}
    return Line(_("数据库"), text, "warn" if slow else "ok", _("较慢") if slow else _("正常"))


def _clock(told: dict[str, Any]) -> Line:
    text = _("与数据库相差 %(ms)s 毫秒；投票截止以数据库时间为准") % {"ms": number(told["offset"])}
    if told["off"]:
        return Line(_("时钟"), text, "warn", _("偏差过大"))
    return Line(_("时钟"), text, "ok", _("正常"))


def _redis(told: dict[str, Any] | None) -> Line:
    if told is None:
        return Line("Redis", _("未配置：只能运行一个服务进程"), "quiet", _("未使用"))
    if not told["answers"]:
        return Line("Redis", _("没有应答：表决照常，各进程间的消息约迟两秒"), "bad", _("中断"))
    return Line("Redis", _("应答 %(ms)s 毫秒") % {"ms": told["milliseconds"]}, "ok", _("正常"))


def _disk(told: dict[str, Any]) -> Line:
    text = _("剩余 %(size)s") % {"size": size(told["free"])}
    return Line(
        _("磁盘"), text, "bad" if told["few"] else "ok", _("空间不足") if told["few"] else _("正常")
    )


def _copy(told: dict[str, Any] | None) -> Line:
    if told is None:
        return Line(_("备份"), _("从未备份；请设置每日备份"), "bad", _("没有"))
    text = _("%(hours)s 小时前，%(files)s 个文件，%(size)s") % {
        "hours": told["hours"], "files": number(told["files"]), "size": size(told["size"]),
    }  # fmt: skip
    return Line(
        _("备份"), text, "warn" if told["old"] else "ok", _("过久") if told["old"] else _("正常")
    )


def _messages(told: dict[str, int]) -> Line:
    text = _("待发 %(waiting)s 条，失败 %(failed)s 条") % {
        "waiting": number(told["waiting"]), "failed": number(told["failed"]),
    }  # fmt: skip
    failed = told["failed"] > 0
    return Line(_("通知"), text, "warn" if failed else "ok", _("有失败") if failed else _("正常"))


def _process(one: dict[str, Any]) -> dict[str, Any]:
    figures = one["figures"]
    if one["lives"]:
        kind, word = "ok", _("运行中")
    elif one["ended"]:
        kind, word = "quiet", _("已正常结束")
    else:
        kind, word = "bad", _("失去联系")
    return {
        **one,
        "kind": kind,
        "word": word,
        "started_at": datetime.fromisoformat(one["started_at"]),
        "sockets": number(figures.get("sockets", 0)),
        "memory": size(figures.get("memory", 0)),
        "files": f"{number(figures.get('files', 0))} / {number(figures.get('most_files', 0))}",
        "files_scarce": figures.get("files", 0) > 0.8 * (figures.get("most_files", 0) or 1 << 30),
        "ballots": number(figures.get("ballots_a_second", 0)),
        "p95": number(figures.get("commit_p95", 0)),
        "lag": number(figures.get("hub_lag", 0)),
        "failed": number(figures.get("requests_failed", 0)),
        "video": number(figures.get("video_workers", 0)),
    }


def number(value: float) -> str:
    """Write a number with its thousands marked; a whole one without a fraction."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def size(count: float) -> str:
    """Write bytes in the unit that suits them."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def curve(values: list[float]) -> str:
    """Return the points of a curve in a box of WIDTH by HEIGHT; empty where there is none yet."""
    if len(values) < 2:
        return ""
    highest = max([1, *values])
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{index * step:.1f},{HEIGHT - 2 - value / highest * (HEIGHT - 4):.1f}"
        for index, value in enumerate(values)
    )
