"""One phase of training of the face-expression network on vote distributions.

One seed gives one result: each epoch draws from a generator of its own, so that a run that was
interrupted and resumed ends with the same weights.
"""

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from media_processing.training.face_augmentation import augment, mix
from media_processing.training.face_data import CLASSES, FaceImages
from media_processing.training.face_figures import measure, predict_logits
from media_processing.training.face_network import FaceNetwork
from media_processing.training.face_phases import Phase
from media_processing.training.resuming import origin_of


class TrainingRun:
    """Network, averaged network, optimiser and the epochs done so far.

    A checkpoint that was begun with another seed, phase, start or other ``samples`` (a name for
    each, or a digest of all) raises ValueError.
    """

    def __init__(
        self,
        phase: Phase,
        seed: int,
        out: Path,
        start: dict[str, Tensor] | None = None,
        *,
        samples: Sequence[str] = (),
    ) -> None:
        self.phase, self.seed, self.out, self.start = phase, seed, out, start
        out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        self.network = FaceNetwork(len(CLASSES)).to(memory_format=torch.channels_last)
        if start is not None:
            self.network.load_state_dict(start)
        self._origin = origin_of(seed, asdict(phase), samples, self.network.state_dict())
        average = get_ema_multi_avg_fn(phase.averaging_decay)
        self.averaged = AveragedModel(self.network, multi_avg_fn=average, use_buffers=True)
        self.optimiser = torch.optim.SGD(
            _decay_groups(self.network, phase.weight_decay),
            lr=phase.learning_rate,
            momentum=phase.momentum,
            nesterov=True,
        )
        self.epoch, self.best_score = 0, -1.0
        self._resume()

    def fit(self, train: FaceImages, validation: FaceImages) -> None:
        """Train to the end of the phase, from where an earlier run of it was interrupted."""
        train = self.targets(train)
        while self.epoch < min(self.phase.last_epoch, self.phase.epochs):
            self.one_epoch(train, validation)

    def targets(self, train: FaceImages) -> FaceImages:
        """Return the pictures with the teacher's share mixed into the raters' votes."""
        share = self.phase.teacher_share
        if self.start is None or not share:
            return train
        teacher = FaceNetwork(len(CLASSES)).eval().to(memory_format=torch.channels_last)
        teacher.load_state_dict(self.start)
        opinion = predict_logits(teacher, train).softmax(dim=1).numpy()
        return replace(train, votes=(1 - share) * train.votes + share * opinion)

    def one_epoch(self, train: FaceImages, validation: FaceImages) -> None:
        """Train once over the pictures, measure, keep the state and write the log."""
        started = time.monotonic()
        loss = self._train_epoch(train)
        figures = measure(self.averaged.module, validation)
        self.epoch += 1
        self._keep(figures)
        line = {
            "epoch": self.phase.first_epoch + self.epoch,
            "loss": round(loss, 4),
            **{name: round(value, 4) for name, value in figures.items()},
        }
        self._log({**line, "seconds": round(time.monotonic() - started, 1)})

    def best_state(self) -> dict[str, Tensor]:
        state: dict[str, Tensor] = torch.load(self.out / "best.pt", weights_only=True)
        return state

    def _train_epoch(self, train: FaceImages) -> float:
        draw = self.seed * 1000 + self.phase.first_epoch + self.epoch
        torch.manual_seed(draw)
        rng = Generator().manual_seed(draw)
        self.network.train()
        steps = len(train) // self.phase.batch
        total = 0.0
        for step, chosen in enumerate(_draws(train, self.phase, rng)):
            self._set_rate(self.epoch + step / steps)
            total += self._step(train, chosen, rng)
        return total / steps

    def _step(self, train: FaceImages, chosen: Tensor, rng: Generator) -> float:
        crops = torch.from_numpy(train.images[chosen.numpy()]).unsqueeze(1).float()
        votes = torch.from_numpy(train.votes[chosen.numpy()])
        crops = augment(crops, rng)
        if self.phase.mixup:
            crops, votes = mix(crops, votes, rng)
        logits = self.network(crops.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(logits, votes)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.averaged.update_parameters(self.network)
        return float(loss.detach())

    def _set_rate(self, epoch: float) -> None:
        rate = self.phase.learning_rate * learning_rate_share(epoch, self.phase)
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def _keep(self, figures: dict[str, float]) -> None:
        score = figures["accuracy"] + figures["mean_class_recall"]
        if score > self.best_score:
            self.best_score = score
            torch.save(self.averaged.module.state_dict(), self.out / "best.pt")
        state = {
            "epoch": self.epoch,
            "best_score": self.best_score,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            **self._origin.saved(),
        }
        partial = self.out / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self._origin.check(state, path)
        self.epoch, self.best_score = state["epoch"], state["best_score"]
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])

    def _log(self, line: dict[str, Any]) -> None:
        with (self.out / "epochs.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def learning_rate_share(epoch: float, phase: Phase) -> float:
    """Warm-up, cosine, then a straight cool-down to zero at the last epoch."""
    if epoch < phase.warm_up_epochs:
        return epoch / phase.warm_up_epochs
    turn = min(epoch, phase.cool_down_from_epoch)
    done = (turn - phase.warm_up_epochs) / (phase.cosine_epochs - phase.warm_up_epochs)
    left = (phase.epochs - epoch) / (phase.epochs - phase.cool_down_from_epoch)
    return (1 + math.cos(math.pi * done)) / 2 * min(max(left, 0.0), 1.0)


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _draws(train: FaceImages, phase: Phase, rng: Generator) -> Iterator[Tensor]:
    leading = torch.from_numpy(train.votes).argmax(dim=1)
    counts = torch.bincount(leading, minlength=len(CLASSES)).clamp(min=1).float()
    weights = (counts**-phase.balance)[leading]
    order = torch.multinomial(weights, len(train), replacement=phase.balance > 0, generator=rng)
    yield from order.split(phase.batch)[: len(train) // phase.batch]
