"""Speech to compare speakers by: clips of the voice corpora as frames, and stretches of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from media_processing.analysis.audio import SAMPLE_RATE_HZ
from media_processing.analysis.log_mel import FRAME_HOP_S
from media_processing.analysis.speaker import VoiceFrames, joined, voice_frames
from media_processing.analysis.vad import Segment
from media_processing.training.voice_corpora import read_clips, read_sounds

# Speakers with less speech cannot be both enrolled and heard.
LEAST_SPEECH_S = 14.0
# What is cut from a clip's ends: everything this far below its loud frames.
TRIM_DB = 35.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clip: who speaks in which corpus, in which manner, and its frames."""

    corpus: str
    speaker: str
    manner: str
    frames: VoiceFrames


Speakers = Mapping[str, Sequence[Spoken]]


def spoken(data: Path, corpus: str) -> list[Spoken]:
    """Return the clips of a corpus, trimmed."""
    found = []
    for clip, samples in read_sounds(data, read_clips(data, corpus)):
        whole = Segment(0.0, len(samples) / SAMPLE_RATE_HZ)
        frames = trimmed(voice_frames(samples, [whole]))
        found.append(Spoken(corpus, f"{corpus} {clip.speaker}", clip.label, frames))
    return found


def trimmed(frames: VoiceFrames) -> VoiceFrames:
    """Cut the silence before and after speech."""
    loud_db = frames.log_mel_db.max(axis=1)
    inside = np.flatnonzero(loud_db > np.percentile(loud_db, 95) - TRIM_DB)
    span = slice(inside[0], inside[-1] + 1)
    return VoiceFrames(frames.log_mel_db[span], frames.pitch_hz[span])


def by_speaker(clips: Sequence[Spoken]) -> dict[str, list[Spoken]]:
    """Return the clips of each speaker of whom there is enough."""
    grouped: dict[str, list[Spoken]] = {}
    for one in clips:
        grouped.setdefault(one.speaker, []).append(one)
    return {
        name: found
        for name, found in grouped.items()
        if sum(one.frames.duration_s for one in found) >= LEAST_SPEECH_S
    }


def stretch(clips: Sequence[Spoken], seconds: float, rng: np.random.Generator) -> VoiceFrames:
    """Return ``seconds`` of speech from random clips; less where there is no more."""
    wanted = int(seconds / FRAME_HOP_S)
    parts: list[VoiceFrames] = []
    for index in rng.permutation(len(clips)):
        parts.append(clips[index].frames)
        if sum(len(part.pitch_hz) for part in parts) >= wanted:
            break
    whole = joined(parts)
    first = int(rng.integers(0, max(1, len(whole.pitch_hz) - wanted + 1)))
    span = slice(first, first + wanted)
    return VoiceFrames(whole.log_mel_db[span], whole.pitch_hz[span])
