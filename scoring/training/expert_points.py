"""Expert points: characteristics that the form asks for and no data set at hand supports.

The log-odds below are judgements, kept small (at most 0.30, which is 22 points where 50 points
double the odds) and centred on the usual answer. Nothing here was trained; every page that shows
these points says *expert points*.
"""

from typing import Any

SOURCE = {"kind": "expert", "data_set": "", "rows": 0, "licence": ""}
# The characteristic, its unit, its inner edges, and the log-odds of *good* of each bin.
JUDGEMENTS: tuple[tuple[str, str, tuple[float, ...], tuple[float, ...]], ...] = (
    ("credit_history_years", "years", (2.0, 4.0, 6.0, 10.0), (-0.25, -0.10, 0.0, 0.10, 0.20)),
    ("income_stable", "yes or no", (0.5,), (-0.20, 0.10)),
    ("assets_to_liabilities", "ratio", (0.5, 0.99, 1.01, 3.0), (-0.20, -0.10, 0.0, 0.10, 0.20)),
    ("recent_enquiries", "count", (1.0, 3.0, 6.0), (0.10, 0.0, -0.15, -0.30)),
    ("loan_to_income", "ratio", (0.25, 0.5, 1.0, 3.0), (0.10, 0.05, 0.0, -0.10, -0.25)),
)


def _characteristic(
    name: str, unit: str, edges: tuple[float, ...], log_odds: tuple[float, ...]
) -> dict[str, Any]:
    bounds = (None, *edges, None)
    bins = [
        {"lower": bounds[index], "upper": bounds[index + 1], "log_odds": value, "share": 0.0}
        for index, value in enumerate(log_odds)
    ]
    # Without data the population's mean is set at 0 points, where a missing value stands too.
    missing = {"lower": None, "upper": None, "log_odds": 0.0, "share": 1.0}
    return {"name": name, "unit": unit, "source": SOURCE, "bins": bins, "missing": missing}


EXPERT_CHARACTERISTICS = [_characteristic(*judgement) for judgement in JUDGEMENTS]

# What a lender asks of a firm and the SBA case does not hold: the firm's own payments and balance
# sheet, where "income" is its turnover, and whether land or buildings secure the loan. That last
# column of the data is made from the term that a default cuts short, so it teaches nothing.
BUSINESS_JUDGEMENTS: tuple[tuple[str, str, tuple[float, ...], tuple[float, ...]], ...] = (
    ("real_estate_backed", "yes or no", (0.5,), (-0.05, 0.25)),
    ("overdue_payments", "count", (1.0, 2.0, 3.0), (0.10, -0.10, -0.20, -0.30)),
    ("debt_to_income_percent", "%", (10.0, 20.0, 35.0), (0.10, 0.05, -0.10, -0.25)),
)
FOR_BUSINESSES_TOO = ("credit_history_years", "assets_to_liabilities", "recent_enquiries")
BUSINESS_EXPERT_CHARACTERISTICS = [
    *(_characteristic(*judgement) for judgement in BUSINESS_JUDGEMENTS),
    *(each for each in EXPERT_CHARACTERISTICS if each["name"] in FOR_BUSINESSES_TOO),
]
