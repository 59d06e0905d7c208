"""Batches for training: balanced over corpora and classes, augmented, mixed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.log_mel import MELS, PADDING, fit_length
from media_processing.inference.voice_emotion import WINDOW_FRAMES
from media_processing.training.voice_augmentation import colour, mask
from media_processing.training.voice_corpora import CLASSES
from media_processing.training.voice_features import Material

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class SamplingRules:
    """How much of each corpus an epoch holds, and how strongly clips are changed."""

    corpus_share: Mapping[str, float]
    clips_per_epoch: int = 2400
    batch_clips: int = 32
    clean: float = 0.3
    join: float = 0.2
    mixup: float = 0.3
    mixup_alpha: float = 0.4
    augment: bool = True


def clip_weights(material: Material, share: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """Return the probability of drawing each clip: corpora by share, classes alike within one."""
    corpora = np.array([clip.corpus for clip in material.clips])
    weights = np.zeros(len(corpora))
    for corpus in set(corpora):
        inside = corpora == corpus
        labels, counts = np.unique(material.labels[inside], return_counts=True)
        per_class = dict(zip(labels, 1.0 / (counts * len(labels)), strict=True))
        weights[inside] = [share[corpus] * per_class[label] for label in material.labels[inside]]
    return weights / weights.sum()


class EpochSampler:
    """Yields the batches of one epoch; the same seed and epoch give the same batches."""

    def __init__(self, material: Material, rules: SamplingRules, seed: int) -> None:
        self._material, self._rules, self._seed = material, rules, seed
        self._weights = clip_weights(material, rules.corpus_share)
        keys = [
            (clip.corpus, clip.speaker, int(label))
            for clip, label in zip(material.clips, material.labels, strict=True)
        ]
        self._companions: dict[tuple[str, str, int], list[int]] = {}
        for index, key in enumerate(keys):
            self._companions.setdefault(key, []).append(index)
        self._keys = keys

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield (features (n, WINDOW_FRAMES, MELS), soft targets (n, classes))."""
        rng = np.random.default_rng((self._seed, epoch))
        drawn = rng.choice(len(self._weights), self._rules.clips_per_epoch, p=self._weights)
        size = self._rules.batch_clips
        for first in range(0, len(drawn) - size + 1, size):
            chosen = drawn[first : first + size]
            features = np.stack([self._window(index, rng) for index in chosen])
            targets = np.eye(len(CLASSES), dtype=np.float32)[self._material.labels[chosen]]
            yield self._mix(features, targets, rng)

    def _window(self, index: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        clip = self._variant(index, rng)
        if not self._rules.augment:
            return fit_length(clip, WINDOW_FRAMES)
        clip = colour(self._joined(index, clip, rng), rng)
        return _place(mask(clip, rng), rng)

    def _variant(self, index: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        variants = self._material.features[index]
        distorted = self._rules.augment and rng.random() >= self._rules.clean
        chosen = rng.integers(len(variants)) if distorted else 0
        return variants[chosen].astype(np.float32)

    def _joined(
        self, index: int, clip: npt.NDArray[np.float32], rng: np.random.Generator
    ) -> npt.NDArray[np.float32]:
        """Windows inside long speech are full, so short clips are sometimes followed by another."""
        if len(clip) >= WINDOW_FRAMES or rng.random() >= self._rules.join:
            return clip
        pause = np.full((int(rng.integers(0, 12)), MELS), PADDING, np.float32)
        companion = self._variant(int(rng.choice(self._companions[self._keys[index]])), rng)
        return np.concatenate([clip, pause, companion])

    def _mix(
        self,
        features: npt.NDArray[np.float32],
        targets: npt.NDArray[np.float32],
        rng: np.random.Generator,
    ) -> Batch:
        """Mixup (Zhang et al. 2018) of a batch with itself in another order."""
        if not self._rules.augment or rng.random() >= self._rules.mixup:
            return features, targets
        share = np.float32(rng.beta(self._rules.mixup_alpha, self._rules.mixup_alpha))
        order = rng.permutation(len(features))
        return (
            share * features + (1 - share) * features[order],
            share * targets + (1 - share) * targets[order],
        )


def _place(clip: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return a window with the clip at a random place: cut where longer, shifted where shorter."""
    spare = WINDOW_FRAMES - len(clip)
    if spare <= 0:
        first = int(rng.integers(0, 1 - spare))
        return clip[first : first + WINDOW_FRAMES]
    before = int(rng.integers(0, spare + 1)) if rng.random() < 0.3 else 0
    shifted = np.pad(clip, ((before, 0), (0, 0)), constant_values=PADDING)
    return fit_length(shifted, WINDOW_FRAMES)
