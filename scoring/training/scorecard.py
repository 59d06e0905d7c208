"""Train the WOE scorecard, calibrate the points table, and write both with their figures.

Bins come from optbinning with a monotonic trend per characteristic, so that every reason's
"a lower share scores better" is true; log-odds come from a logistic regression on WOE.
Characteristics that no data set supports get expert points, labelled as such.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from optbinning import OptimalBinning
from sklearn.linear_model import LogisticRegression

from scoring.engine import points_table
from scoring.engine.types import Calibration, FinancialFactors
from scoring.engine.woe import woe
from scoring.training import artifact_files, give_me_some_credit
from scoring.training.expert_points import EXPERT_CHARACTERISTICS
from scoring.training.give_me_some_credit import CreditTable
from scoring.training.measures import auc_interval, figures

logger = logging.getLogger(__name__)

VERSION = "1"
# The event rate rises with utilisation, overdue payments and debt; it falls with open accounts.
TRENDS = {
    "card_utilisation_percent": "ascending",
    "overdue_payments": "ascending",
    "debt_to_income_percent": "ascending",
    "open_accounts": "descending",
}
UNITS = {
    "card_utilisation_percent": "%",
    "overdue_payments": "count",
    "debt_to_income_percent": "%",
    "open_accounts": "count",
}
MIN_BIN_SHARE = 0.01
MAX_BINS = 10
# Fewer missing rows than this say nothing about applicants whose value is missing.
MIN_MISSING_SHARE = 0.01
LARGEST_PENALTY_INVERSE = 1e4
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FittedBins:
    """The edges of one characteristic and, per bin, WOE, share and bad rate; missing is last."""

    edges: tuple[float, ...]
    woe: FloatArray
    share: FloatArray
    bad_rate: FloatArray

    def woe_of(self, values: "pd.Series[float]") -> FloatArray:
        """Return the WOE of each value, shape (rows,)."""
        index = np.searchsorted(self.edges, values.to_numpy(), side="right")
        return self.woe[np.where(values.isna(), len(self.edges) + 1, index)]


@dataclass(frozen=True)
class FittedScorecard:
    """Bins and logistic coefficients; log-odds are those of *good*."""

    bins: Mapping[str, FittedBins]
    coefficients: Mapping[str, float]
    intercept: float

    def log_odds(self, characteristics: pd.DataFrame) -> FloatArray:
        """Return ln(odds good:bad) of each row."""
        parts = [
            self.coefficients[name] * fitted.woe_of(characteristics[name])
            for name, fitted in self.bins.items()
        ]
        return self.intercept + np.sum(parts, axis=0)


def main(data: Path, out: Path, seed: int) -> dict[str, Any]:
    """Train on the train rows, measure on the test rows, write artifacts; return the figures."""
    table = give_me_some_credit.read_table(data)
    fitted = fit(table, table.is_train)
    out.mkdir(parents=True, exist_ok=True)
    artifact_files.write_json(out / "scorecard.json", content_of(fitted, table))
    calibration = _calibrate_table(table)
    artifact_files.write_json(out / "points_table.json", _table_content(calibration, table))
    measured = _measure(fitted, calibration, table, seed)
    artifact_files.write_json(out / "scorecard_figures.json", measured)
    _register(out)
    return measured


def fit(table: CreditTable, rows: npt.NDArray[np.bool_]) -> FittedScorecard:
    """Fit bins and logistic regression on the chosen rows, without the rows of coded faults."""
    chosen = rows & ~table.has_late_codes
    characteristics, is_bad = table.characteristics[chosen], table.is_bad[chosen]
    bins = {name: fit_bins(characteristics[name], is_bad, trend) for name, trend in TRENDS.items()}
    woe_columns = np.column_stack(
        [fitted.woe_of(characteristics[name]) for name, fitted in bins.items()]
    )
    regression = LogisticRegression(C=LARGEST_PENALTY_INVERSE, max_iter=1000)
    regression.fit(woe_columns, 1 - is_bad)
    return FittedScorecard(
        bins=bins,
        coefficients=dict(zip(bins, map(float, regression.coef_[0]), strict=True)),
        intercept=float(regression.intercept_[0]),
    )


def fit_bins(
    values: "pd.Series[float]",
    is_bad: npt.NDArray[np.int64],
    trend: str,
    min_bin_share: float = MIN_BIN_SHARE,
) -> FittedBins:
    """Bin one characteristic under a monotonic trend of its event rate; missing is a bin too."""
    binning = OptimalBinning(
        monotonic_trend=trend,
        max_n_bins=MAX_BINS,
        min_prebin_size=min_bin_share,
        max_n_prebins=40,
        min_bin_size=min_bin_share,
        min_event_rate_diff=0.005,
    )
    present = values.notna().to_numpy()
    binning.fit(values[present].to_numpy(), is_bad[present])
    return count_bins(values, is_bad, tuple(_readable(float(edge)) for edge in binning.splits))


def count_bins(
    values: "pd.Series[float]", is_bad: npt.NDArray[np.int64], edges: tuple[float, ...]
) -> FittedBins:
    """Return WOE, share and bad rate of the bins between given edges; missing is the last bin."""
    present = values.notna().to_numpy()
    index = np.where(present, np.searchsorted(edges, values, side="right"), len(edges) + 1)
    bad = np.bincount(index, weights=is_bad, minlength=len(edges) + 2)
    rows = np.bincount(index, minlength=len(edges) + 2)
    values_of_evidence = np.append(woe((rows - bad)[:-1], bad[:-1]), 0.0)
    if rows[-1] >= MIN_MISSING_SHARE * rows.sum():
        # A value left out may cost points but never earns any.
        values_of_evidence[-1] = min(0.0, woe(rows - bad, bad)[-1])
    return FittedBins(edges, values_of_evidence, rows / rows.sum(), bad / np.maximum(rows, 1))


def _readable(edge: float) -> float:
    """Round an edge between two counts to the upper count, another one to half a percent."""
    return float(np.ceil(edge)) if edge < 30 and edge % 1 == 0.5 else round(2 * edge) / 2


def content_of(fitted: FittedScorecard, table: CreditTable) -> dict[str, Any]:
    """Return the content of the artifact: trained characteristics and expert points."""
    rows = int((table.is_train & ~table.has_late_codes).sum())
    source = {
        "kind": "trained",
        "data_set": give_me_some_credit.DATA_SET,
        "rows": rows,
        "licence": give_me_some_credit.LICENCE,
    }
    trained = [
        trained_characteristic(fitted, name, unit=UNITS[name], source=source)
        for name in fitted.bins
    ]
    return {
        "name": "scorecard",
        "version": VERSION,
        "event": "90 days or more past due within two years",
        "intercept_log_odds": round(fitted.intercept, 6),
        "characteristics": [*trained, *EXPERT_CHARACTERISTICS],
    }


def trained_characteristic(
    fitted: FittedScorecard, name: str, *, unit: str, source: Mapping[str, Any]
) -> dict[str, Any]:
    """Return one characteristic as the artifact holds it, with the source of its points."""
    bins, coefficient = fitted.bins[name], fitted.coefficients[name]
    bounds = [None, *bins.edges, None]
    tables = [
        {
            "lower": bounds[index],
            "upper": bounds[index + 1],
            "log_odds": round(coefficient * bins.woe[index], 6),
            "share": round(float(bins.share[index]), 6),
            "woe": round(float(bins.woe[index]), 6),
            "bad_rate": round(float(bins.bad_rate[index]), 6),
        }
        for index in range(len(bins.edges) + 1)
    ]
    missing = {
        "lower": None,
        "upper": None,
        "log_odds": round(coefficient * float(bins.woe[-1]), 6),
        "share": round(float(bins.share[-1]), 6),
        "woe": round(float(bins.woe[-1]), 6),
        "bad_rate": round(float(bins.bad_rate[-1]), 6) if bins.share[-1] else None,
    }
    return {
        "name": name,
        "unit": unit,
        "source": dict(source),
        "bins": tables,
        "missing": missing,
    }


def table_scores(characteristics: pd.DataFrame) -> FloatArray:
    """Return the points table's score (300…850) of each row, from the four factors it has."""
    plain = Calibration(0.0, 0.0)
    distinct: dict[tuple[float, ...], int] = {}
    scores = []
    for row in characteristics.itertuples(index=False, name=None):
        key = tuple(-1.0 if np.isnan(value) else float(value) for value in row)
        if key not in distinct:
            score = points_table.score(_factors(key), plain)
            distinct[key] = score.score_points if score else 0
        scores.append(distinct[key])
    return np.asarray(scores, dtype=np.float64)


def _factors(key: tuple[float, ...]) -> FinancialFactors:
    utilisation, overdue, debt_ratio, accounts = (None if value < 0 else value for value in key)
    return FinancialFactors(
        card_utilisation_percent=None if utilisation is None else Decimal(utilisation),
        overdue_payments=None if overdue is None else int(overdue),
        annual_income=Decimal(1200),
        monthly_debt_payments=None if debt_ratio is None else Decimal(debt_ratio),
        open_accounts=None if accounts is None else int(accounts),
    )


def _calibrate_table(table: CreditTable) -> Calibration:
    scores = table_scores(table.characteristics[table.is_train])
    regression = LogisticRegression(C=LARGEST_PENALTY_INVERSE, max_iter=1000)
    # In hundreds of points, so that the optimiser sees numbers of one size.
    regression.fit((scores / 100).reshape(-1, 1), 1 - table.is_bad[table.is_train])
    return Calibration(
        intercept=round(float(regression.intercept_[0]), 6),
        slope_per_point=round(float(regression.coef_[0, 0]) / 100, 8),
    )


def _table_content(calibration: Calibration, table: CreditTable) -> dict[str, Any]:
    return {
        "name": "points_table",
        "version": VERSION,
        "calibration": {
            "intercept": calibration.intercept,
            "slope_per_point": calibration.slope_per_point,
        },
        "calibrated_on": give_me_some_credit.DATA_SET,
        "factors_present": list(give_me_some_credit.TRAINED_CHARACTERISTICS),
        "rows": int(table.is_train.sum()),
        "licence": give_me_some_credit.LICENCE,
    }


def probability(log_odds_good: FloatArray) -> FloatArray:
    """Return the probability of *bad* from ln(odds good:bad)."""
    return 1.0 / (1.0 + np.exp(log_odds_good))


def _measure(
    fitted: FittedScorecard, calibration: Calibration, table: CreditTable, seed: int
) -> dict[str, Any]:
    test = ~table.is_train
    is_bad = table.is_bad[test]
    card = probability(fitted.log_odds(table.characteristics[test]))
    scores = table_scores(table.characteristics[test])
    baseline = probability(calibration.intercept + calibration.slope_per_point * scores)
    return {
        "test_rows": int(test.sum()),
        "test_bad_rate": round(float(is_bad.mean()), 5),
        "scorecard": {**figures(is_bad, card), "auc_ci": auc_interval(is_bad, card, seed)},
        "points_table": {
            **figures(is_bad, baseline),
            "auc_ci": auc_interval(is_bad, baseline, seed),
        },
        "scorecard_cv0": figures(table.is_bad, out_of_fold(table)),
    }


def out_of_fold(table: CreditTable) -> FloatArray:
    """Return the probability of *bad* of each row from the fold that did not hold it."""
    risk = np.zeros(table.is_bad.size)
    for fold in np.unique(table.fold):
        held_out = table.fold == fold
        fitted = fit(table, ~held_out)
        risk[held_out] = probability(fitted.log_odds(table.characteristics[held_out]))
    return risk


def _register(out: Path) -> None:
    for name, role in (("scorecard", "champion"), ("points_table", "comparison")):
        artifact_files.register(
            out,
            name=name,
            version=VERSION,
            role=role,
            file=f"{name}.json",
            licence=give_me_some_credit.LICENCE,
            trained_on=[give_me_some_credit.DATA_SET],
            card=f"{name}.md",
        )
