"""Cleaning of the three-class tables (Good / Standard / Poor) and the features made of them.

One row is one customer in one month. A feature of a month is made of that month and of earlier
ones, never of later ones. The limits below are those of the data description: a value outside of
them was typed wrongly and is read as missing.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

CLASSES = ("Poor", "Standard", "Good")  # from worst to best
CUSTOMER, MONTH, TARGET = "Customer_ID", "Month", "Credit_Score"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August")

# Inclusive limits of what can be true, by column.
LIMITS: dict[str, tuple[float, float]] = {
    "Age": (14, 100),
    "Annual_Income": (0, 200_000),
    "Monthly_Inhand_Salary": (0, np.inf),
    "Num_Bank_Accounts": (0, 11),
    "Num_Credit_Card": (0, 11),
    "Interest_Rate": (1, 34),
    "Num_of_Loan": (0, 9),
    "Delay_from_due_date": (-10, 100),
    "Num_of_Delayed_Payment": (-5, 30),
    "Changed_Credit_Limit": (-50, 100),
    "Num_Credit_Inquiries": (0, 20),
    "Outstanding_Debt": (0, np.inf),
    "Credit_Utilization_Ratio": (0, 100),
    "Total_EMI_per_month": (0, 2000),
    "Amount_invested_monthly": (0, 9999.99),
    "Monthly_Balance": (0, np.inf),
}
ORDERED = {
    "Credit_Mix": ("Bad", "Standard", "Good"),
    "Payment_of_Min_Amount": ("No", "NM", "Yes"),
}
LOAN_KINDS = (
    "Auto Loan", "Credit-Builder Loan", "Debt Consolidation Loan", "Home Equity Loan",
    "Mortgage Loan", "Not Specified", "Payday Loan", "Personal Loan", "Student Loan",
)  # fmt: skip
# What hardly moves within a customer: the median of the months so far tells it best.
SETTLED = (
    "Age", "Annual_Income", "Monthly_Inhand_Salary", "Num_Bank_Accounts", "Num_Credit_Card",
    "Interest_Rate", "Num_of_Loan", "Delay_from_due_date", "Num_of_Delayed_Payment",
    "Changed_Credit_Limit", "Num_Credit_Inquiries", "Outstanding_Debt", "Total_EMI_per_month",
    "Credit_Mix", "Payment_of_Min_Amount",
)  # fmt: skip
MOVING = (
    "Credit_Utilization_Ratio", "Amount_invested_monthly", "Monthly_Balance", "spending",
    "payment_value", "Delay_from_due_date", "Num_of_Delayed_Payment", "Num_Credit_Inquiries",
    "Changed_Credit_Limit",
)  # fmt: skip


def read(path: Path) -> pd.DataFrame:
    """Return the raw table, every cell as text, in order of customer and month."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame["month"] = frame[MONTH].map({name: place for place, name in enumerate(MONTHS, 1)})
    return frame.sort_values([CUSTOMER, "month"], kind="stable").reset_index(drop=True)


def clean(raw: pd.DataFrame) -> pd.DataFrame:
    """Return numbers only: trailing underscores cut, placeholders and impossible values missing."""
    columns = {"month": raw["month"].astype(float)}
    for name, (low, high) in LIMITS.items():
        number = pd.to_numeric(raw[name].str.strip("_"), errors="coerce")
        columns[name] = number.where(number.between(low, high))
    for name, levels in ORDERED.items():
        columns[name] = raw[name].map({level: float(i) for i, level in enumerate(levels)})
    history = raw["Credit_History_Age"].str.extract(r"(\d+) Years and (\d+) Months").astype(float)
    columns["history_months"] = 12 * history[0] + history[1]
    behaviour = raw["Payment_Behaviour"].str.extract(r"(Low|High)_spent_(Small|Medium|Large)")
    columns["spending"] = behaviour[0].map({"Low": 0.0, "High": 1.0})
    columns["payment_value"] = behaviour[1].map({"Small": 0.0, "Medium": 1.0, "Large": 2.0})
    for kind in LOAN_KINDS:
        columns[kind] = raw["Type_of_Loan"].str.count(kind).astype(float)
    return pd.DataFrame(columns)


def features(raw: pd.DataFrame) -> pd.DataFrame:
    """Return one row of features per row of the table, from this month and earlier ones only."""
    cleaned = clean(raw)
    customer = raw[CUSTOMER]
    known = cleaned.groupby(customer).ffill()
    known["history_months"] = _history_so_far(cleaned, customer)
    parts = [known, _ratios(known)]
    if customer.duplicated().any():
        parts.append(_past(cleaned, known, customer))
    return pd.concat(parts, axis=1)


def settled(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the features that one month alone has, from medians of the months so far.

    So a month of the panel looks like a row of the snapshot, only with fewer typing errors.
    """
    cleaned = clean(raw)
    customer = raw[CUSTOMER]
    known = cleaned.groupby(customer).ffill()
    known["history_months"] = _history_so_far(cleaned, customer)
    for name in SETTLED:
        known[name] = cleaned[name].groupby(customer).expanding().median().droplevel(0)
    return pd.concat([known, _ratios(known)], axis=1)


def _history_so_far(cleaned: pd.DataFrame, customer: "pd.Series[str]") -> "pd.Series[float]":
    """Carry the age of the credit history on: it grows by a month each month."""
    start = (cleaned["history_months"] - cleaned["month"]).groupby(customer).ffill()
    return start + cleaned["month"]


def _ratios(known: pd.DataFrame) -> pd.DataFrame:
    salary = known["Monthly_Inhand_Salary"].fillna(known["Annual_Income"] / 12)
    income = 12 * salary
    return pd.DataFrame(
        {
            "debt_to_income": known["Outstanding_Debt"] / income,
            "instalment_to_salary": known["Total_EMI_per_month"] / salary,
            "invested_to_salary": known["Amount_invested_monthly"] / salary,
            "balance_to_salary": known["Monthly_Balance"] / salary,
            "debt_per_loan": known["Outstanding_Debt"] / (known["Num_of_Loan"] + 1),
            "late_days_times_payments": known["Delay_from_due_date"]
            * known["Num_of_Delayed_Payment"],
            "debt_times_rate": known["Outstanding_Debt"] * known["Interest_Rate"],
            "accounts_and_cards": known["Num_Bank_Accounts"] + known["Num_Credit_Card"],
            "share_of_life": known["history_months"] / (12 * known["Age"]),
            "blanks": known.isna().sum(axis=1),
        }
    )


def _past(cleaned: pd.DataFrame, known: pd.DataFrame, customer: "pd.Series[str]") -> pd.DataFrame:
    """Return medians and means of the months so far, and how far this month lies from them."""
    columns: dict[str, pd.Series] = {}
    for name in SETTLED:
        column = cleaned[name].groupby(customer).expanding().median()
        columns[f"{name}_median"] = column.droplevel(0)
    for name in MOVING:
        mean = cleaned[name].groupby(customer).expanding().mean().droplevel(0)
        columns[f"{name}_mean"] = mean
        columns[f"{name}_less_mean"] = known[name] - mean
        columns[f"{name}_step"] = known[name] - known[name].groupby(customer).shift(1)
    return pd.DataFrame(columns)


def targets(raw: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the class of each row: 0 Poor, 1 Standard, 2 Good."""
    return raw[TARGET].map({name: place for place, name in enumerate(CLASSES)}).to_numpy(np.int64)


def label_history(raw: pd.DataFrame) -> pd.DataFrame:
    """Return what was known of a customer's earlier classes when the month began.

    The classes of one to three months ago (missing where there are none), their mean, the months
    since the last change, the number of changes, and the shares of each class so far.
    """
    y = pd.Series(targets(raw), index=raw.index, dtype=float)
    customer = raw[CUSTOMER]
    group = y.groupby(customer)
    last = group.shift(1)
    columns = {f"class_{lag}_ago": group.shift(lag) for lag in (1, 2, 3)}
    columns["class_mean"] = last.groupby(customer).expanding().mean().droplevel(0)
    for place, name in enumerate(CLASSES):
        was = (last == place).astype(float).where(last.notna())
        columns[f"share_{name}"] = was.groupby(customer).expanding().mean().droplevel(0)
    changed = (last != group.shift(2)).astype(float).where(group.shift(2).notna())
    columns["changes"] = changed.groupby(customer).cumsum().fillna(0.0)
    columns["months_since_change"] = _run_length(changed.fillna(0.0), customer)
    return pd.DataFrame(columns)


def _run_length(changed: "pd.Series[float]", customer: "pd.Series[str]") -> "pd.Series[int]":
    run = changed.groupby(customer).cumsum()
    return run.groupby([customer, run]).cumcount()
