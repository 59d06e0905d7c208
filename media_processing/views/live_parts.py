"""What the session page says of a recording that was, or is being, made live."""

from collections.abc import Sequence
from dataclasses import dataclass

from media_processing.models import LiveCapture, Recording


@dataclass(frozen=True, slots=True)
class Part:
    """One take: where it starts in the recording, and how long it is."""

    number: int
    from_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class LiveLine:
    """``parts`` are the takes that brought something, in the order of the recording."""

    live: LiveCapture
    is_open: bool
    parts: Sequence[Part]


def line_of(recording: Recording) -> LiveLine | None:
    """Return it for a recording with its capture and takes; None for one that was uploaded."""
    live = capture_of(recording)
    if live is None:
        return None
    parts: list[Part] = []
    from_s = 0.0
    for take in live.takes.all():
        if take.size_bytes:
            parts.append(Part(len(parts) + 1, from_s, take.duration_s))
            from_s += take.duration_s
    return LiveLine(live, is_being_made(recording), parts)


def is_being_made(recording: Recording) -> bool:
    """Return whether the recording still grows."""
    live, job = capture_of(recording), getattr(recording, "job", None)
    return live is not None and live.is_open and job is not None and job.is_open


def capture_of(recording: Recording) -> LiveCapture | None:
    found: LiveCapture | None = getattr(recording, "live", None)
    return found
