"""Tiny tables whose risk really follows their columns, with the faults that real tables have."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROWS = 240


def made_table(rows: int = ROWS) -> pd.DataFrame:
    """Risk follows income, housing and late payments; codes, gaps, dates and an identifier."""
    generator = np.random.default_rng(5)
    income = generator.normal(40, 12, rows)
    housing = generator.choice(["own", "rent", "free"], rows)
    late = generator.poisson(0.5, rows)
    risk = 1 / (1 + np.exp(0.14 * (income - 36) - 1.2 * (housing == "rent") - 0.8 * late))
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 900, rows), "D")
    cells = pd.DataFrame(
        {
            "number": np.arange(rows),
            "income": [f"{value:.2f}" for value in income],
            "housing": housing,
            "late": np.where(generator.random(rows) < 0.06, 98, late).astype(str),
            "opened": opened.strftime("%Y-%m-%d"),
            "branch": "main",
            "outcome": np.where(generator.random(rows) < risk, "bad", "good"),
        }
    )
    cells.loc[generator.random(rows) < 0.06, "income"] = "NM"
    cells.loc[generator.random(rows) < 0.06, "income"] = None
    return cells


@pytest.fixture
def credit_csv(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    made_table().to_csv(path, index=False)
    return path
