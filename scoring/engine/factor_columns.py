"""The financial factors of many applicants as columns, and the characteristics that follow.

Every value is a whole number of hundredths: amounts in cents, years, percent and counts in
hundredths, a stable income 100 or 0. Quotients of whole numbers below 2⁵³ are rounded correctly by
IEEE 754 division, so each characteristic has the very bits that ``FinancialFactors`` gives for one
applicant; what lies beyond is divided as a fraction, row by row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from scoring.engine.types import STABLE_EMPLOYMENT_YEARS, FinancialFactors

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MISSING = -1
HUNDRED = 100
LARGEST_EXACT = 2**53
FACTORS = tuple(each.name for each in fields(FinancialFactors))
_KINDS = {each.name: get_args(each.type) or (each.type,) for each in fields(FinancialFactors)}
STABLE_FROM = int(STABLE_EMPLOYMENT_YEARS * HUNDRED)


@dataclass(frozen=True, slots=True)
class FactorColumns:
    """Factors by name, each of shape (n,), in hundredths; ``MISSING`` where none was given."""

    hundredths: Mapping[str, IntArray]

    def __post_init__(self) -> None:
        if set(self.hundredths) != set(FACTORS):
            raise ValueError("factor columns need one column per factor")
        if len({column.shape for column in self.hundredths.values()}) != 1:
            raise ValueError("factor columns differ in length")

    def __len__(self) -> int:
        return len(self.hundredths["amount"])

    def __getitem__(self, name: str) -> IntArray:
        return self.hundredths[name]

    def businesses(self) -> BoolArray:
        """Return which rows are businesses, shape (n,)."""
        return np.asarray(self["is_business"] == HUNDRED)

    def rows(self, indices: IntArray) -> "FactorColumns":
        """Return the columns of these rows alone."""
        return FactorColumns({name: each[indices] for name, each in self.hundredths.items()})

    def stable_income(self) -> IntArray:
        """As stated (100 or 0); derived from the years in employment where it was not."""
        stated, years = self["income_stable"], self["employment_years"]
        derived = np.where(years >= STABLE_FROM, HUNDRED, 0)
        return np.where((stated == MISSING) & (years != MISSING), derived, stated)

    def characteristics(self) -> dict[str, FloatArray]:
        """Return what estimators read, by name, each of shape (n,); NaN where it is missing."""
        return {
            "card_utilisation_percent": _plain(self["card_utilisation_percent"]),
            "overdue_payments": _plain(self["overdue_payments"]),
            "debt_to_income_percent": _ratio(
                self["monthly_debt_payments"], self["annual_income"], times=1200
            ),
            "open_accounts": _plain(self["open_accounts"]),
            "credit_history_years": _plain(self["credit_history_years"]),
            "income_stable": _plain(self.stable_income()),
            "assets_to_liabilities": self._assets_to_liabilities(),
            "recent_enquiries": _plain(self["recent_enquiries"]),
            "loan_to_income": _ratio(self["amount"], self["annual_income"]),
            "guaranteed_share_percent": _plain(self["guaranteed_share_percent"]),
            "employees": _plain(self["employees"]),
            "jobs_created": _plain(self["jobs_created"]),
            "real_estate_backed": _plain(self["real_estate_backed"]),
        }

    def _assets_to_liabilities(self) -> FloatArray:
        assets, debts = self["total_assets"], self["total_liabilities"]
        ratio = _ratio(assets, debts)
        ratio[(assets > 0) & (debts == 0)] = np.inf
        ratio[(assets == 0) & (debts == 0)] = 1.0
        return ratio


def factor_columns(rows: Iterable[FinancialFactors]) -> FactorColumns:
    """Return applicants as columns. Raises ValueError for values finer than a hundredth."""
    every_row = list(rows)
    return FactorColumns(
        {
            name: np.array([_hundredths(getattr(row, name)) for row in every_row], dtype=np.int64)
            for name in FACTORS
        }
    )


def _hundredths(value: Decimal | int | bool | None) -> int:
    if value is None:
        return MISSING
    exact = value * HUNDRED
    if exact != int(exact) or exact < 0:
        raise ValueError(f"{value} is no whole number of hundredths")
    return int(exact)


def factors_of_row(hundredths: Mapping[str, int]) -> FinancialFactors:
    """Return one applicant from whole hundredths by factor; ``MISSING`` where none was given."""
    values: dict[str, Any] = {name: _value(hundredths[name], _KINDS[name]) for name in FACTORS}
    return FinancialFactors(**values)


def _value(hundredths: int, kinds: tuple[object, ...]) -> Decimal | int | bool | None:
    if hundredths == MISSING:
        return None if NoneType in kinds else False
    if bool in kinds:
        return hundredths == HUNDRED
    return hundredths // HUNDRED if int in kinds else Decimal(hundredths) / HUNDRED


def _plain(hundredths: IntArray) -> FloatArray:
    return np.where(hundredths == MISSING, np.nan, hundredths / HUNDRED)


def _ratio(numerator: IntArray, denominator: IntArray, times: int = 1) -> FloatArray:
    """Return times · numerator / denominator; NaN without a numerator or a positive denominator."""
    ratio = np.full(numerator.shape, np.nan)
    is_defined = (numerator != MISSING) & (denominator > 0)
    is_exact = (numerator <= LARGEST_EXACT // times) & (denominator <= LARGEST_EXACT)
    plain = is_defined & is_exact
    ratio[plain] = times * numerator[plain] / denominator[plain]
    for row in np.flatnonzero(is_defined & ~is_exact):
        ratio[row] = float(Fraction(times * int(numerator[row]), int(denominator[row])))
    return ratio
