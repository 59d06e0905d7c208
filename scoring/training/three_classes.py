"""``python -m scoring.training.three_classes DATA OUT.json``: Good, Standard and Poor, out of fold.

Three questions on the three-class tables, always with customers kept whole (``credit3_split``):

- *snapshot*: the class in August from August's figures;
- *panel*: the class in each month from that month's and earlier figures;
- *evolving*: the same with the customer's own earlier classes, against "same as last month".

Members are gradient boosting, the same boosting of the ordered cut points (Frank and Hall 2001), a
random forest and extremely randomised trees; the blend is the mean of their probabilities. The
panel's members also read a *prior*: what estimators say that were fitted on the August figures of
the customers outside the panel, none of whom is ever tested. Finished members are kept beside OUT
and taken up again after an interruption.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from scoring.training import three_class_table as table
from scoring.training.three_class_members import CLASSES, EVOLVING, MEMBERS, SEED

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PRIOR_MEMBERS = ("boosting", "random_forest")


@dataclass(frozen=True)
class Rows:
    """Features, classes, customers and their fold; ``extra`` rows only ever teach."""

    features: pd.DataFrame
    target: IntArray
    fold: IntArray
    extra: pd.DataFrame | None = None
    extra_target: IntArray | None = None
    extra_fold: IntArray | None = None

    def training(self, fold: int) -> tuple[pd.DataFrame, IntArray]:
        """Return the rows of all customers outside a fold."""
        inside = self.fold != fold
        if self.extra is None or self.extra_target is None or self.extra_fold is None:
            return self.features[inside], self.target[inside]
        more = self.extra_fold != fold
        return (
            pd.concat([self.features[inside], self.extra[more]], ignore_index=True),
            np.concatenate([self.target[inside], self.extra_target[more]]),
        )


# --- the three questions ----------------------------------------------------------------------


@dataclass
class Run:
    """The two tables, read once, and the folder of finished members."""

    data: Path
    finished: Path
    cv: str = "cv0"

    def __post_init__(self) -> None:
        self.finished.mkdir(parents=True, exist_ok=True)
        folder = self.data / "credit" if (self.data / "credit").is_dir() else self.data
        self.folds = pd.read_csv(folder / "credit3_split.csv.gz").set_index("Customer_ID")[self.cv]
        self.snapshot = table.read(folder / "credit3_snapshot.csv.gz")
        self.panel = table.read(folder / "credit3_panel.csv.gz")

    def fold_of(self, raw: pd.DataFrame) -> IntArray:
        return raw[table.CUSTOMER].map(self.folds).to_numpy(np.int64)

    def snapshot_rows(self) -> Rows:
        """Return August, and the panel's earlier months as further rows that teach."""
        features = _finite(table.features(self.snapshot))
        earlier = self.panel["month"] < len(table.MONTHS)
        raw = self.panel[earlier].reset_index(drop=True)
        return Rows(
            features=features,
            target=table.targets(self.snapshot),
            fold=self.fold_of(self.snapshot),
            extra=_finite(table.settled(raw))[features.columns],
            extra_target=table.targets(raw),
            extra_fold=self.fold_of(raw),
        )

    def panel_rows(self) -> Rows:
        features = _finite(table.features(self.panel))
        for member in PRIOR_MEMBERS:
            prior = self._kept(f"panel-prior-{member}", lambda member=member: self._prior(member))
            for place, name in enumerate(table.CLASSES):
                features[f"prior_{member}_{name}"] = prior[:, place]
        return Rows(features, table.targets(self.panel), self.fold_of(self.panel))

    def _prior(self, member: str) -> FloatArray:
        """Return what August's figures of all other customers say of each row of the panel."""
        others = ~self.snapshot[table.CUSTOMER].isin(set(self.panel[table.CUSTOMER]))
        raw = self.snapshot[others].reset_index(drop=True)
        august = _finite(table.features(raw)).drop(columns="month")
        now = _finite(table.settled(self.panel))[august.columns]
        fitted = MEMBERS[member]().fit(august, table.targets(raw))
        return np.asarray(fitted.predict_proba(now))

    def out_of_fold(self, question: str, rows: Rows) -> dict[str, FloatArray]:
        """Return each member's probabilities, and the blend's, shape (rows, 3)."""
        made = {
            name: self._kept(f"{question}-{name}", lambda make=make: _out_of_fold(make, rows))
            for name, make in MEMBERS.items()
        }
        return made | {"blend": np.asarray(np.mean(list(made.values()), axis=0))}

    def _kept(self, name: str, make: Callable[[], FloatArray]) -> FloatArray:
        path = self.finished / f"{self.cv}-{name}.npy"
        if not path.is_file():
            np.save(path, make())
        return np.asarray(np.load(path))


def _out_of_fold(make: Callable[[], Any], rows: Rows) -> FloatArray:
    probabilities = np.zeros((len(rows.target), CLASSES))
    for fold in np.unique(rows.fold):
        tested = rows.fold == fold
        fitted = make().fit(*rows.training(int(fold)))
        probabilities[tested] = fitted.predict_proba(rows.features[tested])
    return probabilities


def _finite(features: pd.DataFrame) -> pd.DataFrame:
    return features.replace([np.inf, -np.inf], np.nan)


# --- evolving ---------------------------------------------------------------------------------


def evolving_rows(run: Run, figures: FloatArray) -> Rows:
    """Return months 2 to 8: earlier classes, and what the figures alone say (out of fold)."""
    rows = table.label_history(run.panel)
    for place, name in enumerate(table.CLASSES):
        rows[f"figures_{name}"] = figures[:, place]
    rows["month"] = run.panel["month"].astype(float)
    later = (run.panel["month"] > 1).to_numpy()
    return Rows(
        rows[later].reset_index(drop=True),
        table.targets(run.panel)[later],
        run.fold_of(run.panel)[later],
    )


def evolving(run: Run, figures: FloatArray) -> dict[str, Any]:
    """Return the figures of each member beside those of "same as last month"."""
    rows = evolving_rows(run, figures)
    same = np.eye(CLASSES)[rows.features["class_1_ago"].astype(int)]
    made = {"same_as_last_month": same} | {
        name: _out_of_fold(make, rows) for name, make in EVOLVING.items()
    }
    made["blend"] = (made["boosting"] + made["logistic"]) / 2
    measured = {name: measures(rows, each) for name, each in made.items()}
    months = rows.features["month"].to_numpy()
    measured["by_month"] = {
        table.MONTHS[int(month) - 1]: {
            name: round(float((each.argmax(1) == rows.target)[months == month].mean()), 4)
            for name, each in made.items()
        }
        for month in np.unique(months)
    }
    measured["gain_over_last_month"] = {
        name: paired_gain(rows, each, same, run)
        for name, each in made.items()
        if name != "same_as_last_month"
    }
    return measured


def paired_gain(
    rows: Rows, ours: FloatArray, other: FloatArray, run: Run, draws: int = 2000
) -> dict[str, float]:
    """Return the gain in accuracy with a bootstrap 95 % interval over customers, drawn whole."""
    later = (run.panel["month"] > 1).to_numpy()
    customers = run.panel[table.CUSTOMER][later].to_numpy()
    right = (ours.argmax(1) == rows.target).astype(float) - (other.argmax(1) == rows.target)
    sums = pd.Series(right).groupby(customers).sum().to_numpy()
    sizes = pd.Series(right).groupby(customers).size().to_numpy()
    drawn = np.random.default_rng(SEED).integers(0, sums.size, (draws, sums.size))
    gains = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(gains, (2.5, 97.5))
    gain = float(right.mean())
    return {"gain": round(gain, 4), "low": round(float(low), 4), "high": round(float(high), 4)}


# --- figures ----------------------------------------------------------------------------------


def measures(rows: Rows, probabilities: FloatArray) -> dict[str, float]:
    """Return accuracy with its spread over folds, macro F1 and AUC one against the rest."""
    chosen = probabilities.argmax(axis=1)
    right = chosen == rows.target
    folds = [right[rows.fold == fold].mean() for fold in np.unique(rows.fold)]
    scaled = probabilities / probabilities.sum(axis=1, keepdims=True)
    return {
        "accuracy": round(float(accuracy_score(rows.target, chosen)), 4),
        "accuracy_fold_sd": round(float(np.std(folds, ddof=1)), 4),
        "macro_f1": round(float(f1_score(rows.target, chosen, average="macro")), 4),
        "auc_ovr": round(float(roc_auc_score(rows.target, scaled, multi_class="ovr")), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the directory that holds the credit data")
    parser.add_argument("out", type=Path)
    parser.add_argument("--folds", default="cv0", help="the column of credit3_split to use")
    arguments = parser.parse_args()
    run = Run(arguments.data, arguments.out.with_suffix(".members"), arguments.folds)
    results: dict[str, Any] = {}
    panel = run.panel_rows()
    of_panel = run.out_of_fold("panel", panel)
    results["panel"] = {name: measures(panel, each) for name, each in of_panel.items()}
    _write(arguments.out, results)
    results["evolving"] = evolving(run, of_panel["blend"])
    _write(arguments.out, results)
    snapshot = run.snapshot_rows()
    of_snapshot = run.out_of_fold("snapshot", snapshot)
    results["snapshot"] = {name: measures(snapshot, each) for name, each in of_snapshot.items()}
    _write(arguments.out, results)


def _write(out: Path, results: Mapping[str, Any]) -> None:
    out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
