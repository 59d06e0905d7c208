"""Scoring many applicants as columns, against the same engine row by row and against pandas."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import numpy as np

from benchmarks.figure import Figure, median_s
from scoring.engine import fusion, reasons
from scoring.engine.artifacts import load_estimators, load_reference_sessions
from scoring.engine.factor_columns import HUNDRED, FactorColumns
from scoring.engine.policy import start_policy
from scoring.engine.reason_columns import adverse_reasons
from scoring.engine.score_columns import score_many
from scoring.engine.types import FinancialFactors
from scoring.paths import ARTIFACTS_DIR

ROWS, ROWS_ALONE = 50_000, 1_000
HIGHEST = {
    "amount": 5_000_000, "term_months": 48, "annual_income": 20_000_000,
    "monthly_debt_payments": 300_000, "employment_years": 4_000, "income_stable": 1,
    "credit_history_years": 3_000, "overdue_payments": 5, "card_utilisation_percent": 10_000,
    "total_assets": 50_000_000, "total_liabilities": 20_000_000, "open_accounts": 20,
    "recent_enquiries": 9, "is_business": 0, "guaranteed_share_percent": 10_000, "employees": 200,
    "jobs_created": 20, "real_estate_backed": 1,
}  # fmt: skip
WHOLE = {
    "term_months", "income_stable", "overdue_payments", "open_accounts", "recent_enquiries",
    "is_business", "employees", "jobs_created", "real_estate_backed",
}  # fmt: skip


def made_up(rows: int, *, seed: int = 0) -> FactorColumns:
    """Return applicants drawn at random; one value in ten is missing."""
    random = np.random.default_rng(seed)
    columns = {}
    for name, highest in HIGHEST.items():
        column = random.integers(0, highest, rows, endpoint=True)
        column = column * HUNDRED if name in WHOLE else column
        columns[name] = np.where(random.random(rows) < 0.1, -1, column)
    return FactorColumns(columns)


def figures() -> Iterator[Figure]:
    columns = made_up(ROWS)
    policy = start_policy("eu", load_reference_sessions(ARTIFACTS_DIR))
    estimators = load_estimators(ARTIFACTS_DIR)
    alone = [_alone(columns, row) for row in range(ROWS_ALONE)]

    def score_columns() -> None:
        values = columns.characteristics()
        for block in score_many(columns, values, estimators, policy.scale):
            adverse_reasons(block, values)

    def score_rows() -> None:
        for row in alone:
            score, _ = fusion.financial_scores(row, estimators, policy)
            reasons.adverse_reasons(score, row.characteristics())

    per_row_s = median_s(score_columns, repeats=3) / ROWS
    yield Figure(
        "scores with reasons as columns, a million rows", 1e6 * per_row_s, "s",
        "the engine row by row, a million rows", 1e6 * median_s(score_rows, repeats=3) / ROWS_ALONE,
        "well below 1",
    )  # fmt: skip
    values = columns.characteristics()
    yield Figure(
        "scores as columns, without reasons", median_s(
            lambda: score_many(columns, values, estimators, policy.scale), repeats=3
        ), "s", "pandas.cut of the same characteristics", median_s(_binned(values), repeats=3),
        "about 1: binning alone costs pandas as much",
    )  # fmt: skip


def _alone(columns: FactorColumns, row: int) -> FinancialFactors:
    given = {name: int(column[row]) for name, column in columns.hundredths.items()}
    return FinancialFactors(**{
        name: None if value < 0 else value // HUNDRED if name in WHOLE
        else Decimal(value) / HUNDRED
        for name, value in given.items()
    })  # type: ignore[arg-type]  # fmt: skip


def _binned(values: dict[str, np.ndarray]) -> Callable[[], object]:  # type: ignore[type-arg]
    import pandas  # a peer of the measurement only

    card = load_estimators(ARTIFACTS_DIR).scorecard
    edges = {each.name: [-np.inf, *each.edges, np.inf] for each in card.characteristics}

    def cut() -> object:
        return [pandas.cut(values[name], edges[name], right=False) for name in edges]

    return cut
