"""Training of the face-expression network on the vote distributions of FER+.

One seed gives one result: each epoch draws from a generator of its own, so that a run that was
interrupted and resumed ends with the same weights.
"""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from media_processing.training.class_metrics import (
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    recalls,
    unweighted_average_recall,
)
from media_processing.training.face_augmentation import augment, mix
from media_processing.training.face_data import CLASSES, FaceImages, read_ferplus
from media_processing.training.face_export import export_network
from media_processing.training.face_network import FaceNetwork, mirrored_logits
from media_processing.training.layouts.base import FaceSource


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run."""

    # The schedule is drawn for ``epochs``; the run ends at ``last_epoch``, when little more comes.
    epochs: int = 23
    last_epoch: int = 21
    warm_up_epochs: float = 1.5
    # The rate follows a cosine of this length, and from the given epoch a straight line to zero.
    cosine_epochs: int = 30
    cool_down_from_epoch: int = 11
    batch: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    averaging_decay: float = 0.998
    # 0 draws as found; 1 draws every class equally often. Contempt and disgust are rare.
    balance: float = 0.25

    def fitted(self, pictures: int, epochs: int | None) -> "Recipe":
        """Return the recipe for so many pictures, its schedule stretched to ``epochs`` if given."""
        batch = min(self.batch, pictures)
        if epochs is None:
            return replace(self, batch=batch)
        share = epochs / self.epochs
        return replace(
            self,
            batch=batch,
            epochs=epochs,
            last_epoch=epochs,
            warm_up_epochs=self.warm_up_epochs * share,
            cosine_epochs=max(2, round(self.cosine_epochs * share)),
            cool_down_from_epoch=int(self.cool_down_from_epoch * share),
        )


def main(
    data: Path,
    out: Path,
    seed: int,
    *,
    source: FaceSource | None = None,
    epochs: int | None = None,
    recipe: Recipe | None = None,
) -> None:
    """Train, choose the epoch on the validation split, calibrate, export, measure on test.

    ``source`` gives the pictures where ``data`` has the layout of another data set than FER+.
    ``out`` receives the checkpoint, one JSON line per epoch, ``face_emotion.onnx`` and
    ``face_emotion.json`` with the test figures. Raises FaceDataError where ``data`` lacks FER+.
    """
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    read = source.images if source else partial(read_ferplus, data)
    train, validation = read("train"), read("val")
    fitted = (recipe or Recipe()).fitted(len(train), epochs)
    run = TrainingRun(fitted, seed, out)
    run.fit(train, validation)
    figures = finish(out, run.best_network(), validation, read("test"))
    told = {"seed": seed, "recipe": asdict(run.recipe), **figures}
    (out / "face_emotion.json").write_text(json.dumps(told, indent=2), encoding="utf-8")


class TrainingRun:
    """Network, averaged network, optimiser and the epochs done so far."""

    def __init__(self, recipe: Recipe, seed: int, out: Path) -> None:
        self.recipe, self.seed, self.out = recipe, seed, out
        torch.manual_seed(seed)
        self.network = FaceNetwork(len(CLASSES)).to(memory_format=torch.channels_last)
        average = get_ema_multi_avg_fn(recipe.averaging_decay)
        self.averaged = AveragedModel(self.network, multi_avg_fn=average, use_buffers=True)
        self.optimiser = torch.optim.SGD(
            _decay_groups(self.network, recipe.weight_decay),
            lr=recipe.learning_rate,
            momentum=recipe.momentum,
            nesterov=True,
        )
        self.epoch, self.best_score = 0, -1.0
        self._resume()

    def fit(self, train: FaceImages, validation: FaceImages) -> None:
        while self.epoch < min(self.recipe.last_epoch, self.recipe.epochs):
            self.one_epoch(train, validation)

    def one_epoch(self, train: FaceImages, validation: FaceImages) -> None:
        """Train once over the pictures, measure, keep the state and write the log."""
        started = time.monotonic()
        loss = self._train_epoch(train)
        figures = measure(self.averaged.module, validation)
        self.epoch += 1
        self._keep(figures)
        line = {"epoch": self.epoch, "loss": round(loss, 4), **_rounded(figures)}
        self._log({**line, "seconds": round(time.monotonic() - started, 1)})

    def best_network(self) -> FaceNetwork:
        network = FaceNetwork(len(CLASSES))
        network.load_state_dict(torch.load(self.out / "best.pt", weights_only=True))
        return network.eval()

    def _train_epoch(self, train: FaceImages) -> float:
        torch.manual_seed(self.seed * 1000 + self.epoch)
        rng = Generator().manual_seed(self.seed * 1000 + self.epoch)
        self.network.train()
        steps = len(train) // self.recipe.batch
        total = 0.0
        for step, chosen in enumerate(_draws(train, self.recipe, rng)):
            self._set_rate(self.epoch + step / steps)
            total += self._step(train, chosen, rng)
        return total / steps

    def _step(self, train: FaceImages, chosen: Tensor, rng: Generator) -> float:
        crops = torch.from_numpy(train.images[chosen.numpy()]).unsqueeze(1).float()
        votes = torch.from_numpy(train.votes[chosen.numpy()])
        crops, votes = mix(augment(crops, rng), votes, rng)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(crops.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(logits.float(), votes)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.averaged.update_parameters(self.network)
        return float(loss.detach())

    def _set_rate(self, epoch: float) -> None:
        rate = self.recipe.learning_rate * learning_rate_share(epoch, self.recipe)
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
        }
        partial = self.out / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.epoch, self.best_score = state["epoch"], state["best_score"]
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])

    def _log(self, line: dict[str, Any]) -> None:
        with (self.out / "epochs.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def learning_rate_share(epoch: float, recipe: Recipe) -> float:
    """Warm-up, cosine, then a straight cool-down to zero at the last epoch."""
    if epoch < recipe.warm_up_epochs:
        return epoch / recipe.warm_up_epochs
    turn = min(epoch, recipe.cool_down_from_epoch)
    done = (turn - recipe.warm_up_epochs) / (recipe.cosine_epochs - recipe.warm_up_epochs)
    left = (recipe.epochs - epoch) / (recipe.epochs - recipe.cool_down_from_epoch)
    return (1 + math.cos(math.pi * done)) / 2 * min(max(left, 0.0), 1.0)


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _draws(train: FaceImages, recipe: Recipe, rng: Generator) -> Iterator[Tensor]:
    leading = torch.from_numpy(train.votes).argmax(dim=1)
    counts = torch.bincount(leading, minlength=len(CLASSES)).clamp(min=1).float()
    weights = (counts**-recipe.balance)[leading]
    order = torch.multinomial(weights, len(train), replacement=recipe.balance > 0, generator=rng)
    yield from order.split(recipe.batch)[: len(train) // recipe.batch]


@torch.inference_mode()
def predict_logits(network: nn.Module, images: FaceImages, batch: int = 256) -> Tensor:
    """Return (n, classes) mirrored logits."""
    network.eval()
    crops = torch.from_numpy(images.images).unsqueeze(1)
    parts = [mirrored_logits(network, part.float()) for part in crops.split(batch)]
    return torch.cat(parts)


def measure(network: nn.Module, images: FaceImages) -> dict[str, float]:
    """Figures of a network over the labelled pictures, before calibration."""
    return figures_of(predict_logits(network, images), images.labels)


def figures_of(
    logits: Tensor, labels: npt.NDArray[np.int64], temperature: float = 1.0
) -> dict[str, float]:
    """Accuracy, mean class recall, log loss and calibration error where ``labels`` is not -1."""
    known = labels >= 0
    truth = labels[known]
    probabilities = torch.softmax(logits / temperature, dim=1).double().numpy()[known]
    matrix = confusion_matrix(truth, probabilities.argmax(axis=1), len(CLASSES))
    chosen = probabilities[np.arange(len(truth)), truth]
    return {
        "accuracy": accuracy(matrix),
        "mean_class_recall": unweighted_average_recall(matrix),
        "log_loss": float(-np.log(np.maximum(chosen, 1e-12)).mean()),
        "calibration_error": expected_calibration_error(probabilities, truth),
    }


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return the temperature with the least log loss (Guo et al. 2017), by golden section."""
    low, high, ratio = math.log(0.25), math.log(4.0), (math.sqrt(5) - 1) / 2

    def loss(log_temperature: float) -> float:
        return float(functional.cross_entropy(logits / math.exp(log_temperature), labels))

    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def finish(
    out: Path, network: FaceNetwork, validation: FaceImages, test: FaceImages
) -> dict[str, Any]:
    """Calibrate on the validation split, export, and return the figures of both splits."""
    told, asked = predict_logits(network, validation), predict_logits(network, test)
    known = torch.from_numpy(validation.labels >= 0)
    temperature = fit_temperature(told[known], torch.from_numpy(validation.labels)[known])
    export_network(network, temperature, out / "face_emotion.onnx")
    return {
        "temperature": temperature,
        "validation": figures_of(told, validation.labels, temperature),
        "test_before_calibration": figures_of(asked, test.labels),
        "test": figures_of(asked, test.labels, temperature),
        "test_recalls": _recalls(asked, test.labels),
        "test_n": int((test.labels >= 0).sum()),
    }


def _recalls(logits: Tensor, labels: npt.NDArray[np.int64]) -> dict[str, float]:
    known = labels >= 0
    predicted = logits.argmax(dim=1).numpy()[known]
    matrix = confusion_matrix(labels[known], predicted, len(CLASSES))
    return {name: float(share) for name, share in zip(CLASSES, recalls(matrix), strict=True)}


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}
