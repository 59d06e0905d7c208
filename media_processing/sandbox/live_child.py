"""The confined program that decodes a take while it grows.

Started by :mod:`media_processing.sandbox.live_decoder` and by nothing else. Standard input carries
one line, the request, and then the bytes of the take as they come. Standard output carries
messages: one JSON object per line, ``confined``, ``picture``, ``sound``, ``damaged``, then ``done``
or ``refused``; ``bytes`` says how many bytes of payload follow the line.
"""

import json
import math
import os
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media_processing.sandbox.confine import confine
from media_processing.sandbox.ffmpeg import AUDIO_RATE_HZ, MAX_PIXELS, input_options
from media_processing.sandbox.live_packets import Chunks, PictureChoice
from media_processing.sandbox.probe import (
    MAX_CANONICAL_SIDE_PX,
    check_audio,
    check_video,
    upright_size,
)
from media_processing.sandbox.types import Limits, MediaRefused, VideoStreamFacts

# Share of a slot by which a time stamp may come early and still open the slot.
_SLOT_TOLERANCE = 0.05
# So many packets in a row that no decoder reads: the rest of the take is not read either.
_MAX_DAMAGED_PACKETS = 100
# Little is looked at before the first picture comes out: the recorder's streams begin at once.
_LOW_DELAY = {"probesize": "32768", "analyzeduration": "500000"}


@dataclass(frozen=True, slots=True)
class Request:
    """What the parent asks; ``PictureChoice`` says which pictures are left out."""

    container: str
    demuxer: str
    out_dir: str
    readable: list[str]
    isolated: bool
    rate_hz: float
    resume_s: float
    skip_after_s: float | None
    limits: dict[str, Any]


def main() -> None:
    request = Request(**json.loads(_first_line()))
    limits = Limits(**request.limits)
    confine(
        limits,
        readable=[Path(path) for path in request.readable],
        writable=Path(request.out_dir),
        isolated=request.isolated,
    )
    _tell("confined")
    try:
        _Take(request, limits).decode()
    except MediaRefused as refusal:
        _tell("refused", code=refusal.code, figures=refusal.figures, detail=refusal.detail)
    except (av.FFmpegError, EOFError) as error:
        _tell("refused", code="decode_failed", figures={}, detail=str(error))
    except MemoryError:
        _tell("refused", code="limit", figures={}, detail="memory")
    else:
        _tell("done")


def _first_line() -> bytes:
    """Read one line and not a byte more: the rest belongs to the demuxer."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


class _Take:
    """One pass over a growing take."""

    def __init__(self, request: Request, limits: Limits) -> None:
        self._request, self._limits = request, limits
        self._slot = -1
        self._damaged = 0
        self._resampler: _Resampler | None = None
        self._chunks = Chunks()
        self._pictures = PictureChoice(
            self._chunks,
            rate_hz=request.rate_hz,
            resume_s=request.resume_s,
            skip_after_s=request.skip_after_s,
        )

    def decode(self) -> None:
        options = {**input_options(), **_LOW_DELAY, "max_pixels": str(MAX_PIXELS)}
        opened = av.open(self._chunks, format=self._request.demuxer, options=options)
        with cast(InputContainer, opened) as container:
            self._read(container)

    def _read(self, container: InputContainer) -> None:
        if len(container.streams) > self._limits.max_streams:
            count = len(container.streams)
            raise MediaRefused("too_many_streams", count=count, limit=self._limits.max_streams)
        streams: list[VideoStream | AudioStream] = []
        for video in container.streams.video[:1]:
            check_video(video, self._limits)
            video.codec_context.thread_type = "NONE"  # Threads of frames would hold frames back.
            streams.append(video)
        for audio in container.streams.audio[:1]:
            check_audio(audio, self._limits)
            self._resampler = _Resampler(audio)
            streams.append(audio)
        if not streams:
            raise MediaRefused("no_streams")
        start_s = (container.start_time or 0) / 1_000_000
        for packet in container.demux(*streams):
            for wanted in self._wanted(packet, start_s):
                self._look(wanted, start_s)
        if self._resampler is not None:
            _tell_sound(self._resampler.flush())

    def _wanted(self, packet: "Packet[Any]", start_s: float) -> "list[Packet[Any]]":
        if packet.stream.type != "video":
            return [packet]
        return self._pictures.wanted(packet, _time_s(packet) - start_s)

    def _look(self, packet: "Packet[Any]", start_s: float) -> None:
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            self._damaged += 1
            if self._damaged >= _MAX_DAMAGED_PACKETS:
                raise MediaRefused("decode_failed", detail=str(error)) from error
            return
        for frame in frames:
            self._damaged = 0
            if isinstance(frame, VideoFrame):
                self._take_picture(frame, start_s)
            elif isinstance(frame, AudioFrame) and self._resampler is not None:
                _tell_sound(self._resampler.resample(frame, start_s))

    def _take_picture(self, frame: VideoFrame, start_s: float) -> None:
        t_s = max(0.0, float((frame.pts or 0) * (frame.time_base or Fraction(0))) - start_s)
        slot = int(t_s * self._request.rate_hz + _SLOT_TOLERANCE)
        if slot <= self._slot or t_s < self._request.resume_s:
            return
        self._slot = slot
        picture = _upright(frame)
        height, width = picture.shape[:2]
        _tell("picture", picture.tobytes(), t_s=round(t_s, 4), width=width, height=height,
              skipped=self._pictures.skipped())  # fmt: skip


def _time_s(packet: "Packet[Any]") -> float:
    stamp = packet.pts if packet.pts is not None else packet.dts
    return math.inf if stamp is None else float(stamp * packet.time_base)


def _upright(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    """Return the (height, width, 3) BGR picture as the canonical video would show it."""
    turns = round(frame.rotation / 90) % 4
    facts = VideoStreamFacts("", frame.width, frame.height, 0.0, turns * 90)
    width, height = upright_size(facts, Fraction(1), MAX_CANONICAL_SIDE_PX)
    if turns % 2:
        width, height = height, width
    scaled = frame.reformat(width, height, "yuv420p", interpolation="BICUBIC")
    # A frame's own angle counts against the clock, as numpy does.
    return np.ascontiguousarray(np.rot90(scaled.to_ndarray(format="bgr24"), turns))


class _Resampler:
    """Makes 16 kHz sound of one or two channels; gaps are filled, as in the canonical sound."""

    def __init__(self, stream: AudioStream) -> None:
        self._graph = Graph()
        layout = "stereo" if stream.codec_context.channels == 2 else "mono"
        source = self._graph.add_abuffer(template=stream)
        even = self._graph.add("aresample", f"{AUDIO_RATE_HZ}:async=1:first_pts=0")
        plain = self._graph.add("aformat", f"sample_fmts=s16:channel_layouts={layout}")
        sink = self._graph.add("abuffersink")
        self._graph.link_nodes(source, even, plain, sink).configure()

    def resample(self, frame: AudioFrame, start_s: float) -> list[AudioFrame]:
        if frame.pts is not None and frame.time_base:
            frame.pts -= round(start_s / frame.time_base)
        self._graph.push(frame)
        return self._pulled()

    def flush(self) -> list[AudioFrame]:
        self._graph.push(None)
        return self._pulled()

    def _pulled(self) -> list[AudioFrame]:
        frames = []
        while True:
            try:
                frames.append(cast(AudioFrame, self._graph.pull()))
            except (av.BlockingIOError, av.EOFError):
                return frames


def _tell_sound(frames: list[AudioFrame]) -> None:
    if frames:
        samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
        _tell("sound", samples.astype("<i2").tobytes(), channels=frames[0].layout.nb_channels)


def _tell(event: str, payload: bytes = b"", **content: Any) -> None:
    line = json.dumps({"event": event, "bytes": len(payload), **content}) + "\n"
    sys.stdout.buffer.write(line.encode() + payload)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
