"""The Janus engine: publishers send by WebRTC, Janus forwards to the recording and the viewers.

Over the publisher's own socket go, besides what the embedded engine knows:

    <- {"type": "webrtc", "ice": [...]}          servers for the connection; before `started`
    -> {"type": "offer", "sdp": "..."}           once `started` came; another offer replaces it
    <- {"type": "answer", "sdp": "..."}
    -> {"type": "trickle", "candidate": {...} | null}
    <- {"type": "flowing"}                       media arrives

A part that the server asks for needs no new connection. A browser that cannot connect sends
slices, as to the embedded engine.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.video import janus_rooms
from creditor_meetings.video.embedded import EmbeddedEngine, Ingest
from creditor_meetings.video.engine import Health, Tell
from creditor_meetings.video.janus import Event, Handle, JanusError, Unreachable, links
from creditor_meetings.video.janus_ice import ice_servers
from creditor_meetings.video.janus_media import Receiver
from creditor_meetings.video.media import RTP
from creditor_meetings.video.models import Broadcast
from creditor_meetings.video.part import Part
from creditor_meetings.video.worker import rtp

log = logging.getLogger(__name__)

NAME = "janus"
WEBRTC = "webrtc"
GATHER_SECONDS = 0.02
"""How long datagrams are gathered for one write to the recording."""

MAX_SDP = 24_000
_TRACKS = {"opus": rtp.OPUS, "vp8": rtp.VP8, "h264": rtp.H264}


class JanusIngest(Ingest):
    """A publisher's hold on its stream, which comes through Janus."""

    kind = RTP

    def __init__(self, broadcast: Broadcast, on_revoked: Callable[[], None], tell: Tell) -> None:
        super().__init__(broadcast, on_revoked, tell)
        self._room = janus_rooms.room_of(broadcast.meeting_id)
        self._holder = ""
        self._handle: Handle | None = None
        self._published = False
        self._receiver: Receiver | None = None
        self._pumping: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._tracks: list[int] = []
        # The part that was told what its tracks are.
        self._begun: Part | None = None

    # --- Into the room and out of it -------------------------------------------------------------

    async def open(self) -> None:
        """Begin a part; at first, enter the meeting's room in Janus."""
        if self._handle is None:
            await self._enter_or_refuse()
        elif self._published:
            await self._ask_keyframe(self._handle)
        await super().open()
        self.tell(WEBRTC, ice=ice_servers(self.broadcast.publisher_id))

    async def _enter_or_refuse(self) -> None:
        try:
            if self._receiver is None:
                self._receiver = await Receiver.open(settings.JANUS_RTP_HOST)
                self._pumping = asyncio.ensure_future(self._pump(self._receiver))
            await self._enter()
        except (JanusError, Unreachable, OSError) as why:
            log.error("broadcast %s cannot enter Janus' room: %s", self.broadcast.pk, why)
            if self.broadcast.session == 1:
                # There was nothing yet that anybody could wait for.
                self.given_up = str(why)
            raise _unavailable() from why

    async def _enter(self) -> None:
        link = await links.get()
        handle: Handle
        handle = await link.attach(
            lambda event, jsep: self._heard(handle, event), lambda why: self._lost(handle, why)
        )
        # The name tells those in the conversation which stream it is.
        self._holder = f"{self.broadcast.pk}-{secrets.token_hex(4)}"
        try:
            await janus_rooms.open_room(handle, self._room)
            await janus_rooms.join(handle, self._room, self._holder)
        except BaseException:
            await handle.detach()
            raise
        self._handle, self._published = handle, False

    async def _leave(self) -> None:
        handle, self._handle = self._handle, None
        if self._receiver is not None:
            self._receiver.expect_nothing()
        if handle is not None:
            await handle.detach()

    def _lost(self, handle: Handle, why: str) -> None:
        if handle is not self._handle or self.void:
            return
        log.warning("broadcast %s lost its connection through Janus: %s", self.broadcast.pk, why)
        self._handle = None
        # The page comes back by a new connection, as after any break.
        refused = _unavailable()
        self.tell("error", error={"code": refused.code, "message": refused.message})

    # --- What the browser and Janus agree on -----------------------------------------------------

    async def signal(self, frame: Mapping[str, Any]) -> None:
        """Take an offer or a candidate of the browser."""
        if frame["type"] == "offer":
            fields.only(frame, "type", "sdp")
            await self._publish(fields.text(frame, "sdp", max_length=MAX_SDP))
        elif frame["type"] == "trickle":
            await self._trickle(read_candidate(frame))
        else:
            await super().signal(frame)

    async def _publish(self, sdp: str) -> None:
        if self._published or self._handle is None:
            await self._leave()
            await self._enter_or_refuse()
        handle = self._handle
        assert handle is not None
        wanted = {"request": "publish", "audiocodec": "opus", "videocodec": _codec_for(sdp)}
        try:
            event, answer = await handle.negotiate(wanted, {"type": "offer", "sdp": sdp})
            self._published = True
            if answer is None:
                raise JanusError(0, "no answer to the offer")
            await self._forward(handle, event.get("streams", []))
        except JanusError as why:
            raise Refused("bad_request", _not_agreed(str(why))) from why
        except Unreachable as why:
            raise _unavailable() from why
        self.tell("answer", sdp=answer["sdp"])

    async def _forward(self, handle: Handle, streams: list[dict[str, Any]]) -> None:
        assert self._receiver is not None
        self._tracks, wanted = [], []
        for one in streams:
            track = _TRACKS.get(str(one.get("codec", "")).lower())
            if track is None or track in self._tracks or one.get("disabled"):
                continue
            self._tracks.append(track)
            wanted.append(
                {
                    "mid": one["mid"],
                    "port": self._receiver.port,
                    "ssrc": self._receiver.expect(track),
                }
            )
        if not wanted:
            raise JanusError(0, "neither opus nor H.264 nor VP8 was agreed on")
        host = settings.JANUS_RTP_HOST
        await janus_rooms.forward(handle, self._room, self._holder, host, wanted)

    async def _trickle(self, candidate: dict[str, Any]) -> None:
        if self._handle is None:
            return
        try:
            await self._handle.trickle(candidate)
        except (JanusError, Unreachable) as why:
            log.info("a candidate of broadcast %s was not taken: %s", self.broadcast.pk, why)

    def _heard(self, handle: Handle, event: Event) -> None:
        if event.get("janus") == "webrtcup":
            self._soon(self._ask_keyframe(handle))
        elif event.get("leaving") == "ok" or event.get("videoroom") == "destroyed":
            handle.lost("taken out of the room")

    async def _ask_keyframe(self, handle: Handle) -> None:
        try:
            await handle.ask({"request": "configure", "keyframe": True})
        except (JanusError, Unreachable) as why:
            log.info("no keyframe from broadcast %s: %s", self.broadcast.pk, why)

    # --- What arrives ----------------------------------------------------------------------------

    async def _pump(self, receiver: Receiver) -> None:
        while not self.void:
            await receiver.some()
            await asyncio.sleep(GATHER_SECONDS)
            try:
                await self._take_all(receiver.take())
            except Exception:
                log.exception("what Janus forwards of broadcast %s", self.broadcast.pk)

    async def _take_all(self, datagrams: list[tuple[int, bytes]]) -> None:
        part = self._part
        if self.void or part is None or not datagrams:
            return
        if part is not self._begun:
            self._begun = part
            datagrams = [(rtp.ABOUT, rtp.about(self._tracks)), *datagrams]
            self.tell("flowing")
        await part.evidence.take(b"".join(rtp.framed(*one) for one in datagrams))
        for track, datagram in datagrams:
            part.pass_on(datagram, track)
        if self.given_up:
            problem = Refused("bad_request", _not_agreed(self.given_up))
            self.tell("error", error={"code": problem.code, "message": problem.message})
            self.revoke()

    # --- Its end ---------------------------------------------------------------------------------

    def _soon(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def revoke(self) -> None:
        """Take the publisher out of the room, at once and everywhere."""
        if not self.void:
            self._soon(self._leave())
        super().revoke()

    async def close(self, *, interrupted: bool) -> None:
        """Let go of the stream and of the room."""
        await self._leave()
        if self._pumping is not None:
            self._pumping.cancel()
        if self._receiver is not None:
            # What had arrived belongs to the recording.
            await self._take_all(self._receiver.take())
            self._receiver.close()
        await super().close(interrupted=interrupted)


def read_candidate(frame: Mapping[str, Any]) -> dict[str, Any]:
    """Read a browser's candidate as Janus takes it; null tells that there are no more."""
    fields.only(frame, "type", "candidate", "stream")
    found = frame.get("candidate")
    if found is None:
        return {"completed": True}
    if not isinstance(found, dict) or not isinstance(found.get("candidate"), str):
        raise fields.bad("candidate", "{candidate, sdpMid, sdpMLineIndex}")
    line, mid = found.get("sdpMLineIndex"), found.get("sdpMid")
    if len(found["candidate"]) > 1000 or not isinstance(line, int) or not 0 <= line < 100:
        raise fields.bad("candidate", "{candidate, sdpMid, sdpMLineIndex}")
    return {"candidate": found["candidate"], "sdpMid": str(mid)[:20], "sdpMLineIndex": line}


def _codec_for(sdp: str) -> str:
    """Prefer H.264, which is passed on without coding it anew; else VP8."""
    return "h264" if " H264/90000" in sdp else "vp8"


def _not_agreed(why: str) -> str:
    words = _("浏览器与服务器未能就音视频格式达成一致（%(why)s）。请换用新版 Chrome 或 Edge。")
    return words % {"why": why}


def _unavailable() -> Refused:
    return Refused(
        "unavailable",
        _("通话服务暂时无法连接，现在不能直播。请稍后再试；如仍不行，请联系技术人员检查 Janus。"),
    )


class JanusEngine(EmbeddedEngine):
    """Publishing by WebRTC through Janus; viewing as with the embedded engine."""

    name = NAME

    @property
    def mimes(self) -> tuple[str, ...]:
        """WebRTC, and the recorder's types for browsers whose network lets it not through."""
        return (WEBRTC, *super().mimes)

    def _ingest(self, broadcast: Broadcast, on_revoked: Callable[[], None], tell: Tell) -> Ingest:
        made = JanusIngest if broadcast.mime == WEBRTC else Ingest
        return made(broadcast, on_revoked, tell)

    def health(self) -> Health:
        """Say what goes on; a Janus that does not answer is a problem."""
        found = super().health()
        if not links.problem and not links.broken:
            return found
        why = f"Janus cannot be reached: {links.problem or 'the connection broke'}"
        return replace(found, ok=False, problem="; ".join(filter(None, (found.problem, why))))


janus_engine = JanusEngine()
