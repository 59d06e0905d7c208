"""The BCE neural classifier on tokens alone: an embedding per token, learned without the values.

Every token of every column has a vector of its own (entity embeddings, Guo and Berkhahn 2016) and
a log-odds of its own; a small network reads the vectors, and both sum to the log-odds of *bad*
(wide and deep, Cheng et al. 2016). Number 0 of each column is the unknown token: in training some
tokens are hidden behind it, so that a token that was never seen means what an unknown one means.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from sklearn.model_selection import StratifiedKFold
from torch import Tensor, nn

UNKNOWN = 0
VECTOR_WIDTH = 6
HIDDEN = 24
DROPOUT = 0.4
HIDDEN_TOKENS = 0.06
MEMBERS = 5
BATCH_ROWS = 128
EPOCHS = 60
PATIENCE = 10
LEARNING_RATE = 1e-2
WEIGHT_DECAY = 0.1
IntArray = npt.NDArray[np.int64]
Measures = npt.NDArray[np.float64]


class TokenNetwork(nn.Module):
    """(n, k) token numbers → log-odds of *bad* (n,). ``sizes`` holds the tokens of each column.

    With ``measures`` it also reads so many standardised numbers: that is the network on plaintext
    which the one on tokens is held against.
    """

    def __init__(self, sizes: Sequence[int], measures: int = 0) -> None:
        super().__init__()
        starts = np.concatenate([[0], np.cumsum(sizes)])
        self.register_buffer("starts", torch.tensor(starts[:-1]))
        self.vectors = nn.Embedding(int(starts[-1]), VECTOR_WIDTH)
        self.log_odds = nn.Embedding(int(starts[-1]), 1)
        nn.init.normal_(self.vectors.weight, std=0.1)
        nn.init.zeros_(self.log_odds.weight)
        self.slopes = nn.Linear(measures, 1, bias=False) if measures else None
        self.deep = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(len(sizes) * VECTOR_WIDTH + measures, HIDDEN),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, 1),
        )

    def forward(self, numbers: Tensor, measures: Tensor | None = None) -> Tensor:
        places = numbers + self.starts
        wide, read = self.log_odds(places).sum(dim=(1, 2)), self.vectors(places).flatten(1)
        if self.slopes is not None and measures is not None:
            wide, read = wide + self.slopes(measures).squeeze(1), torch.cat([read, measures], dim=1)
        out: Tensor = wide + self.deep(read).squeeze(1)
        return out


class MeanOfNetworks(nn.Module):
    """The graph that serves: token numbers (n, k) → probability of *bad* (n,)."""

    def __init__(self, networks: Sequence[TokenNetwork]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, numbers: Tensor, measures: Tensor | None = None) -> Tensor:
        log_odds = [each(numbers, measures) for each in self.networks]
        return torch.sigmoid(torch.stack(log_odds).mean(dim=0))


class TokenClassifier:
    """The mean of networks over inner folds, each kept at its best epoch on the fold left out."""

    def __init__(self, seed: int = 0, members: int | None = None) -> None:
        self.seed = seed
        self.members = members or MEMBERS

    def fit(
        self,
        numbers: IntArray,
        is_bad: IntArray,
        sizes: Sequence[int],
        measures: Measures | None = None,
    ) -> Self:
        """Learn from token numbers (n, k), 0 for unknown, and whether each row was bad.

        ``measures`` (n, m) are standardised numbers in plaintext, for the comparison alone.
        """
        torch.set_num_threads(1)
        folds = StratifiedKFold(self.members, shuffle=True, random_state=self.seed)
        rows = _Rows.of(numbers, is_bad, measures)
        networks = [
            _train(rows.at(train), rows.at(held), sizes, self.seed * self.members + place)
            for place, (train, held) in enumerate(folds.split(numbers, is_bad))
        ]
        self.network_ = MeanOfNetworks(networks).eval()
        return self

    @torch.inference_mode()
    def probability(self, numbers: IntArray, measures: Measures | None = None) -> Measures:
        """Return the probability of *bad* (n,)."""
        rows = _Rows.of(numbers, np.zeros(len(numbers)), measures)
        return np.asarray(self.network_(rows.numbers, rows.measures).numpy(), dtype=np.float64)

    def export_onnx(self, path: Path) -> None:
        """Write the graph: int64 ``tokens`` (rows, k) → float ``probability`` (rows,)."""
        columns = self.network_.networks[0].starts.shape[0]
        program = torch.onnx.export(
            self.network_,
            (torch.zeros(2, columns, dtype=torch.int64),),
            input_names=["tokens"],
            output_names=["probability"],
            dynamic_shapes=({0: torch.export.Dim("rows")},),
            opset_version=18,
            dynamo=True,
            verbose=False,
        )
        assert program is not None
        path.write_bytes(program.model_proto.SerializeToString())


@dataclass(frozen=True)
class _Rows:
    numbers: Tensor
    is_bad: Tensor
    measures: Tensor | None

    @classmethod
    def of(cls, numbers: IntArray, is_bad: npt.NDArray[Any], measures: Measures | None) -> "_Rows":
        inputs = None if measures is None else torch.tensor(measures, dtype=torch.float32)
        return cls(torch.tensor(numbers), torch.tensor(is_bad).float(), inputs)

    def at(self, places: IntArray | Tensor) -> "_Rows":
        measures = None if self.measures is None else self.measures[places]
        return _Rows(self.numbers[places], self.is_bad[places], measures)


def _train(learnt: _Rows, held: _Rows, sizes: Sequence[int], seed: int) -> TokenNetwork:
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = TokenNetwork(sizes, 0 if learnt.measures is None else learnt.measures.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    best, since, state = np.inf, 0, copy.deepcopy(network.state_dict())
    for _ in range(EPOCHS):
        network.train()
        for places in torch.randperm(len(learnt.is_bad), generator=generator).split(BATCH_ROWS):
            rows = learnt.at(places)
            hidden = torch.rand(len(places), len(sizes), generator=generator) < HIDDEN_TOKENS
            seen = rows.numbers.masked_fill(hidden, UNKNOWN)
            loss = _bce(network(seen, rows.measures), rows.is_bad)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
        network.eval()
        with torch.inference_mode():
            held_loss = float(_bce(network(held.numbers, held.measures), held.is_bad))
        since += 1
        if held_loss < best:
            best, since, state = held_loss, 0, copy.deepcopy(network.state_dict())
        if since >= PATIENCE:
            break
    network.load_state_dict(state)
    return network


def _bce(log_odds: Tensor, is_bad: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(log_odds, is_bad)
