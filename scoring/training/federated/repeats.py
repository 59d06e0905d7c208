"""How far the federation is from one place, over several splits of a table.

``python -m scoring.training.federated.repeats TABLE TARGET POSITIVE SPLIT_BY [DROP]`` prints JSON.
One
split of a small table says little; here branches answer in one process (the sums are the same) and
the test rows are drawn anew with each seed.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from scoring.training.federated import fit, requests, simulation
from scoring.training.federated.branch import open_branch
from scoring.training.federated.branches import Choice, deal

SEEDS = range(8)


def one(path: Path, choice: Choice) -> dict[str, Any]:
    """Return the AUCs of one split."""
    settings = fit.Settings(seed=choice.seed)
    with tempfile.TemporaryDirectory() as folder:
        dealt = deal(path, choice, Path(folder))
        opened = [open_branch(each) for each in dealt.folders]
        found = fit.fit(requests.in_process(dealt.agreement, opened), dealt.agreement, settings)
        return simulation.compare(dealt, found, settings)


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return mean AUCs, and mean, deviation and largest size of the difference."""
    told: dict[str, Any] = {}
    for name in found[0]["difference"]:
        differences = np.array([each["difference"][name] for each in found])
        told[name] = {
            "federated": round(float(np.mean([each["federated"][name] for each in found])), 4),
            "in_one_place": round(
                float(np.mean([each["in_one_place"][name] for each in found])), 4
            ),
            "alone": round(
                float(np.mean([[a[name] for a in each["alone"].values()] for each in found])), 4
            ),
            "mean_difference": round(float(differences.mean()), 4),
            "deviation": round(float(differences.std(ddof=1)), 4),
            "largest": round(float(np.abs(differences).max()), 4),
        }
    return told


def main(table: str, target: str, positive: str, split_by: str, drop: str = "") -> None:
    """Measure and print."""
    left_out = [name for name in drop.split(",") if name]
    choices = [Choice(target, positive, left_out, split_by=split_by, seed=seed) for seed in SEEDS]
    told = summary([one(Path(table), choice) for choice in choices])
    sys.stdout.write(json.dumps({"splits": len(choices), **told}, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
