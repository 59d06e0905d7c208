"""A small neural network over tabular characteristics that brings its own preparation along.

Missing values, outliers and scales are handled inside the graph, so that the exported file takes
the raw characteristics.
"""

from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

HIDDEN = (48, 24)
EPOCHS = 12
BATCH_ROWS = 512
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-4
CLIP_QUANTILES = (0.005, 0.995)


class Preparation(nn.Module):
    """(n, k) raw values with NaN → (n, 2k): signed log, standardised, and flags of missing."""

    def __init__(self, features: Tensor) -> None:
        super().__init__()
        low, high = (torch.nanquantile(features[:200_000], q, dim=0) for q in CLIP_QUANTILES)
        self.register_buffer("low", low)
        self.register_buffer("high", high)
        logged = self._logged(features)
        known = ~torch.isnan(features)
        count = known.sum(dim=0).clamp(min=1)
        mean = torch.where(known, logged, 0.0).sum(dim=0) / count
        spread = torch.where(known, (logged - mean) ** 2, 0.0).sum(dim=0) / count
        self.register_buffer("mean", mean)
        self.register_buffer("scale", spread.sqrt().clamp(min=1e-6))

    def _logged(self, features: Tensor) -> Tensor:
        known = torch.where(torch.isnan(features), self.low, features)
        clipped = torch.minimum(torch.maximum(known, self.low), self.high)
        return torch.sign(clipped) * torch.log1p(torch.abs(clipped))

    def forward(self, features: Tensor) -> Tensor:
        missing = torch.isnan(features)
        standardised = (self._logged(features) - self.mean) / self.scale
        return torch.cat([torch.where(missing, 0.0, standardised), missing.float()], dim=1)


class TabularNetwork(nn.Module):
    """Raw characteristics (n, k) → class probabilities (n, classes)."""

    def __init__(self, features: Tensor, classes: int = 2) -> None:
        super().__init__()
        self.preparation = Preparation(features)
        widths = (2 * features.shape[1], *HIDDEN)
        layers: list[nn.Module] = []
        for inner, outer in pairwise(widths):
            layers += [nn.Linear(inner, outer), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], classes))

    def logits(self, features: Tensor) -> Tensor:
        logits: Tensor = self.layers(self.preparation(features))
        return logits

    def forward(self, features: Tensor) -> Tensor:
        return torch.softmax(self.logits(features), dim=1)


class NeuralClassifier:
    """scikit-learn's manners: ``fit`` learns and returns self, ``predict_proba`` gives (n, c)."""

    def __init__(self, seed: int = 0, epochs: int = EPOCHS) -> None:
        self.seed = seed
        self.epochs = epochs

    def fit(self, features: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]) -> Self:
        """Learn from (n, k) values, NaN where missing, and class numbers from 0."""
        torch.manual_seed(self.seed)
        torch.set_num_threads(1)
        inputs = torch.tensor(np.asarray(features), dtype=torch.float32)
        targets = torch.tensor(np.asarray(labels), dtype=torch.int64)
        self.network_ = TabularNetwork(inputs, classes=int(targets.max()) + 1)
        self._train(self.network_.preparation(inputs), targets)
        self.network_.eval()
        return self

    def _train(self, prepared: Tensor, targets: Tensor) -> None:
        optimiser = torch.optim.AdamW(
            self.network_.layers.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        steps = self.epochs * -(-len(targets) // BATCH_ROWS)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        generator = torch.Generator().manual_seed(self.seed)
        for _ in range(self.epochs):
            for rows in torch.randperm(len(targets), generator=generator).split(BATCH_ROWS):
                loss = nn.functional.cross_entropy(
                    self.network_.layers(prepared[rows]), targets[rows]
                )
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()

    @torch.inference_mode()
    def predict_proba(self, features: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return class probabilities, shape (n, classes)."""
        inputs = torch.tensor(np.asarray(features), dtype=torch.float32)
        return np.asarray(self.network_(inputs).numpy(), dtype=np.float64)

    def export_onnx(self, path: Path) -> None:
        """Write the network with its preparation as one ONNX graph."""
        width = self.network_.preparation.low.shape[0]
        example = torch.zeros(2, width)
        program = torch.onnx.export(
            self.network_,
            (example,),
            input_names=["characteristics"],
            output_names=["probabilities"],
            dynamic_shapes=({0: torch.export.Dim("rows")},),
            dynamo=True,
            verbose=False,
        )
        assert program is not None
        path.write_bytes(program.model_proto.SerializeToString())
