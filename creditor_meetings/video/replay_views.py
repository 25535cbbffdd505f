"""Pages of the recordings: the staff's list with its files, and the replay."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import serving
from creditor_meetings.cases.models import Role
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from creditor_meetings.video import copies, replay, replay_data, viewings
from creditor_meetings.video.models import CopyState, Recording
from creditor_meetings.video.recordings import file_of

STAFF = (Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
MOST_BYTES_TOLD = 64 * 1024


# --- the list ---


@dataclass
class Session:
    """One person's one source over all its parts, with who watched what of it."""

    title: str
    source: str
    parts: list[Recording]

    @property
    def bytes(self) -> int:
        """What its evidence weighs."""
        return sum(one.bytes for one in self.parts)


@require_safe
def recording_list(request: HttpRequest, meeting: str) -> HttpResponse:
    """List the recordings of a meeting to the court and the administrator."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF)
    kept = list(
        Recording.objects.filter(broadcast__meeting=found)
        .select_related("broadcast__publisher", "broadcast__meeting")
        .order_by("broadcast", "part")
    )
    watched = viewings.lines_of(kept)
    for one in kept:
        one.problem = problem_words(one)  # type: ignore[attr-defined]
        one.lines = watched.get(one.pk, [])  # type: ignore[attr-defined]
    context = {
        "meeting": found,
        "viewer": viewer,
        "sessions": _sessions(kept),
        "watched": any(watched.values()),
        "ready": any(one.copy_state == CopyState.READY for one in kept),
        "rule": found.get_replay_rule_display(),
    }
    return render(request, "video/recordings.html", context)


def _sessions(kept: Iterable[Recording]) -> Sequence[Session]:
    found: dict[int, Session] = {}
    for one in kept:
        broadcast = one.broadcast
        session = found.setdefault(
            broadcast.pk,
            Session(str(broadcast.publisher), broadcast.get_source_display(), []),
        )
        session.parts.append(one)
    return list(found.values())


def problem_words(one: Recording) -> str:
    """Say what hinders a recording's copy, and what to do about it."""
    return {
        "": "",
        copies.DISK_FULL: _("磁盘空间不足，腾出空间后会自动继续。"),
        copies.UNREADABLE: _("录像内容无法识别，请下载原始文件查看。"),
        copies.EMPTY: _("没有收到任何视频内容。"),
        copies.BROKE: _("生成程序意外结束，请查看服务器日志后重试。"),
    }.get(one.copy_problem, one.copy_problem)


def _one(found: Meeting, recording: int) -> Recording:
    kept = Recording.objects.filter(broadcast__meeting=found, pk=recording)
    one = kept.select_related("broadcast__meeting").first()
    if one is None:
        raise NotFound
    return one


@require_safe
def original(request: HttpRequest, meeting: str, recording: int) -> HttpResponseBase:
    """Hand out a recording that has ended, byte for byte as it arrived."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF)
    one = _one(found, recording)
    if one.ended_at is None:
        raise Refused("unavailable", _("这段录像还在录制，结束后才能下载。"))
    media_type = one.mime.partition(";")[0].strip() or "application/octet-stream"
    return _file(
        request, found, one.path, media_type, one.sha256 or f"{one.pk}-{one.bytes}", "attachment"
    )


@require_safe
def copy(request: HttpRequest, meeting: str, recording: int) -> HttpResponseBase:
    """Hand out the copy that plays, as a file to keep."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF)
    return _copy(request, found, recording, "attachment")


@require_POST
def copy_again(request: HttpRequest, meeting: str, recording: int) -> HttpResponse:
    """Have a copy made that was given up."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF)
    copies.try_again(_one(found, recording))
    messages.success(request, _("将重新生成可播放副本，请稍后刷新本页。"))
    return redirect("video:recordings", found.slug)


def _copy(request: HttpRequest, found: Meeting, recording: int, how: str) -> HttpResponseBase:
    one = _one(found, recording)
    if one.copy_state != CopyState.READY:
        raise Refused("unavailable", _("这段录像的可播放副本还没有生成。"))
    return _file(request, found, one.copy_path, "video/mp4", one.copy_sha256, how)


def _file(
    request: HttpRequest, found: Meeting, path: str, media_type: str, tag: str, how: str
) -> HttpResponseBase:
    file = file_of(path)
    if not file.is_file():
        raise Refused("unavailable", _("录像文件不在这台服务器上，请联系系统管理员。"))
    name = serving.disposition(how, f"{found.slug}-{file.name}")
    return serving.serve(request, file, media_type, tag, name)


# --- the replay ---


@require_safe
def page(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the whole meeting again, on one clock."""
    found, viewer = _watcher(request, meeting)
    return render(request, "video/replay.html", {"meeting": found, "viewer": viewer})


def _watcher(request: HttpRequest, meeting: str) -> tuple[Meeting, Viewer]:
    found, viewer = access_meeting(request.user, meeting)
    replay.require_watcher(found, viewer)
    return found, viewer


@require_safe
def data(request: HttpRequest, meeting: str) -> JsonResponse:
    """Say what there is to see and when."""
    found, _viewer = _watcher(request, meeting)
    return JsonResponse({"ok": True, "data": replay_data.describe(found)})


@require_safe
def file(request: HttpRequest, meeting: str, recording: int) -> HttpResponseBase:
    """Give a copy to a player, or the range of it that it asks for."""
    found, _viewer = _watcher(request, meeting)
    return _copy(request, found, recording, "inline")


@require_safe
def captions(request: HttpRequest, meeting: str, recording: int) -> HttpResponse:
    """Give the captions of a recording as WebVTT."""
    found, _viewer = _watcher(request, meeting)
    text = replay_data.webvtt(_one(found, recording))
    return HttpResponse(text, content_type="text/vtt; charset=utf-8")


@require_POST
def watched(request: HttpRequest, meeting: str) -> JsonResponse:
    """Keep which seconds a page really played."""
    found, viewer = access_meeting(request.user, meeting)
    viewings.note(
        found,
        viewer,
        viewings.read(_told(request)),
        address=address_of(request),
        device=request.headers.get("User-Agent", "")[:300],
    )
    return JsonResponse({"ok": True, "data": {}})


def _told(request: HttpRequest) -> dict[str, Any]:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES_TOLD:
        raise fields.bad("watched", _("不超过 64 KB"))
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Refused("bad_request", _("请求应为 JSON 对象。"))
    return told
