"""Which windows of a recording the voice network hears, and how good each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass

from media_processing.analysis.vad import Segment, overlap_s
from media_processing.analysis.windows import windows

WINDOW_S = 3.0
HOP_S = 1.0
# A longer pause parts two utterances; a window never reaches across it.
UTTERANCE_PAUSE_S = 1.0
# With less speech than this a window holds a syllable or two: not enough to hear how it was said.
MIN_SPEECH_S = 0.5
# Speech in a window from which more adds nothing to its quality.
FULL_SPEECH_S = 1.5
# Speech this far above the noise is clean; at 0 dB nothing of it is usable.
CLEAN_SNR_DB = 20.0
# With this share of samples at full scale the shape of the sound is lost.
LOST_CLIPPED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class SpeechWindow:
    """A window that holds enough speech to be heard."""

    start_s: float
    end_s: float
    speech_s: float


def utterances(segments: Sequence[Segment], pause_s: float = UTTERANCE_PAUSE_S) -> list[Segment]:
    """Return the segments of speech, those joined that are less than ``pause_s`` apart."""
    joined: list[Segment] = []
    for segment in segments:
        if joined and segment.start_s - joined[-1].end_s < pause_s:
            joined[-1] = Segment(joined[-1].start_s, segment.end_s)
        else:
            joined.append(segment)
    return joined


def speech_windows(segments: Sequence[Segment]) -> list[SpeechWindow]:
    """Return the windows of all utterances that hold at least ``MIN_SPEECH_S`` of speech."""
    found = [
        SpeechWindow(start_s, end_s, overlap_s(segments, start_s, end_s))
        for part in utterances(segments)
        for start_s, end_s in windows(part.start_s, part.end_s, window_s=WINDOW_S, hop_s=HOP_S)
    ]
    return [window for window in found if window.speech_s >= MIN_SPEECH_S]


def window_quality(window: SpeechWindow, snr_db: float, clipped_share: float) -> float:
    """Return 0…1: how much speech the window holds, how clean, how far from clipping."""
    enough = min(1.0, window.speech_s / FULL_SPEECH_S)
    clean = min(1.0, max(0.0, snr_db / CLEAN_SNR_DB))
    whole = max(0.0, 1.0 - clipped_share / LOST_CLIPPED_SHARE)
    return enough * clean * whole


def covered_s(speech: Sequence[SpeechWindow], segments: Sequence[Segment]) -> float:
    """Return the seconds of speech that at least one window holds."""
    heard = utterances([Segment(window.start_s, window.end_s) for window in speech], pause_s=0.0)
    return sum(overlap_s(segments, part.start_s, part.end_s) for part in heard)
