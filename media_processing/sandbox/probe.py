"""What an upload contains, measured packet by packet. Runs inside the confined child only."""

import errno
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from media_processing.sandbox.ffmpeg import (
    AUDIO_CODECS,
    MAX_PIXELS,
    VIDEO_CODECS,
    AudioPlan,
    VideoPlan,
    input_options,
)
from media_processing.sandbox.types import (
    AudioStreamFacts,
    Limits,
    MediaRefused,
    Probe,
    VideoStreamFacts,
)

MAX_CANONICAL_SIDE_PX = 1280
MAX_CANONICAL_RATE_HZ = 30

# AV_DISPOSITION_ATTACHED_PIC and _TIMED_THUMBNAILS of libavformat/avformat.h.
_COVER_PICTURE = 0x400 | 0x800
# Containers whose header states the length; the others are estimated from the bit rate.
_EXACT_HEADERS = {"mp4", "mov", "matroska", "webm", "avi", "wav", "aiff", "flac"}
# Frames of floating-point sound that are looked at for NaN: about the first half minute.
_FLOAT_FRAMES_CHECKED = 1500


@dataclass(slots=True)
class _Track:
    """The time stamps of one stream as its packets come by."""

    starts_s: list[float] = field(default_factory=list)
    end_s: float = 0.0
    rotation: int | None = None
    invalid_samples: int = 0
    samples: int = 0

    def add(self, packet: "Packet[Any]") -> None:
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            return
        start_s = float(stamp * packet.time_base)
        self.starts_s.append(start_s)
        self.end_s = max(self.end_s, start_s + float((packet.duration or 0) * packet.time_base))

    @property
    def rate_hz(self) -> float:
        """Return the mean rate of the packets between the first and the last time stamp."""
        span_s = max(self.starts_s) - min(self.starts_s) if self.starts_s else 0.0
        return (len(self.starts_s) - 1) / span_s if span_s > 0 else 0.0

    @property
    def last_end_s(self) -> float:
        """Return when the last packet ends; one without a duration lasts for the mean step."""
        last_s = max(self.starts_s)
        if self.end_s > last_s or self.rate_hz == 0:
            return max(self.end_s, last_s)
        return last_s + 1.0 / self.rate_hz


@dataclass(frozen=True, slots=True)
class Findings:
    """The probe of an upload and how its canonical media are to be made."""

    probe: Probe
    video: VideoPlan | None
    audio: AudioPlan | None


def inspect(source: str, container_name: str, demuxer: str, limits: Limits) -> Findings:
    """Measure the upload at ``source``. Raises MediaRefused where it is not taken."""
    try:
        with _open(source, demuxer) as container:
            return _Inspection(container, container_name, limits).findings()
    except (av.FFmpegError, EOFError) as error:
        raise MediaRefused(_reason(error, source, demuxer), detail=str(error)) from error


def _reason(error: Exception, source: str, demuxer: str) -> str:
    if getattr(error, "errno", None) == errno.ENOMEM:
        return "limit"
    return "truncated" if _lacks_index(source, demuxer) else "decode_failed"


def _open(source: str, demuxer: str) -> InputContainer:
    options = {**input_options(), "max_pixels": str(MAX_PIXELS)}
    return cast(InputContainer, av.open(f"file:{source}", format=demuxer, options=options))


class _Inspection:
    """One pass over the packets of an open upload."""

    def __init__(self, container: InputContainer, name: str, limits: Limits) -> None:
        self._container = container
        self._name = name
        self._limits = limits
        if len(container.streams) > limits.max_streams:
            count = len(container.streams)
            raise MediaRefused("too_many_streams", count=count, limit=limits.max_streams)
        self._video = next(filter(_is_moving, container.streams.video), None)
        self._audio = next(iter(container.streams.audio), None)
        self._checks_samples = self._audio is not None and _is_float_pcm(self._audio)
        self._tracks = {stream.index: _Track() for stream in self._streams()}

    def findings(self) -> Findings:
        if not self._tracks:
            raise MediaRefused("no_streams")
        if self._video is not None:
            check_video(self._video, self._limits)
        if self._audio is not None:
            check_audio(self._audio, self._limits)
        self._scan()
        self._drop_empty_streams()
        return self._conclude()

    def _streams(self) -> list[VideoStream | AudioStream]:
        return [stream for stream in (self._video, self._audio) if stream is not None]

    def _scan(self) -> None:
        for count, packet in enumerate(self._container.demux(*self._streams())):
            if count >= self._limits.max_packets:
                raise MediaRefused("limit", detail="too many packets")
            track = self._tracks[packet.stream.index]
            track.add(packet)
            self._look_inside(packet, track)

    def _look_inside(self, packet: "Packet[Any]", track: _Track) -> None:
        """Decode the first picture for its rotation and floating-point sound for NaN."""
        if self._video is not None and packet.stream.index == self._video.index:
            if track.rotation is None:
                track.rotation = _rotation(packet)
        elif self._checks_samples and len(track.starts_s) <= _FLOAT_FRAMES_CHECKED:
            _count_invalid(packet, track)

    def _drop_empty_streams(self) -> None:
        """Forget a stream without packets, and one picture that only decorates the sound."""
        pictures, sounds = self._count(self._video), self._count(self._audio)
        if pictures == 0 or (pictures == 1 and sounds > 1):
            self._video = None
        if sounds == 0:
            self._audio = None
        if not self._streams():
            raise MediaRefused("truncated", detail="streams are declared, but none has a packet")

    def _count(self, stream: VideoStream | AudioStream | None) -> int:
        return 0 if stream is None else len(self._tracks[stream.index].starts_s)

    def _conclude(self) -> Findings:
        duration_s = self._duration_s()
        truncated = self._check_length(duration_s)
        probe = Probe(
            container=self._name,
            duration_s=round(duration_s, 3),
            video=self._video_facts(),
            audio=self._audio_facts(),
            truncated=truncated,
        )
        return Findings(probe, self._video_plan(probe.video), self._audio_plan())

    def _duration_s(self) -> float:
        tracks = [self._tracks[stream.index] for stream in self._streams()]
        start_s = min(min(track.starts_s) for track in tracks)
        return max(track.last_end_s for track in tracks) - start_s

    def _check_length(self, duration_s: float) -> bool:
        """Return whether the file ends early. Raises MediaRefused for a length not taken."""
        limits = self._limits
        declared_s = (self._container.duration or 0) / 1_000_000
        if duration_s > limits.max_duration_s:
            self._refuse_long(duration_s)
        if self._name in _EXACT_HEADERS and declared_s > limits.max_duration_s:
            raise MediaRefused("duration_mismatch", declared_s=declared_s, duration_s=duration_s)
        truncated = self._name in _EXACT_HEADERS and declared_s > 1.02 * duration_s + 0.5
        if truncated and duration_s < limits.salvage_s:
            raise MediaRefused("truncated")
        frames = self._count(self._video)
        if duration_s < limits.min_duration_s or (frames == 1 and self._audio is None):
            raise MediaRefused(
                "too_short", duration_s=duration_s, frames=frames, limit_s=limits.min_duration_s
            )
        return truncated

    def _refuse_long(self, duration_s: float) -> None:
        """Tell a long recording from one whose time stamps jump."""
        dense_s = max(_dense_s(self._tracks[stream.index]) for stream in self._streams())
        if dense_s < 0.5 * duration_s and dense_s < self._limits.max_duration_s:
            raise MediaRefused("duration_mismatch", declared_s=duration_s, duration_s=dense_s)
        raise MediaRefused("too_long", limit_minutes=self._limits.max_duration_s / 60)

    def _video_facts(self) -> VideoStreamFacts | None:
        if self._video is None:
            return None
        track = self._tracks[self._video.index]
        if track.rotation is None:
            raise MediaRefused("decode_failed", detail="no picture could be decoded")
        context = self._video.codec_context
        fps = float(mean_rate(track.rate_hz, self._video.average_rate))
        if fps > self._limits.max_rate_hz * 1.02:
            raise MediaRefused("frame_rate", fps=fps, limit=self._limits.max_rate_hz)
        codec = context.codec.canonical_name
        return VideoStreamFacts(codec, context.width, context.height, round(fps, 3), track.rotation)

    def _audio_facts(self) -> AudioStreamFacts | None:
        if self._audio is None:
            return None
        track = self._tracks[self._audio.index]
        if track.samples and track.invalid_samples > 0.5 * track.samples:
            raise MediaRefused("audio_invalid")
        context = self._audio.codec_context
        return AudioStreamFacts(context.codec.canonical_name, context.sample_rate, context.channels)

    def _video_plan(self, facts: VideoStreamFacts | None) -> VideoPlan | None:
        if self._video is None or facts is None:
            return None
        aspect = self._video.sample_aspect_ratio or Fraction(1)
        width_px, height_px = upright_size(facts, aspect, MAX_CANONICAL_SIDE_PX)
        track = self._tracks[self._video.index]
        rate = canonical_rate(mean_rate(track.rate_hz, self._video.average_rate))
        return VideoPlan(self._video.index, width_px, height_px, rate)

    def _audio_plan(self) -> AudioPlan | None:
        if self._audio is None:
            return None
        channels = self._audio.codec_context.channels
        return AudioPlan(self._audio.index, channels, _is_float_pcm(self._audio))


def check_video(stream: VideoStream, limits: Limits) -> None:
    """Raise MediaRefused where the codec or the size of the picture is not taken."""
    _check_codec(stream, VIDEO_CODECS, "video")
    width, height = stream.codec_context.width, stream.codec_context.height
    long, short = max(width, height), min(width, height)
    too_large = long > limits.max_long_side_px or short > limits.max_short_side_px
    if too_large or short < limits.min_side_px:
        raise MediaRefused(
            "dimensions",
            width=width,
            height=height,
            minimum=limits.min_side_px,
            long=limits.max_long_side_px,
            short=limits.max_short_side_px,
        )


def check_audio(stream: AudioStream, limits: Limits) -> None:
    """Raise MediaRefused where the codec, the channels or the rate of the sound are not taken."""
    _check_codec(stream, AUDIO_CODECS, "sound")
    channels, rate = stream.codec_context.channels, stream.codec_context.sample_rate
    if not 1 <= channels <= limits.max_channels:
        raise MediaRefused("channels", channels=channels, limit=limits.max_channels)
    if not limits.min_sample_rate_hz <= rate <= limits.max_sample_rate_hz:
        raise MediaRefused(
            "sample_rate",
            sample_rate_hz=rate,
            minimum=limits.min_sample_rate_hz,
            maximum=limits.max_sample_rate_hz,
        )


def _check_codec(stream: VideoStream | AudioStream, known: frozenset[str], word: str) -> None:
    # A stream whose codec this build cannot name has no context at all.
    context = cast(Any, stream.codec_context)
    codec = "unknown" if context is None else str(context.codec.canonical_name)
    if codec not in known and not codec.startswith("pcm_"):
        raise MediaRefused("codec", stream=word, codec=codec)


def mean_rate(measured_hz: float, declared: Fraction | None) -> Fraction:
    """Return the declared rate where the packets confirm it within 2 %, else the measured one."""
    if declared and abs(float(declared) - measured_hz) <= 0.02 * measured_hz:
        return Fraction(declared)
    return Fraction(measured_hz).limit_denominator(1001)


def canonical_rate(rate: Fraction) -> Fraction:
    """Return the constant rate of the canonical video: 1 to 30 Hz, halved evenly where faster."""
    if rate >= 40:
        return rate / 2
    return min(max(rate, Fraction(1)), Fraction(MAX_CANONICAL_RATE_HZ))


def upright_size(facts: VideoStreamFacts, aspect: Fraction, longest_px: int) -> tuple[int, int]:
    """Return even width and height, upright, with square pixels, never enlarged."""
    stretch = float(aspect) if Fraction(1, 4) <= aspect <= 4 else 1.0
    width, height = facts.width * stretch, float(facts.height)
    if facts.rotation in {90, 270}:
        width, height = height, width
    scale = min(1.0, longest_px / max(width, height))
    return _even(width * scale), _even(height * scale)


def _even(length_px: float) -> int:
    return max(2, 2 * round(length_px / 2))


def _is_moving(stream: VideoStream) -> bool:
    return not int(stream.disposition) & _COVER_PICTURE


def _is_float_pcm(stream: AudioStream) -> bool:
    return str(stream.codec_context.codec.canonical_name).startswith("pcm_f")


def _rotation(packet: "Packet[Any]") -> int | None:
    """Return the clockwise turn of the first picture in ``packet``, None where there is none."""
    try:
        frames = packet.decode()
    except av.FFmpegError:
        # A damaged start is no reason to give up: a later picture may be whole.
        return None
    return next((-round(frame.rotation / 90) * 90 % 360 for frame in frames), None)


def _count_invalid(packet: "Packet[Any]", track: _Track) -> None:
    for frame in packet.decode():
        samples = np.asarray(frame.to_ndarray())
        track.samples += samples.size
        track.invalid_samples += int(samples.size - np.isfinite(samples).sum())


def _dense_s(track: _Track) -> float:
    """Return what the track would last if each packet followed the last at the usual step."""
    steps_s = np.diff(np.sort(np.array(track.starts_s)))
    return float(np.median(steps_s)) * len(track.starts_s) if steps_s.size else 0.0


def _lacks_index(source: str, demuxer: str) -> bool:
    """Tell whether an ISO file (ISO 14496-12) ends before its index, the ``moov`` box."""
    if demuxer != "mov":
        return False
    with Path(source).open("rb") as file:
        size = file.seek(0, 2)
        position = 0
        while position + 8 <= size:
            file.seek(position)
            header = file.read(16)
            length = int.from_bytes(header[:4], "big")
            if header[4:8] == b"moov":
                return position + length > size
            length = int.from_bytes(header[8:16], "big") if length == 1 else length
            position = size if length < 8 else position + length
    return True
