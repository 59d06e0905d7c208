"""Train the voice-emotion Transformer: ``manage.py train_model voice``."""

import copy
import json
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from media_processing.training.class_metrics import confusion_matrix, unweighted_average_recall
from media_processing.training.voice_corpora import CLASSES, VoiceSource
from media_processing.training.voice_export import calibrate_and_export
from media_processing.training.voice_features import Material, load_material
from media_processing.training.voice_network import VoiceEmotionNetwork
from media_processing.training.voice_sampling import EpochSampler, SamplingRules
from media_processing.training.voice_scoring import clip_probabilities

logger = logging.getLogger(__name__)

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"
# Speech decides which epoch ships; bursts only help to learn.
SELECTED_ON = ("ravdess", "nemo")


@dataclass(frozen=True, slots=True)
class TrainingRules:
    """Everything that a run depends on beside its data and seed."""

    epochs: int = 44
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup_epochs: int = 3
    label_smoothing: float = 0.05
    dropout: float = 0.15
    average_decay: float = 0.99
    variants: dict[str, int] = field(
        default_factory=lambda: {"ravdess": 6, "nemo": 6, "emogator": 2}
    )
    clips_per_epoch: int = 2000
    corpus_share: dict[str, float] = field(
        default_factory=lambda: {"ravdess": 0.45, "nemo": 0.3, "emogator": 0.25}
    )
    selected_on: tuple[str, ...] = SELECTED_ON


def rules_for(source: VoiceSource, epochs: int | None = None) -> TrainingRules:
    """Return the rules of a training on one corpus alone: an epoch draws each clip about twice."""
    corpus = source.corpus
    learnt_from = sum(clip.split == "train" for clip in source.clips())
    return TrainingRules(
        epochs=epochs or TrainingRules().epochs,
        clips_per_epoch=max(2 * learnt_from, SamplingRules({}).batch_clips),
        variants={corpus: 6},
        corpus_share={corpus: 1.0},
        selected_on=(corpus,),
    )


class Trainer:
    """One run: network, its running average, optimiser and history, saved after every epoch."""

    def __init__(self, material: Material, rules: TrainingRules, out: Path, seed: int) -> None:
        torch.manual_seed(seed)
        self._rules, self._seed = rules, seed
        self._checkpoint = out / "checkpoint.pt"
        splits = np.array([clip.split for clip in material.clips])
        self._sampler = EpochSampler(
            material.select(splits == "train"),
            SamplingRules(corpus_share=rules.corpus_share, clips_per_epoch=rules.clips_per_epoch),
            seed,
        )
        self._validation = material.select(splits == "val")
        self.network = VoiceEmotionNetwork(rules.dropout)
        # Averaged weights generalise better than the last ones (Izmailov et al. 2018).
        self.average = copy.deepcopy(self.network)
        self.best = copy.deepcopy(self.network.state_dict())
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), rules.learning_rate, weight_decay=rules.weight_decay
        )
        self.history: list[dict[str, Any]] = []

    def run(self) -> None:
        """Train until the last epoch, from the checkpoint where there is one."""
        self._resume()
        for epoch in range(len(self.history), self._rules.epochs):
            started = time.monotonic()
            loss = self._train_epoch(epoch)
            figures = {"epoch": epoch, "loss": loss, **self._validate()}
            figures["seconds"] = time.monotonic() - started
            if figures["selection"] > max((past["selection"] for past in self.history), default=-1):
                self.best = copy.deepcopy(self.average.state_dict())
            self.history.append(figures)
            self._save()
            logger.info("%s", json.dumps(figures))

    def _train_epoch(self, epoch: int) -> float:
        self.network.train()
        losses = []
        batches = list(self._sampler.batches(epoch))
        for step, (features, targets) in enumerate(batches):
            self._set_rate(epoch + step / len(batches))
            losses.append(self._step(torch.from_numpy(features), torch.from_numpy(targets)))
        return float(np.mean(losses))

    def _step(self, features: Tensor, targets: Tensor) -> float:
        logits = self.network(features)
        loss = functional.cross_entropy(
            logits, targets, label_smoothing=self._rules.label_smoothing
        )
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self._update_average()
        return float(loss.detach())

    def _update_average(self) -> None:
        with torch.no_grad():
            current = self.network.state_dict()
            for name, value in self.average.state_dict().items():
                if value.dtype.is_floating_point:
                    value.lerp_(current[name], 1 - self._rules.average_decay)
                else:
                    value.copy_(current[name])

    def _set_rate(self, epoch: float) -> None:
        """Linear warm-up, then half a cosine (Loshchilov and Hutter 2017)."""
        rules = self._rules
        warm = min(1.0, (epoch + 0.01) / rules.warmup_epochs)
        decay = 0.5 * (1 + math.cos(math.pi * epoch / rules.epochs))
        for group in self._optimiser.param_groups:
            group["lr"] = rules.learning_rate * warm * decay

    def _validate(self) -> dict[str, float]:
        probabilities = clip_probabilities(self.average, self._validation)
        corpora = np.array([clip.corpus for clip in self._validation.clips])
        figures = {}
        for corpus in self._rules.corpus_share:
            inside = corpora == corpus
            counts = confusion_matrix(
                self._validation.labels[inside],
                probabilities[inside].argmax(axis=1),
                len(CLASSES),
            )
            figures[f"val_{corpus}"] = unweighted_average_recall(counts)
        figures["selection"] = float(
            np.mean([figures[f"val_{name}"] for name in self._rules.selected_on])
        )
        return figures

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "optimiser": self._optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "history": self.history,
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def _resume(self) -> None:
        if not self._checkpoint.exists():
            return
        state = torch.load(self._checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.best = state["best"]
        self._optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        self.history = state["history"]


def main(
    data: Path,
    out: Path,
    seed: int,
    *,
    source: VoiceSource | None = None,
    epochs: int | None = None,
    rules: TrainingRules | None = None,
) -> None:
    """Train on the corpora under ``data``; write checkpoint, history and ONNX under ``out``.

    ``data`` (or its folder ``voice``) holds ``<corpus>.csv`` and ``<corpus>.zip``; a ``source``
    gives one corpus that is laid out in another way, and the network learns from it alone, for
    ``epochs`` if they are given. A run that was cut off goes on from its last epoch. Raises
    FileNotFoundError where a corpus is absent.
    """
    rules = rules or (rules_for(source, epochs) if source else TrainingRules())
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    with _without_subnormals():
        _train(source or data, out, seed, rules)


@contextmanager
def _without_subnormals() -> Iterator[None]:
    """Flush subnormal numbers while training: they are slow, and the setting is of the process."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _train(data: Path | VoiceSource, out: Path, seed: int, rules: TrainingRules) -> None:
    material = load_material(data, rules.variants, out / "features", WEIGHTS_DIR, seed)
    trainer = Trainer(material, rules, out, seed)
    trainer.run()
    spoken = [clip.split == "val" and clip.corpus in rules.selected_on for clip in material.clips]
    network = VoiceEmotionNetwork(rules.dropout)
    network.load_state_dict(trainer.best)
    summary = calibrate_and_export(
        network, material.select(np.array(spoken)), out / "voice_emotion.onnx"
    )
    report = {"seed": seed, "rules": asdict(rules), "history": trainer.history, **summary}
    (out / "training.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
