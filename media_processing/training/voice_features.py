"""The training material: log-mel features of the speech in every clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray, duration_s
from media_processing.analysis.log_mel import fit_length, log_mel, normalise, speech_level_db
from media_processing.analysis.vad import Segment, speech_segments
from media_processing.inference.voice_activity import FRAME_S, speech_probabilities
from media_processing.inference.voice_emotion import WINDOW_FRAMES
from media_processing.training.voice_corpora import (
    CLASSES,
    Clip,
    VoiceSource,
    read_clips,
    read_sounds,
)

Frames = npt.NDArray[np.float16]

# Room before and after, so that training sees neighbours of the windows that inference cuts.
MAX_FRAMES = 2 * WINDOW_FRAMES
# Quieter than this below its own peak, a burst has not begun or has ended.
QUIET_DB = -35.0


@dataclass(frozen=True, slots=True)
class Material:
    """Clips of some corpora with their features.

    ``features[i]`` are the (frames, MELS) float16 features of clip ``i``.
    """

    clips: Sequence[Clip]
    labels: npt.NDArray[np.int64]
    features: Sequence[Frames]

    def select(self, keep: npt.NDArray[np.bool_]) -> "Material":
        indices = np.flatnonzero(keep)
        return Material(
            [self.clips[i] for i in indices],
            self.labels[indices],
            [self.features[i] for i in indices],
        )


def load_material(
    data: Path | VoiceSource, corpora: Sequence[str], cache: Path, weights_dir: Path
) -> Material:
    """Return the material of the corpora, computed once and then read from ``cache``.

    Raises FileNotFoundError where a corpus is absent, ValueError where ``cache`` was made of other
    clips.
    """
    clips: list[Clip] = []
    features: list[Frames] = []
    for corpus in corpora:
        corpus_clips = read_clips(data, corpus)
        clips += corpus_clips
        path = cache / f"{corpus}.npz"
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            _store(path, data, corpus_clips, weights_dir)
        features += _stored(path, corpus_clips)
    labels = np.array([CLASSES.index(clip.label) for clip in clips], dtype=np.int64)
    return Material(clips, labels, features)


def _store(path: Path, data: Path | VoiceSource, clips: Sequence[Clip], weights_dir: Path) -> None:
    computed = [_features(trim(samples, weights_dir)) for _, samples in read_sounds(data, clips)]
    partial = path.with_suffix(".partial.npz")
    lengths = np.array([len(frames) for frames in computed])
    np.savez(partial, frames=np.concatenate(computed), lengths=lengths, clips=_names(clips))
    partial.replace(path)


def _stored(path: Path, clips: Sequence[Clip]) -> list[Frames]:
    with np.load(path) as stored:
        if "clips" not in stored or stored["clips"].tolist() != _names(clips):
            raise ValueError(f"{path} was made of other clips; train into another folder")
        return np.split(stored["frames"], np.cumsum(stored["lengths"])[:-1])


def _names(clips: Sequence[Clip]) -> list[str]:
    return [clip.file for clip in clips]


def _features(speech: FloatArray) -> Frames:
    frames_db = log_mel(speech)
    normalised = normalise(frames_db, speech_level_db(frames_db))
    return fit_length(normalised, min(len(normalised), MAX_FRAMES)).astype(np.float16)


def trim(samples: FloatArray, weights_dir: Path) -> FloatArray:
    """Return the samples from the first speech to the last, or from the first sound to the last."""
    probabilities = speech_probabilities(samples, weights_dir)
    found = speech_segments(probabilities, FRAME_S, duration_s(samples)) or [_loud(samples)]
    first = int(found[0].start_s * SAMPLE_RATE_HZ)
    return samples[first : max(first + 1, int(found[-1].end_s * SAMPLE_RATE_HZ))]


def _loud(samples: FloatArray) -> Segment:
    """Bursts such as a sigh are no speech; what stands out from their own peak is kept."""
    loud = np.flatnonzero(np.abs(samples) >= np.abs(samples).max() * 10 ** (QUIET_DB / 20))
    return Segment(float(loud[0]) / SAMPLE_RATE_HZ, float(loud[-1] + 1) / SAMPLE_RATE_HZ)
