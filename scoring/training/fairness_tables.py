"""``python -m scoring.training.fairness_tables gmsc|taiwan DATA OUT.json``: a scorecard by group.

``gmsc`` scores the held-out rows of Give Me Some Credit with the scorecard of the release and
groups them by age; ``taiwan`` cross-validates a scorecard of the Taiwan table over its fixed folds,
without sex, age and marital state, and groups by sex. The groups are those of the data sets; the
estimators never see them. fairlearn's two summary figures stand beside ours.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from fairlearn.metrics import demographic_parity_ratio, equalized_odds_difference

from scoring.engine.artifacts import read_json
from scoring.engine.fairness import Part, compare
from scoring.engine.metrics import auc
from scoring.engine.scorecard import parse_scorecard
from scoring.paths import ARTIFACTS_DIR
from scoring.training import give_me_some_credit
from scoring.training.estimators import WoeScorecard

FloatArray = npt.NDArray[np.float64]
APPROVAL_SHARE = 0.7
POINTS_PER_LOG_ODDS = 50 / np.log(2)
TAIWAN_TARGET = "default.payment.next.month"
TAIWAN_LEFT_OUT = ("ID", "SEX", "AGE", "MARRIAGE", TAIWAN_TARGET)


@dataclass(frozen=True)
class Scored:
    """Rows with their probability of *bad*, what came of them, and their group."""

    data_set: str
    estimator: str
    probability: FloatArray
    is_bad: FloatArray
    groups: list[str]


def score_give_me_some_credit(data: Path) -> Scored:
    """Return the held-out rows with the shipped scorecard's probability, by age group."""
    table = give_me_some_credit.read_table(data)
    raw = pd.read_csv(_folder(data) / "gmsc_cs-training.csv.zip", index_col=0)
    test = ~table.is_train & (raw["age"] >= 18).to_numpy()
    rows = table.characteristics[test]
    card = parse_scorecard(read_json("scorecard", ARTIFACTS_DIR))
    given = {name: rows[name].to_numpy() for name in rows}
    log_odds = np.full(len(rows), card.intercept_log_odds)
    for each in card.characteristics:
        if each.name in given:  # the others are not in this table and cost no points
            points = np.array([*(b.log_odds for b in each.bins), each.missing.log_odds])
            values = given[each.name]
            index = np.searchsorted(each.edges, values, side="right")
            log_odds += points[np.where(np.isnan(values), len(each.bins), index)]
    age = raw["age"][test].to_numpy()
    return Scored(
        data_set=give_me_some_credit.DATA_SET,
        estimator=f"scorecard {card.version}",
        probability=1 / (1 + np.exp(log_odds)),
        is_bad=table.is_bad[test].astype(float),
        groups=list(np.where(age < 30, "under 30", np.where(age <= 60, "30 to 60", "over 60"))),
    )


def score_taiwan(data: Path) -> Scored:
    """Return every row with the out-of-fold probability of a scorecard of this table, by sex."""
    rows = pd.read_csv(_folder(data) / "taiwan_UCI_Credit_Card.csv.zip")
    fold = pd.read_csv(_folder(data) / "taiwan_split.csv.gz")["cv0"].to_numpy()
    features = rows.drop(columns=list(TAIWAN_LEFT_OUT)).astype(float)
    is_bad = rows[TAIWAN_TARGET].to_numpy(dtype=np.int64)
    probability = np.zeros(len(rows))
    for each in np.unique(fold):
        held_out = fold == each
        card = WoeScorecard().fit(features[~held_out], is_bad[~held_out])
        probability[held_out] = card.predict_proba(features[held_out])[:, 1]
    return Scored(
        data_set="Default of credit card clients (Taiwan, 2005)",
        estimator="WOE scorecard, out of fold",
        probability=probability,
        is_bad=is_bad.astype(float),
        groups=list(rows["SEX"].map({1: "male", 2: "female"})),
    )


def report(scored: Scored, approval_share: float = APPROVAL_SHARE) -> dict[str, Any]:
    """Return the figures by group where the least risky share is approved."""
    log_odds = np.log((1 - scored.probability) / scored.probability)
    points = 600 + POINTS_PER_LOG_ODDS * (log_odds - np.log(15))
    cut_off = np.quantile(points, 1 - approval_share)
    is_approved = points >= cut_off
    part = Part("financial", points, is_approved, scored.is_bad, scored.probability)
    y_true, y_pred = 1 - scored.is_bad.astype(int), is_approved.astype(int)
    return {
        "data_set": scored.data_set,
        "estimator": scored.estimator,
        "rows": len(scored.groups),
        "auc": auc(scored.is_bad, scored.probability),
        "approval_share": float(is_approved.mean()),
        "cut_off_points": float(cut_off),
        "groups": compare(part, scored.groups).as_dict()["groups"],
        "fairlearn": {
            "demographic_parity_ratio": demographic_parity_ratio(
                y_true, y_pred, sensitive_features=scored.groups
            ),
            "equalized_odds_difference": equalized_odds_difference(
                y_true, y_pred, sensitive_features=scored.groups
            ),
        },
    }


def _folder(data: Path) -> Path:
    return data / "credit" if (data / "credit").is_dir() else data


TABLES = {"gmsc": score_give_me_some_credit, "taiwan": score_taiwan}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("data", type=Path, help="the directory that holds the credit data")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    made = report(TABLES[arguments.table](arguments.data))
    arguments.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
