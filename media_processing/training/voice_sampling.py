"""Batches for training: balanced over corpora and classes, of like length, augmented, mixed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from media_processing.analysis.log_mel import MELS, PADDING, fit_length
from media_processing.inference.voice_emotion import WINDOW_FRAMES
from media_processing.training.voice_augmentation import AugmentationRules, augment, stretch
from media_processing.training.voice_corpora import CLASSES
from media_processing.training.voice_features import Material
from media_processing.training.voice_network import TIME_STRIDE

Batch = tuple[Tensor, Tensor]
# Clips of so many batches are sorted by length before they are parted: short ones cost less.
BATCHES_SORTED = 8


@dataclass(frozen=True, slots=True)
class SamplingRules:
    """How much of each corpus an epoch holds, and how clips are cut, joined and mixed."""

    corpus_share: Mapping[str, float]
    clips_per_epoch: int = 2400
    batch_clips: int = 32
    cut: float = 0.2
    shortest_cut: float = 0.6
    join: float = 0.05
    mixup: float = 0.3
    mixup_alpha: float = 0.4
    augmentation: AugmentationRules = field(default_factory=AugmentationRules)


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
        self._keys = [
            (clip.corpus, clip.speaker, int(label))
            for clip, label in zip(material.clips, material.labels, strict=True)
        ]
        self._companions: dict[tuple[str, str, int], list[int]] = {}
        for index, key in enumerate(self._keys):
            self._companions.setdefault(key, []).append(index)

    @property
    def batches_per_epoch(self) -> int:
        return self._rules.clips_per_epoch // self._rules.batch_clips

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield (features (n, frames, MELS), soft targets (n, classes)).

        ``frames`` is what the longest clip of the batch needs, at most ``WINDOW_FRAMES``.
        """
        rng = np.random.default_rng((self._seed, epoch))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        drawn = rng.choice(len(self._weights), self._rules.clips_per_epoch, p=self._weights)
        size = self._rules.batch_clips
        for first in range(0, len(drawn) - size + 1, size * BATCHES_SORTED):
            chosen = drawn[first : first + size * BATCHES_SORTED]
            clips = [self._source(int(index), rng) for index in chosen]
            limit = self._rules.augmentation.tempo
            slower = np.exp(rng.uniform(-limit, limit, len(clips)))
            order = np.argsort([len(clip) * s for clip, s in zip(clips, slower, strict=True)])
            parts = [order[start : start + size] for start in range(0, len(order), size)]
            for part in (parts[i] for i in rng.permutation(len(parts)) if len(parts[i]) == size):
                targets = torch.eye(len(CLASSES))[self._material.labels[chosen[part]]]
                features = self._batch([clips[i] for i in part], slower[part], rng, generator)
                yield self._mix(features, targets, rng)

    def _source(self, index: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Return a clip; sometimes a part of it, as the windows of long speech are, or two."""
        rules, clip = self._rules, self._clip(index)
        if rng.random() < rules.cut:
            frames = max(1, int(len(clip) * rng.uniform(rules.shortest_cut, 1.0)))
            first = int(rng.integers(0, len(clip) - frames + 1))
            return clip[first : first + frames]
        if len(clip) < WINDOW_FRAMES and rng.random() < rules.join:
            pause = np.full((int(rng.integers(0, 12)), MELS), PADDING, np.float32)
            companion = self._clip(int(rng.choice(self._companions[self._keys[index]])))
            return np.concatenate([clip, pause, companion])
        return clip

    def _clip(self, index: int) -> npt.NDArray[np.float32]:
        return self._material.features[index].astype(np.float32)

    def _batch(
        self,
        clips: list[npt.NDArray[np.float32]],
        slower: npt.NDArray[np.float64],
        rng: np.random.Generator,
        generator: torch.Generator,
    ) -> Tensor:
        rules = self._rules.augmentation
        longest = max(len(clip) for clip in clips)
        source = np.stack([fit_length(clip, longest) for clip in clips])
        lengths = np.array([len(clip) for clip in clips]) * slower
        frames = min(WINDOW_FRAMES, _whole_tokens(lengths.max()))
        pitch = np.exp(rng.uniform(-rules.pitch, rules.pitch, len(clips)))
        warped = stretch(torch.from_numpy(source), _float(slower), frames, _float(pitch))
        return augment(warped, _float(lengths).clamp(1, frames), rules, generator)

    def _mix(self, features: Tensor, targets: Tensor, rng: np.random.Generator) -> Batch:
        """Mixup (Zhang et al. 2018) of a batch with itself in another order."""
        if rng.random() >= self._rules.mixup:
            return features, targets
        share = rng.beta(self._rules.mixup_alpha, self._rules.mixup_alpha)
        order = torch.from_numpy(rng.permutation(len(features)))
        return (
            share * features + (1 - share) * features[order],
            share * targets + (1 - share) * targets[order],
        )


def _whole_tokens(frames: float) -> int:
    return TIME_STRIDE * int(np.ceil(frames / TIME_STRIDE))


def _float(values: npt.NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))
