"""A residual network for tables with embeddings of numbers and of levels.

Numbers become piecewise-linear encodings over their quantiles, each with a linear layer of its own
(Gorishniy, Rubachev and Babenko 2022, *On Embeddings for Numerical Features in Tabular Deep
Learning*); levels become entity embeddings (Guo and Berkhahn 2016). Missing values have a flag.
The graph takes raw inputs, so that the exported file brings its preparation along.
"""

import copy
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from scoring.training.cross_fitted import CrossFitted, FloatArray, InnerFold, Matrix

QUANTILE_BINS = 24
NUMBER_WIDTH = 10
LARGEST_LEVEL_WIDTH = 8
WIDTH = 96
BLOCKS = 2
SMALL_ROWS = 5000


class PiecewiseLinear(nn.Module):
    """(n, k) numbers with NaN → (n, k · NUMBER_WIDTH)."""

    def __init__(self, inputs: Matrix) -> None:
        super().__init__()
        edges = np.stack([_edges(column) for column in inputs.T])
        self.register_buffer("low", torch.tensor(edges[:, :-1], dtype=torch.float32))
        spread = np.diff(edges, axis=1)
        # A bin without width is a step: nearly vertical at its edge.
        self.register_buffer("spread", torch.tensor(np.maximum(spread, 1e-6), dtype=torch.float32))
        # Steps repeated at one edge would count one value many times.
        self.register_buffer("is_bin", torch.tensor(spread > 0, dtype=torch.float32))
        count, bins = spread.shape
        self.weight = nn.Parameter(torch.randn(count, bins + 1, NUMBER_WIDTH) / (bins + 1) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(count, NUMBER_WIDTH))

    def forward(self, numbers: Tensor) -> Tensor:
        missing = torch.isnan(numbers)
        known = torch.where(missing, 0.0, numbers).unsqueeze(-1)
        steps = ((known - self.low) / self.spread).clamp(0.0, 1.0) * self.is_bin
        steps = torch.where(missing.unsqueeze(-1), 0.0, steps)
        encoded = torch.cat([steps, missing.float().unsqueeze(-1)], dim=-1)
        embedded = torch.einsum("nkb,kbw->nkw", encoded, self.weight) + self.bias
        return torch.relu(embedded).flatten(1)


def _edges(column: Matrix) -> FloatArray:
    known = column[~np.isnan(column)].astype(np.float64)
    if not len(known):
        return np.zeros(QUANTILE_BINS + 1)
    distinct = np.unique(known)
    if len(distinct) <= QUANTILE_BINS + 1:
        padded = np.full(QUANTILE_BINS + 1, distinct[-1])
        padded[: len(distinct)] = distinct
        return padded
    return np.quantile(known, np.linspace(0, 1, QUANTILE_BINS + 1))


class Block(nn.Module):
    """A pre-norm residual block."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
        )

    def forward(self, hidden: Tensor) -> Tensor:
        out: Tensor = hidden + self.layers(hidden)
        return out


class TabularNetwork(nn.Module):
    """(n, k) inputs, levels as ranks and numbers raw → log-odds (n,) or logits (n, classes)."""

    def __init__(self, fold: InnerFold, dropout: float) -> None:
        super().__init__()
        is_level = [count > 0 for count in fold.level_counts]
        self.level_places = [place for place, is_one in enumerate(is_level) if is_one]
        self.number_places = [place for place, is_one in enumerate(is_level) if not is_one]
        width = 0
        if self.number_places:
            self.numbers = PiecewiseLinear(fold.inputs[:, self.number_places])
            width += NUMBER_WIDTH * len(self.number_places)
        self.levels = nn.ModuleList()
        for place in self.level_places:
            count = fold.level_counts[place]
            size = min(LARGEST_LEVEL_WIDTH, (count + 1) // 2)
            self.levels.append(nn.Embedding(count, size))
            width += size
        outputs = 1 if fold.classes == 2 else fold.classes
        self.body = nn.Sequential(
            nn.Linear(width, WIDTH),
            nn.Dropout(dropout),
            *(Block(WIDTH, dropout) for _ in range(BLOCKS)),
            nn.LayerNorm(WIDTH),
            nn.ReLU(),
            nn.Linear(WIDTH, outputs),
        )
        self.is_binary = fold.classes == 2

    def forward(self, inputs: Tensor) -> Tensor:
        parts = [self.numbers(inputs[:, self.number_places])] if self.number_places else []
        for place, embedding in zip(self.level_places, self.levels, strict=True):
            parts.append(embedding(inputs[:, place].long()))
        out: Tensor = self.body(torch.cat(parts, dim=1))
        return out.squeeze(1) if self.is_binary else out


class NetworkMember:
    """One network, kept at the epoch whose held-back rows it predicted best."""

    def __init__(self, passes: float = 1.0) -> None:
        self.passes = passes

    def fit(self, fold: InnerFold) -> Self:
        torch.manual_seed(fold.seed)
        torch.set_num_threads(1)
        is_small = len(fold.target) < SMALL_ROWS
        self.network_ = TabularNetwork(fold, dropout=0.3 if is_small else 0.15)
        self.is_binary_ = fold.classes == 2
        weights = fold.class_weights
        self.class_weights_ = None if weights is None else torch.tensor(weights).float()
        self._train(
            fold,
            batch=64 if is_small else 512,
            rate=2e-3 if is_small else 1.5e-3,
            epochs=max(2, round(self.passes * (60 if is_small else 25))),
            patience=12 if is_small else 5,
        )
        return self

    def _train(self, fold: InnerFold, batch: int, rate: float, epochs: int, patience: int) -> None:
        inputs, targets = torch.tensor(fold.inputs), torch.tensor(fold.target)
        held, held_targets = torch.tensor(fold.held_inputs), torch.tensor(fold.held_target)
        optimiser = torch.optim.AdamW(self.network_.parameters(), lr=rate, weight_decay=0.03)
        steps = epochs * -(-len(targets) // batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        generator = torch.Generator().manual_seed(fold.seed)
        best, since, state = np.inf, 0, None
        for _ in range(epochs):
            self.network_.train()
            for rows in torch.randperm(len(targets), generator=generator).split(batch):
                if len(rows) < 2:
                    continue
                loss = self._loss(inputs[rows], targets[rows])
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                schedule.step()
            self.network_.eval()
            with torch.inference_mode():
                held_loss = float(self._loss(held, held_targets))
            since += 1
            if held_loss < best:
                best, since, state = held_loss, 0, copy.deepcopy(self.network_.state_dict())
            if since >= patience:
                break
        if state is not None:
            self.network_.load_state_dict(state)
        self.network_.eval()

    def _loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        out = self.network_(inputs)
        weights = self.class_weights_
        if self.is_binary_:
            return nn.functional.binary_cross_entropy_with_logits(
                out, targets.float(), None if weights is None else weights[targets]
            )
        return nn.functional.cross_entropy(out, targets, weights)

    @torch.inference_mode()
    def scores(self, inputs: Matrix) -> FloatArray:
        parts = [self.network_(part) for part in torch.tensor(inputs).split(20_000)]
        return torch.cat(parts).numpy().astype(np.float64)


class Neural(CrossFitted):
    """The mean of residual networks over inner folds."""

    def member(self) -> NetworkMember:
        return NetworkMember(self.passes)


class MeanNetwork(nn.Module):
    """The graph that serves: the mean score of the members."""

    def __init__(self, members: list[NetworkMember]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(member.network_ for member in members)

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.stack([network(inputs) for network in self.networks]).mean(dim=0)
