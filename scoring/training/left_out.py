"""What the scorecard gives up by not asking about a person: the loss in AUC on ``cv0``.

``python -m scoring.training.left_out DATA OUT.json`` fits the scorecard out of fold with and
without the two such columns that "Give Me Some Credit" holds, age and dependants. They are read for
this figure alone. Sex, marital state and nationality are not in those data, so no loss can be told.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from scoring.engine import metrics
from scoring.training import artifact_files, give_me_some_credit
from scoring.training.give_me_some_credit import CreditTable
from scoring.training.scorecard import LARGEST_PENALTY_INVERSE, TRENDS, FloatArray, fit_bins

# Older people and those with fewer dependants default less often in these data.
LEFT_OUT = {"age": "descending", "dependants": "ascending"}
BOOTSTRAPS = 200
SEED = 20261121


def main(data: Path, out: Path) -> dict[str, Any]:
    """Measure and write the figures."""
    table = give_me_some_credit.read_table(data)
    folder = data / "credit" if (data / "credit").is_dir() else data
    rows = pd.read_csv(folder / "gmsc_cs-training.csv.zip", index_col=0)
    age = rows["age"].astype(float)
    persons = pd.DataFrame(
        {"age": age.where(age > 0), "dependants": rows["NumberOfDependents"].astype(float)}
    )
    measured = measure(table, persons)
    artifact_files.write_json(out, measured)
    return measured


def measure(table: CreditTable, persons: pd.DataFrame) -> dict[str, Any]:
    """Return the AUC with and without ``persons``, and the loss with its 95 % interval."""
    without = _out_of_fold(table, table.characteristics, TRENDS)
    with_them = _out_of_fold(table, table.characteristics.join(persons), {**TRENDS, **LEFT_OUT})
    generator = np.random.default_rng(SEED)
    losses = []
    for _ in range(BOOTSTRAPS):
        drawn = generator.integers(0, table.is_bad.size, table.is_bad.size)
        bad = table.is_bad[drawn]
        losses.append(metrics.auc(bad, with_them[drawn]) - metrics.auc(bad, without[drawn]))
    auc_without, auc_with = (metrics.auc(table.is_bad, each) for each in (without, with_them))
    return {
        "left_out": list(LEFT_OUT),
        "auc_without": round(auc_without, 4),
        "auc_with": round(auc_with, 4),
        "loss": round(auc_with - auc_without, 4),
        "loss_ci": [round(float(each), 4) for each in np.percentile(losses, [2.5, 97.5])],
    }


def _out_of_fold(
    table: CreditTable, characteristics: pd.DataFrame, trends: dict[str, str]
) -> FloatArray:
    risk = np.zeros(table.is_bad.size)
    for fold in np.unique(table.fold):
        held_out = table.fold == fold
        rows = ~held_out & ~table.has_late_codes
        bins = {
            n: fit_bins(characteristics[n][rows], table.is_bad[rows], trends[n]) for n in trends
        }
        columns = np.column_stack([bins[name].woe_of(characteristics[name]) for name in trends])
        regression = LogisticRegression(C=LARGEST_PENALTY_INVERSE, max_iter=1000)
        regression.fit(columns[rows], table.is_bad[rows])
        risk[held_out] = regression.predict_proba(columns[held_out])[:, 1]
    return risk


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
