"""Joining the canonical files of several takes to one playback and one sound.

Only files that the sandbox wrote are read here. Their pictures have one size and rate, so that
they are copied as they are; the sound of the playback is coded once more, so that no take begins
with the silence that a coder puts before its first samples.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer, OutputContainer

SOUND_RATE_HZ = 48_000
SOUND_BIT_RATE = 128_000
SPEECH_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Part:
    """A canonical file and when it starts in the whole."""

    path: Path
    start_s: float


def join_playback(parts: Sequence[Part], target: Path) -> None:
    """Write one MP4 of all parts. Raises av.FFmpegError where one of them is damaged."""
    with _reading(parts[0].path) as first:
        comment = first.metadata.get("comment", "")
        has_sound = any(_has_sound(part.path) for part in parts)
        options = {"movflags": "+faststart"}
        with cast(OutputContainer, av.open(str(target), "w", format="mp4", options=options)) as out:
            out.metadata["comment"] = comment
            picture = out.add_stream_from_template(first.streams.video[0])
            sound = _SoundTrack(out) if has_sound else None
            for part in parts:
                _copy(part, out, picture, sound)
            if sound is not None:
                sound.finish()


def join_speech(parts: Sequence[Part], target: Path) -> None:
    """Write one 16 kHz mono WAV of all parts, silent where none is."""
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SPEECH_RATE_HZ)
        for part in parts:
            missing = round(part.start_s * SPEECH_RATE_HZ) - out.tell()
            out.writeframes(bytes(2 * max(missing, 0)))
            with wave.open(str(part.path), "rb") as sound:
                while block := sound.readframes(SPEECH_RATE_HZ):
                    out.writeframes(block)


def picture_rate(path: Path) -> Fraction:
    """Return the exact constant rate of a canonical video."""
    with _reading(path) as film:
        return Fraction(film.streams.video[0].average_rate or 0)


def _copy(part: Part, out: OutputContainer, picture: Any, sound: "_SoundTrack | None") -> None:
    with _reading(part.path) as film:
        video, audio = film.streams.video[0], next(iter(film.streams.audio), None)
        shift = round(part.start_s / cast(Fraction, video.time_base))
        if sound is not None:
            sound.pad_to(part.start_s)
        for packet in film.demux(*([video, audio] if audio else [video])):
            if packet.stream.type == "audio" and sound is not None:
                for frame in packet.decode():
                    sound.add(cast(av.AudioFrame, frame))
            elif packet.dts is not None and packet.stream.type == "video":
                packet.pts, packet.dts = (packet.pts or 0) + shift, packet.dts + shift
                packet.stream = picture
                out.mux(packet)


class _SoundTrack:
    """The coded sound of the whole, gap after gap filled with silence."""

    def __init__(self, out: OutputContainer) -> None:
        self._out = out
        self._stream = out.add_stream("aac", rate=SOUND_RATE_HZ, layout="stereo")
        self._stream.bit_rate = SOUND_BIT_RATE
        self._to_coder = av.AudioResampler("fltp", "stereo", SOUND_RATE_HZ, frame_size=1024)
        self._samples = 0

    def pad_to(self, start_s: float) -> None:
        missing = round(start_s * SOUND_RATE_HZ) - self._samples
        for first in range(0, max(missing, 0), SOUND_RATE_HZ):
            count = min(SOUND_RATE_HZ, missing - first)
            silence = np.zeros((2, count), np.float32)
            frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
            frame.sample_rate = SOUND_RATE_HZ
            self.add(frame)

    def add(self, frame: av.AudioFrame) -> None:
        frame.pts, frame.time_base = self._samples, Fraction(1, SOUND_RATE_HZ)
        self._samples += frame.samples
        for ready in self._to_coder.resample(frame):
            self._out.mux(self._stream.encode(ready))

    def finish(self) -> None:
        for ready in self._to_coder.resample(None):
            self._out.mux(self._stream.encode(ready))
        self._out.mux(self._stream.encode(None))


def _has_sound(path: Path) -> bool:
    with _reading(path) as film:
        return bool(film.streams.audio)


def _reading(path: Path) -> InputContainer:
    # The format is named, so that nothing but an MP4 is ever read here.
    return cast(InputContainer, av.open(str(path), mode="r", format="mp4"))
