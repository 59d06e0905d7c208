"""The points table on a lender's own table, where its columns are characteristics of the form.

The table learns nothing: its score is scaled to 0…1, and only its ranking means something.
"""

import math
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.engine import points_table
from scoring.engine.fusion import MIN_FALLBACK_FACTORS
from scoring.engine.types import (
    MAX_SCORE_POINTS,
    MIN_SCORE_POINTS,
    Calibration,
    FinancialFactors,
)

FloatArray = npt.NDArray[np.float64]
# Ratios are put back into two amounts of this size, as the form asks for them.
WHOLE = Decimal(1200)


def risk(features: pd.DataFrame, columns_as: Mapping[str, str]) -> FloatArray | None:
    """Return the table's risk (n, 2) of good and bad from columns named by ``columns_as``.

    None where fewer than three of its factors are among them: it would say next to nothing.
    """
    named = features.rename(columns=dict(columns_as))
    known = [
        name for name in points_table.FACTORS if name in named and named[name].dtype.kind == "f"
    ]
    if len(known) < MIN_FALLBACK_FACTORS:
        return None
    distinct: dict[tuple[float, ...], int] = {}
    scores = []
    for row in named[known].itertuples(index=False, name=None):
        key = tuple(-1.0 if math.isnan(value) else float(value) for value in row)
        if key not in distinct:
            distinct[key] = _score(dict(zip(known, key, strict=True)))
        scores.append(distinct[key])
    span = MAX_SCORE_POINTS - MIN_SCORE_POINTS
    bad = (MAX_SCORE_POINTS - np.asarray(scores, dtype=np.float64)) / span
    return np.column_stack([1 - bad, bad])


def _score(values: Mapping[str, float]) -> int:
    score = points_table.score(factors_of(values), Calibration(0.0, 0.0))
    return score.score_points if score else MIN_SCORE_POINTS


def factors_of(values: Mapping[str, float]) -> FinancialFactors:
    """Return the form's factors that have these characteristics; a negative value is missing."""
    known = {name: value for name, value in values.items() if value >= 0}
    utilisation = known.get("card_utilisation_percent")
    history = known.get("credit_history_years")
    debt = known.get("debt_to_income_percent")
    balance = known.get("assets_to_liabilities")
    stable = known.get("income_stable")
    return FinancialFactors(
        card_utilisation_percent=_decimal(utilisation),
        credit_history_years=_decimal(history),
        overdue_payments=_count(known.get("overdue_payments")),
        open_accounts=_count(known.get("open_accounts")),
        income_stable=None if stable is None else bool(stable),
        annual_income=None if debt is None else WHOLE,
        monthly_debt_payments=_decimal(debt),
        total_assets=None if balance is None else _decimal(min(balance, 1e6)) * WHOLE,
        total_liabilities=None if balance is None else WHOLE,
    )


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(min(value, 1e9)))


def _count(value: float | None) -> int | None:
    return None if value is None else int(min(value, 1e9))
