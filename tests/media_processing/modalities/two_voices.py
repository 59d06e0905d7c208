"""A talk of two voices that are made by code: who speaks when, and how much of it was kept."""

from collections.abc import Sequence

import numpy as np

from media_processing.analysis.subject import Subject, VoiceChoice
from media_processing.analysis.vad import Segment
from media_processing.demo_media.synthetic_speech import SpeakingStyle, babble

RATE_HZ = 16_000
# Who speaks when; the pauses between are longer than those inside a turn.
APPLICANT = [Segment(0.0, 8.0), Segment(18.0, 26.0)]
OFFICER = [Segment(10.0, 16.0), Segment(28.0, 34.0)]
ALL = sorted([*APPLICANT, *OFFICER], key=lambda part: part.start_s)


def two_voices() -> np.ndarray:
    """Return (n,) samples: a low, soft voice and a high, pressed one in turn."""
    low = SpeakingStyle(pitch_hz=95, pitch_range_semitones=3, effort=0.2)
    high = SpeakingStyle(pitch_hz=215, pitch_range_semitones=6, effort=0.9)
    samples = np.zeros(35 * RATE_HZ, np.float32)
    for style, parts, seed in ((low, APPLICANT, 1), (high, OFFICER, 5)):
        for number, part in enumerate(parts):
            first = round(part.start_s * RATE_HZ)
            sound = babble(style, duration_s=part.duration_s, seed=seed + number)
            samples[first : first + len(sound)] = sound[: len(samples) - first]
    return samples


def enrolled(*others: Segment) -> Subject:
    return Subject(face=(), voice=VoiceChoice.ENROLLED, enrolment=Segment(0.0, 8.0), others=others)


def overlap(kept: Sequence[Segment], parts: Sequence[Segment]) -> float:
    shared = [
        min(one.end_s, part.end_s) - max(one.start_s, part.start_s)
        for one in kept
        for part in parts
    ]
    return sum(each for each in shared if each > 0)
