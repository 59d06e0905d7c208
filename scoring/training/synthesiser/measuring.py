"""One generator measured: usefulness, likeness, attacks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from scoring.training.synthesiser import bars, membership, utility
from scoring.training.synthesiser.fitting import Fitted
from scoring.training.synthesiser.membership import Distances
from scoring.training.synthesiser.utility import Aim, trained_and_tested
from scoring.training.synthesiser.wgan import Rows

DRAWN_ROWS = 2000
CRITIC_CONDITIONS = 8


def measured(
    drawn: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, aim: Aim, seed: int
) -> dict[str, Any]:
    """Return every figure of drawn rows against the rows learnt from and rows never seen."""
    found = likeness(drawn, train, aim.numeric)
    for name, rows in (("tstr", drawn), ("trtr", train)):
        aucs = trained_and_tested(rows, test, aim, seed)
        found[name] = round(float(np.mean(list(aucs.values()))), 4)
        found[f"{name}_by_classifier"] = {each: round(auc, 4) for each, auc in aucs.items()}
    found["tstr_gap"] = round(found["tstr"] - found["trtr"], 4)
    distances = Distances(pd.concat([train, test]), aim.numeric)
    found |= membership.distance_attack(distances, train, test, drawn)
    return found | {"flags": bars.flags(found)}


def likeness(drawn: pd.DataFrame, train: pd.DataFrame, numeric: Sequence[str]) -> dict[str, Any]:
    """Return how far marginals and associations of drawn rows are from those learnt from."""
    real, other = utility.binned(train, drawn, numeric)
    distances = utility.marginal_distances(real, other)
    gaps = (utility.associations(real) - utility.associations(other)).abs()
    return {
        "tvd": round(float(np.mean(list(distances.values()))), 4),
        "tvd_by_column": {name: round(value, 4) for name, value in distances.items()},
        "association_difference": round(float(gaps.mean()), 4),
        "association_worst": [
            {"pair": str(pair), "difference": round(float(gap), 4)}
            for pair, gap in gaps.nlargest(5).items()
        ],
    }


def critic_auc(fitted: Fitted, others: pd.DataFrame) -> float:
    """Return how well the critic tells the rows that it learnt from, before it is deleted."""
    training = fitted.training
    coded = fitted.coding.code(others, np.random.default_rng(training.seed))
    values = [
        _critic_values(fitted, rows) for rows in (training.rows, Rows(coded, training.rows.shape))
    ]
    return membership.critic_attack(*values)


def _critic_values(fitted: Fitted, rows: Rows) -> np.ndarray:
    torch.manual_seed(0)
    everyone = torch.arange(len(rows))
    with torch.no_grad():
        values = [
            fitted.training.critic_steps.critic(rows.real, rows.condition(everyone)[0]).numpy()
            for _ in range(CRITIC_CONDITIONS)
        ]
    return np.mean(values, axis=0, dtype=np.float64)


def mean_of(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Return the means of all plain figures over runs; copies are summed, since one is too many."""
    names = [name for name, value in runs[0].items() if isinstance(value, int | float)]
    found = {name: round(float(np.mean([run[name] for run in runs])), 4) for name in names}
    found["exact_copies"] = int(sum(run["exact_copies"] for run in runs))
    found["tstr_sd"] = round(float(np.std([run["tstr"] for run in runs])), 4)
    return found
