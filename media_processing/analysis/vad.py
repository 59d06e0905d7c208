"""From the speech probability of each frame to segments of speech."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """How frames become segments.

    Speech starts at ``on`` and ends below ``off`` (hysteresis, so that one weak frame does not cut
    a word). Pauses shorter than ``min_pause_s`` are bridged, segments shorter than
    ``min_speech_s`` dropped, and each end is widened by ``pad_s`` for soft consonants.
    """

    on: float = 0.5
    off: float = 0.35
    min_speech_s: float = 0.2
    min_pause_s: float = 0.3
    pad_s: float = 0.064


def speech_segments(
    probabilities: npt.NDArray[np.float32],
    frame_s: float,
    duration_s: float,
    rules: SegmentRules | None = None,
    *,
    first_frame: int = 0,
) -> list[Segment]:
    """Return the segments of speech, in order and apart, from (frames,) probabilities.

    ``first_frame`` is the number of the first one where they are a part of a recording.
    """
    rules = rules or SegmentRules()
    active = _hysteresis(probabilities, rules)
    bridged = _bridge(_runs(active, frame_s, first_frame), rules.min_pause_s)
    kept = [segment for segment in bridged if segment.duration_s >= rules.min_speech_s]
    return _pad(kept, rules.pad_s, duration_s)


def total_s(segments: Sequence[Segment]) -> float:
    """Return the seconds of speech in segments that do not overlap."""
    return sum(segment.duration_s for segment in segments)


def overlap_s(segments: Sequence[Segment], start_s: float, end_s: float) -> float:
    """Return the seconds of speech between ``start_s`` and ``end_s``; segments are in order."""
    first = bisect_left(segments, start_s, key=lambda segment: segment.end_s)
    last = bisect_left(segments, end_s, lo=first, key=lambda segment: segment.start_s)
    return sum(
        max(0.0, min(segment.end_s, end_s) - max(segment.start_s, start_s))
        for segment in segments[first:last]
    )


def _hysteresis(
    probabilities: npt.NDArray[np.float32], rules: SegmentRules
) -> npt.NDArray[np.bool_]:
    """Return (frames,) whether speech goes on: as the last frame that was clearly either says."""
    starts, ends = probabilities >= rules.on, probabilities < rules.off
    said = np.where(starts | ends, np.arange(1, len(probabilities) + 1), 0)
    last = np.maximum.accumulate(said) if len(said) else said
    return np.asarray(np.concatenate([[False], starts])[last])


def _runs(active: npt.NDArray[np.bool_], frame_s: float, first: int) -> list[Segment]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    edges += first
    return [
        Segment(float(start) * frame_s, float(end) * frame_s)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _bridge(segments: Sequence[Segment], min_pause_s: float) -> list[Segment]:
    bridged: list[Segment] = []
    for segment in segments:
        if bridged and segment.start_s - bridged[-1].end_s < min_pause_s:
            bridged[-1] = Segment(bridged[-1].start_s, segment.end_s)
        else:
            bridged.append(segment)
    return bridged


def _pad(segments: Sequence[Segment], pad_s: float, duration_s: float) -> list[Segment]:
    padded: list[Segment] = []
    for segment in segments:
        start_s = max(padded[-1].end_s if padded else 0.0, segment.start_s - pad_s)
        padded.append(Segment(start_s, min(duration_s, segment.end_s + pad_s)))
    return padded
