"""Takes as a browser's recorder makes them: Matroska that grows, handed out second by second."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer, OutputContainer

MEDIA_TYPE = "video/x-matroska;codecs=avc1,opus"
CHUNK_S = 1.0
SOUND_RATE_HZ = 48_000
OPUS_FRAME_SAMPLES = 960


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bytes of a take, recorded until ``t_end_s`` by the recorder's clock."""

    t_end_s: float
    content: bytes


class _Growing(io.BytesIO):
    """A file that cannot be changed behind its end, as a stream."""

    def seekable(self) -> bool:
        return False


def take_of(
    source: Path,
    *,
    chunk_s: float = CHUNK_S,
    length_s: float | None = None,
    size: tuple[int, int] | None = None,
) -> list[Piece]:
    """Return the recording at ``source`` as a recorder would hand it out.

    A ``length_s`` beyond the recording's own repeats it, and below it cuts it; ``size`` (width,
    height) scales it. The pictures are H.264 without look-ahead and with a keyframe a second, the
    sound is Opus.
    """
    target = _Growing()
    pieces: list[Piece] = []
    begun, t_s = 0, 0.0
    for t_s in _recorded(source, target, length_s, size):
        is_due = t_s >= (len(pieces) + 1) * chunk_s
        if is_due and len(content := target.getvalue()) > begun:
            pieces.append(Piece(t_s, content[begun:]))
            begun = len(content)
    rest = target.getvalue()[begun:]
    return [*pieces, Piece(t_s, rest)] if rest else pieces


def _recorded(
    source: Path, target: io.BytesIO, length_s: float | None, size: tuple[int, int] | None
) -> Iterator[float]:
    """Write a take to ``target`` and yield how far it is."""
    options = {"live": "1", "cluster_time_limit": "1000", "flush_packets": "1"}
    with (
        cast(InputContainer, av.open(str(source))) as film,
        cast(OutputContainer, av.open(target, "w", format="matroska", options=options)) as take,
    ):
        once = _coded(film, take, size)
        pass_s = max(map(_end_s, once)) - min(map(_time_s, once))
        until_s = pass_s if length_s is None else length_s
        at_s, t_s = 0.0, 0.0
        while at_s < until_s:
            for packet in once:
                if at_s + _time_s(packet) >= until_s:
                    break
                take.mux(_later(packet, at_s))
                t_s = max(t_s, at_s + _time_s(packet))
                yield t_s
            at_s += pass_s
    yield min(until_s, at_s)


def _coded(
    film: InputContainer, take: OutputContainer, size: tuple[int, int] | None
) -> list["av.Packet[Any]"]:
    """Return the coded packets of ``film``, in order of time."""
    coders = {
        stream.type: _Coder(take, stream, size)
        for stream in film.streams
        if stream.type in {"video", "audio"}
    }
    packets = []
    for frame in film.decode(video=0):
        packets += coders["video"].coded(frame)
    if "audio" in coders:
        film.seek(0)
        for sound in film.decode(audio=0):
            packets += coders["audio"].coded(sound)
    for coder in coders.values():
        packets += coder.coded(None)
    return sorted(packets, key=_time_s)


def _time_s(packet: "av.Packet[Any]") -> float:
    return float((packet.dts or 0) * packet.time_base)


def _end_s(packet: "av.Packet[Any]") -> float:
    return _time_s(packet) + float((packet.duration or 0) * packet.time_base)


def _later(packet: "av.Packet[Any]", by_s: float) -> "av.Packet[Any]":
    copy: av.Packet[Any] = av.Packet(bytes(packet))
    shift = round(by_s / packet.time_base)
    copy.pts, copy.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
    copy.time_base, copy.duration = packet.time_base, packet.duration
    copy.is_keyframe, copy.stream = packet.is_keyframe, packet.stream
    return copy


class _Coder:
    """One stream of a take."""

    def __init__(self, take: OutputContainer, source: Any, size: tuple[int, int] | None) -> None:
        self._is_video = source.type == "video"
        if self._is_video:
            rate = round(float(source.average_rate or 25))
            self._stream: Any = take.add_stream("libx264", rate=rate)
            self._stream.width, self._stream.height = size or (source.width, source.height)
            self._stream.pix_fmt = "yuv420p"
            self._stream.codec_context.time_base = Fraction(1, 1000)
            self._stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(rate)}
        else:
            self._stream = take.add_stream("libopus", rate=SOUND_RATE_HZ, layout="mono")
            self._resampler = av.AudioResampler(
                "s16", "mono", SOUND_RATE_HZ, frame_size=OPUS_FRAME_SAMPLES
            )

    def coded(self, frame: Any) -> list["av.Packet[Any]"]:
        """Return the packets of the next frame, of the last ones where it is None."""
        packets = [packet for ready in self._ready(frame) for packet in self._stream.encode(ready)]
        return packets if frame is not None else [*packets, *self._stream.encode(None)]

    def _ready(self, frame: Any) -> list[Any]:
        if not self._is_video:
            return list(self._resampler.resample(frame))
        if frame is None:
            return []
        picture = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        picture.pts, picture.time_base = round(float(frame.time) * 1000), Fraction(1, 1000)
        picture.pict_type = 0
        return [picture]
