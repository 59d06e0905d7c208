import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from scoring.engine.scorecard import parse_scorecard
from scoring.engine.types import FinancialFactors
from scoring.training import business_scorecard, small_business
from scoring.training.artifact_files import read_json
from scoring.training.scorecard import probability
from scoring.training.small_business import BusinessTable, characteristics_of
from tests.scoring.engine import builders

pytestmark = pytest.mark.training
ROWS = 3000


@pytest.fixture(scope="module")
def table() -> BusinessTable:
    """Loans made by code: many of a bad time, few of a good one; employees tell, places do not."""
    generator = np.random.default_rng(5)
    year = generator.choice([2001, 2004, 2006, 2008], ROWS, p=[0.1, 0.1, 0.3, 0.5])
    employees = generator.choice([1.0, 5.0, 20.0], ROWS)
    share = generator.choice([50.0, 75.0, 90.0], ROWS)
    log_odds_bad = -2.0 + 1.5 * (year > 2005) - 0.08 * employees - 0.03 * (share - 50)
    columns = {
        "guaranteed_share_percent": share,
        "employees": employees,
        "jobs_created": generator.choice([0.0, 3.0, 9.0], ROWS),
        # Common in the bad time and otherwise without meaning: it must not cost points.
        "new_business": (generator.random(ROWS) < np.where(year > 2005, 0.7, 0.2)).astype(float),
        "franchise": np.zeros(ROWS),
        "urban_location": np.where(generator.random(ROWS) < 0.1, np.nan, 1.0),
        "revolving_line": generator.integers(0, 2, ROWS).astype(float),
    }
    return BusinessTable(
        characteristics=pd.DataFrame(columns),
        is_bad=(generator.random(ROWS) < 1 / (1 + np.exp(-log_odds_bad))).astype(np.int64),
        year=year.astype(np.int64),
        is_train=np.arange(ROWS) % 5 > 0,
        folds=np.column_stack([np.arange(ROWS) % 3, np.arange(ROWS) // 7 % 3]),
        leaking=pd.DataFrame({"Term": np.arange(ROWS, dtype=float)}),
    )


def test_the_mean_probability_is_that_of_the_mean_year(table: BusinessTable) -> None:
    fitted = business_scorecard.fit(table, table.is_train)
    rows = table.is_train
    weights = business_scorecard.year_weights(table.year[rows])
    mean_of_years = np.mean(
        [table.is_bad[rows & (table.year == y)].mean() for y in set(table.year)]
    )
    risk = probability(fitted.log_odds(table.characteristics[rows]))
    assert weights @ risk == pytest.approx(mean_of_years, abs=1e-6)
    assert mean_of_years < table.is_bad[rows].mean() - 0.02


def test_what_was_only_common_in_a_bad_time_costs_next_to_nothing(table: BusinessTable) -> None:
    fitted = business_scorecard.fit(table, table.is_train, business_scorecard.LOOKED_AT)
    spread = 0.0
    if "new_business" in fitted.bins:
        points = fitted.coefficients["new_business"] * fitted.bins["new_business"].woe[:2]
        spread = float(np.ptp(points))
    raw = np.ptp(
        business_scorecard.count_bins(
            table.characteristics["new_business"], table.is_bad, (0.5,)
        ).woe[:2]
    )
    assert raw > 0.4
    assert spread < raw / 2


def test_the_written_scorecard_reads_back_and_favours_the_larger_firm(
    table: BusinessTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_business, "read_table", lambda data: table)
    monkeypatch.setattr(business_scorecard, "BOOTSTRAPS", 20)
    figures = business_scorecard.main(tmp_path, tmp_path, seed=1)
    low, high = figures["cross_validated"]["auc_ci"]
    assert 0.6 < low < figures["cross_validated"]["auc"] < high
    card = parse_scorecard(read_json(tmp_path / "business_scorecard.json"))
    scale = builders.policy().scale
    large = card.score(FinancialFactors(is_business=True, employees=20), scale)
    small = card.score(FinancialFactors(is_business=True, employees=1), scale)
    assert large.score_points > small.score_points + 20


def test_a_characteristic_against_its_own_order_is_left_out(table: BusinessTable) -> None:
    """Bins and regression disagree where two columns say the same and one says it worse."""
    doubled = table.characteristics.assign(revolving_line=table.characteristics["employees"] > 4)
    fitted = business_scorecard.fit(
        replace(table, characteristics=doubled.astype(float)),
        table.is_train,
        business_scorecard.LOOKED_AT,
    )
    assert all(coefficient > 0 for coefficient in fitted.coefficients.values())
    assert set(fitted.bins) == set(fitted.coefficients)


def test_undocumented_codes_are_missing() -> None:
    rows = pd.DataFrame(
        {
            "Portion": [0.5, 0.75],
            "NoEmp": [3, 0],
            "CreateJob": [0, 1],
            "NewExist": [0.0, 2.0],
            "FranchiseCode": [1, 10465],
            "UrbanRural": [0, 2],
            "RevLineCr": ["T", "Y"],
        }
    )
    values = characteristics_of(rows)
    assert values.loc[0, ["new_business", "urban_location", "revolving_line"]].isna().all()
    assert values.loc[1].tolist() == [75.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0]
