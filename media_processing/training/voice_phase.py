"""One phase of training a voice network: some clips, some epochs, one schedule."""

import copy
import json
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from media_processing.training.class_metrics import confusion_matrix, unweighted_average_recall
from media_processing.training.resuming import origin_of
from media_processing.training.voice_corpora import CLASSES
from media_processing.training.voice_features import Material
from media_processing.training.voice_sampling import EpochSampler, SamplingRules
from media_processing.training.voice_scoring import clip_probabilities

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PhaseRules:
    """Everything that a phase depends on beside its clips, its seed and what it starts from."""

    corpus_share: Mapping[str, float]
    epochs: int
    clips_per_epoch: int = 2000
    batch_clips: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup_epochs: float = 1.0
    label_smoothing: float = 0.05
    average_decay: float = 0.995
    # Measuring on validation clips costs as much as some training.
    validate_every: int = 4


class Phase:
    """A run: network, its running average, optimiser and history, saved after every epoch.

    A run that was cut off goes on from its last epoch. A checkpoint that was begun with another
    seed, other rules, clips or weights raises ValueError.
    """

    def __init__(
        self,
        network: nn.Module,
        material: Material,
        rules: PhaseRules,
        checkpoint: Path,
        *,
        seed: int,
        validation: Material | None = None,
    ) -> None:
        torch.manual_seed(seed)
        self._rules, self._checkpoint, self._validation = rules, checkpoint, validation
        samples = [f"{clip.corpus} {clip.file} {clip.label}" for clip in material.clips]
        self._origin = origin_of(seed, asdict(rules), samples, network.state_dict())
        sampling = SamplingRules(rules.corpus_share, rules.clips_per_epoch, rules.batch_clips)
        self._sampler = EpochSampler(material, sampling, seed)
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # Averaged weights generalise better than the last ones (Izmailov et al. 2018).
        self.average = copy.deepcopy(network)
        self._optimiser = torch.optim.AdamW(
            network.parameters(), rules.learning_rate, weight_decay=rules.weight_decay, fused=True
        )
        self._averaged = _floating(self.average)
        self._current = _floating(self.network)
        self.history: list[dict[str, Any]] = []

    def run(self) -> nn.Module:
        """Train until the last epoch, from the checkpoint where there is one; return the average.

        The number of epochs is part of the rules, so no clip chooses it.
        """
        self._resume()
        for epoch in range(len(self.history), self._rules.epochs):
            started = time.process_time()
            figures: dict[str, Any] = {"epoch": epoch, "loss": self._train_epoch(epoch)}
            if self._validation is not None and self._is_measured(epoch):
                figures |= validation_figures(self.average, self._validation)
            figures["cpu_seconds"] = round(time.process_time() - started, 1)
            self.history.append(figures)
            self._save()
            logger.info("%s %s", self._checkpoint.stem, json.dumps(figures))
        return self.average

    def _is_measured(self, epoch: int) -> bool:
        return (epoch + 1) % self._rules.validate_every == 0 or epoch + 1 == self._rules.epochs

    def _train_epoch(self, epoch: int) -> float:
        self.network.train()
        losses = []
        for step, (features, targets) in enumerate(self._sampler.batches(epoch)):
            self._set_rate(epoch + step / self._sampler.batches_per_epoch)
            losses.append(self._step(features, targets))
        return float(np.mean(losses))

    def _step(self, features: Tensor, targets: Tensor) -> float:
        loss = functional.cross_entropy(
            self.network(features), targets, label_smoothing=self._rules.label_smoothing
        )
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self._update_average()
        return float(loss.detach())

    def _update_average(self) -> None:
        with torch.no_grad():
            for average, current in zip(self._averaged, self._current, strict=True):
                average.lerp_(current, 1 - self._rules.average_decay)

    def _set_rate(self, epoch: float) -> None:
        """Linear warm-up, then half a cosine (Loshchilov and Hutter 2017)."""
        rules = self._rules
        warm = min(1.0, (epoch + 0.01) / rules.warmup_epochs)
        decay = 0.5 * (1 + math.cos(math.pi * min(1.0, epoch / rules.epochs)))
        for group in self._optimiser.param_groups:
            group["lr"] = rules.learning_rate * warm * decay

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "history": self.history,
            **self._origin.saved(),
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def _resume(self) -> None:
        if not self._checkpoint.exists():
            return
        state = torch.load(self._checkpoint, weights_only=True)
        self._origin.check(state, self._checkpoint)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        self.history = state["history"]


def _floating(network: nn.Module) -> list[Tensor]:
    """Return the weights and running statistics that can be averaged."""
    return [value for value in network.state_dict().values() if value.dtype.is_floating_point]


def validation_figures(network: nn.Module, validation: Material) -> dict[str, float]:
    """Return the UAR of each corpus among the validation clips, as ``val_<corpus>``."""
    predicted = clip_probabilities(network, validation).argmax(axis=1)
    corpora = np.array([clip.corpus for clip in validation.clips])
    return {
        f"val_{corpus}": unweighted_average_recall(
            confusion_matrix(
                validation.labels[corpora == corpus], predicted[corpora == corpus], len(CLASSES)
            )
        )
        for corpus in dict.fromkeys(corpora)
    }
