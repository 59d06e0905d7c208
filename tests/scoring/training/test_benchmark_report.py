import json
from pathlib import Path
from typing import Any

from scoring.training.benchmark_report import card


def figures(auc: float, bad_rate: float, **more: Any) -> dict[str, Any]:
    return {
        "auc": auc, "auc_ci": [auc - 0.01, auc + 0.01], "ks": 0.5, "brier": 0.1,
        "bad_rate_at_70": bad_rate, "calibration": [{}], "fit_s": 2.0, **more,
    }  # fmt: skip


def test_the_best_stands_last_and_is_compared(tmp_path: Path) -> None:
    measured = {
        "best": "boosting",
        "boosting": figures(0.8, 0.01, auc_of_folds={"mean": 0.79, "sd": 0.02}),
        "logistic": figures(0.7, 0.02),
        "paired": {"ebm_untuned": {"difference": 0.0123, "interval": [-0.001, 0.0256]}},
    }
    (tmp_path / "taiwan_fair.json").write_text(json.dumps(measured))

    told = card(tmp_path)

    assert told.startswith("## Taiwan, 30,000 rows, `cv0`, without protected columns\n")
    assert told.index("| logistic regression | – | 0.7000") < told.index("| gradient boosting")
    assert "| 0.7900 (sd 0.020) | 0.8000 (0.7900–0.8100) |" in told
    assert "Gradient boosting less EBM untuned: +0.0123 (-0.0010 to +0.0256)." in told
    assert "50.0 % fewer defaults among the approved than the logistic regression" in told


def test_a_points_table_has_no_probabilities_to_measure(tmp_path: Path) -> None:
    table = {**figures(0.7, 0.02), "calibration": [], "fit_s": 0.0}
    measured = {"best": "boosting", "boosting": figures(0.8, 0.01), "points_table": table}
    (tmp_path / "gmsc_all.json").write_text(json.dumps(measured))

    line = next(line for line in card(tmp_path).splitlines() if line.startswith("| points table"))

    assert line.endswith("| 0.500 | – | 2.00 % | – |")
