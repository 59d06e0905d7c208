"""The values of the sandbox: its limits, what it found, what it made and how it refuses."""

from dataclasses import dataclass
from typing import Any

from media_processing.sandbox.refusals import sentence


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upload may be, and what reading it may cost.

    A recording that was cut off is still taken when ``salvage_s`` of it can be read. The memory
    limit is address space: decoders reserve more than they touch. A decoder that makes no headway
    for ``stall_s`` is given up.
    """

    max_bytes: int = 2 * 1024**3
    min_duration_s: float = 0.5
    max_duration_s: float = 1800.0
    salvage_s: float = 3.0
    min_side_px: int = 64
    max_long_side_px: int = 3840
    max_short_side_px: int = 2160
    max_rate_hz: float = 60.0
    max_streams: int = 8
    max_channels: int = 8
    min_sample_rate_hz: int = 4000
    max_sample_rate_hz: int = 192_000
    max_packets: int = 1_000_000
    memory_bytes: int = 2 * 1024**3
    output_bytes: int = 2 * 1024**3
    open_files: int = 64
    processes: int = 64
    probe_wall_s: float = 60.0
    stall_s: float = 60.0

    def transcode_wall_s(self, duration_s: float) -> float:
        """Return the time that a transcode may take: generous for a slow, shared machine."""
        return 120.0 + 8.0 * min(duration_s, self.max_duration_s)


@dataclass(frozen=True, slots=True)
class VideoStreamFacts:
    """The stored picture: ``rotation`` is the clockwise turn in degrees that shows it upright."""

    codec: str
    width: int
    height: int
    fps: float
    rotation: int


@dataclass(frozen=True, slots=True)
class Shape:
    """The size and rate of a canonical video; ``rate`` is a fraction in words, as "30000/1001"."""

    width_px: int
    height_px: int
    rate: str


@dataclass(frozen=True, slots=True)
class AudioStreamFacts:
    """The stored sound."""

    codec: str
    sample_rate_hz: int
    channels: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What an upload contains, measured on its packets and not believed from its header.

    ``truncated`` says that the file ends before its header says it does.
    """

    container: str
    duration_s: float
    video: VideoStreamFacts | None
    audio: AudioStreamFacts | None
    truncated: bool = False


class MediaRefused(Exception):  # noqa: N818  # it names an outcome, as its code does
    """The file can never be processed. ``code`` is stable, ``message`` is for the officer.

    ``detail`` is for the log alone: it may quote the decoder.
    """

    def __init__(self, code: str, detail: str = "", **figures: Any) -> None:
        self.code = code
        self.figures = figures
        self.message = sentence(code, **figures)
        self.detail = detail
        super().__init__(f"{code}: {self.message}")


class MediaTransient(Exception):  # noqa: N818  # as above
    """The machine, not the file, stood in the way: the same file may work later."""
