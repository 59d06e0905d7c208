"""Branches with rows of different populations, made here."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from scoring.training.federated import budget, secure
from scoring.training.federated.agreement import Agreement, Column
from scoring.training.federated.branch import Branch
from scoring.training.federated.grid import cells
from scoring.training.federated.rows import Rows

COLUMNS = (Column("debt"), Column("income"), Column("home", levels=("own", "rent")))
NAMES = ("north", "south", "west")


def make_rows(seed: int, rows: int = 400, shift: float = 0.0, *, coarse: bool = False) -> Rows:
    """Rows in which debt and renting are risky, income is safe, and some values are missing."""
    draw = np.random.default_rng(seed)
    debt, income = draw.normal(20 + shift, 8, rows), draw.lognormal(7 + shift / 30, 0.5, rows)
    home = draw.integers(0, 3, rows)
    risk = 0.12 * (debt - 20) - 0.0006 * income + 0.6 * (home == 1)
    bad = draw.random(rows) < 1 / (1 + np.exp(-risk))
    debt[draw.random(rows) < 0.05] = np.nan
    found = [cells(debt, 1.0, coarse=coarse), cells(income, 1.0, coarse=coarse), home]
    return Rows(np.column_stack(found), bad.astype(np.int64))


class SeededNoise:
    """Noise that can be drawn again, which no branch may use: for tests alone."""

    source = "a seed, for a test"

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng(seed)

    def gaussian(self, scale: float, shape: tuple[int, ...]) -> np.ndarray:
        return self._draw.normal(0, scale, shape)


@pytest.fixture
def make_branches() -> Callable[..., list[Branch]]:
    def make(**terms: Any) -> list[Branch]:
        keys = {name: secure.new_key() for name in NAMES}
        public = {name: secure.public_key(key) for name, key in keys.items()}
        agreement = Agreement("test", "bad", "1", COLUMNS, public, **terms)
        return [
            Branch(
                agreement,
                {
                    "train": make_rows(seed, shift=6.0 * seed, coarse=agreement.coarse),
                    "test": make_rows(9 + seed, shift=6.0 * seed, coarse=agreement.coarse),
                },
                budget.Ledger(None, agreement.epsilon, agreement.delta),
                name=name,
                private=keys[name],
                draw=SeededNoise(seed),
            )
            for seed, name in enumerate(NAMES)
        ]

    return make


def joined(branches: Sequence[Branch], part: str) -> Rows:
    """All branches' rows of one part in one place."""
    return Rows(
        np.concatenate([each.parts[part].cells for each in branches]),
        np.concatenate([each.parts[part].bad for each in branches]),
    )
