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


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bytes of a take, recorded until ``t_end_s`` by the recorder's clock."""

    t_end_s: float
    content: bytes


class _Growing(io.BytesIO):
    """A file that cannot be changed behind its end, as a stream."""

    def seekable(self) -> bool:
        return False


def take_of(source: Path, *, chunk_s: float = CHUNK_S, stop_s: float | None = None) -> list[Piece]:
    """Return the recording at ``source`` as a recorder would hand it out, up to ``stop_s``.

    The pictures are H.264 without look-ahead and with a keyframe a second, the sound is Opus.
    """
    target = _Growing()
    pieces: list[Piece] = []
    begun = 0
    for t_s in _recorded(source, target, stop_s):
        if t_s >= (len(pieces) + 1) * chunk_s and len(content := target.getvalue()) > begun:
            pieces.append(Piece(t_s, content[begun:]))
            begun = len(content)
    return [*pieces, Piece(t_s, target.getvalue()[begun:])]


def _recorded(source: Path, target: io.BytesIO, stop_s: float | None) -> Iterator[float]:
    """Write ``source`` to ``target`` and yield how far it is."""
    options = {"live": "1", "cluster_time_limit": "1000", "flush_packets": "1"}
    with (
        cast(InputContainer, av.open(str(source))) as film,
        cast(OutputContainer, av.open(target, "w", format="matroska", options=options)) as take,
    ):
        coders = {stream.index: _Coder(take, stream) for stream in film.streams
                  if stream.type in {"video", "audio"}}  # fmt: skip
        t_s = 0.0
        for frame in film.decode(*(film.streams[index] for index in coders)):
            t_s = max(t_s, float(cast(Any, frame).time or 0.0))
            if stop_s is not None and t_s >= stop_s:
                break
            kind = "video" if isinstance(frame, av.VideoFrame) else "audio"
            next(coder for coder in coders.values() if coder.kind == kind).write(frame)
            yield t_s
        for coder in coders.values():
            coder.write(None)
    yield t_s


class _Coder:
    """One stream of a take."""

    def __init__(self, take: OutputContainer, source: Any) -> None:
        self._take, self.kind = take, source.type
        if self.kind == "video":
            self._stream: Any = take.add_stream("libx264", rate=source.average_rate or 25)
            self._stream.width, self._stream.height = source.width, source.height
            self._stream.pix_fmt = "yuv420p"
            self._stream.codec_context.time_base = Fraction(1, 1000)
            rate = round(float(source.average_rate or 25))
            self._stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(rate)}
        else:
            self._stream = take.add_stream("libopus", rate=SOUND_RATE_HZ, layout="mono")
            self._resampler = av.AudioResampler("s16", "mono", SOUND_RATE_HZ, frame_size=960)

    def write(self, frame: Any) -> None:
        for ready in self._ready(frame):
            self._take.mux(self._stream.encode(ready))
        if frame is None:
            self._take.mux(self._stream.encode(None))

    def _ready(self, frame: Any) -> list[Any]:
        if self.kind == "audio":
            return list(self._resampler.resample(frame))
        if frame is None:
            return []
        picture = frame.reformat(format="yuv420p")
        picture.pts, picture.time_base = round(float(frame.time) * 1000), Fraction(1, 1000)
        picture.pict_type = 0
        return [picture]
