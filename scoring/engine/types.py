"""The values that flow through the engine, from financial factors to an explained score."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
MODALITIES = ("face", "voice", "gait")
MIN_SCORE_POINTS = 300
MAX_SCORE_POINTS = 850

# Two years in a post is what the application form calls a stable income where the officer left
# the question open.
STABLE_EMPLOYMENT_YEARS = Decimal(2)
# The balance of assets and debts counts as equal within this share of the debts.
EQUAL_BALANCE_SHARE = Fraction(1, 100)


class CreditClass(StrEnum):
    """The three classes, from best to worst."""

    GOOD = "good"
    STANDARD = "standard"
    POOR = "poor"

    @property
    def rank(self) -> int:
        """0 for the best class; a higher rank is a worse class."""
        return list(CreditClass).index(self)


class BehaviourMode(StrEnum):
    """What the behavioural part may do."""

    OFF = "off"
    SHADOW = "shadow"
    ADVISORY = "advisory"


class Balance(StrEnum):
    """Assets against debts."""

    LESS = "less"
    EQUAL = "equal"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class FinancialFactors:
    """What an applicant stated, in the application's currency, years, counts and percent.

    None means that the value was not given. ``overdue_payments`` counts payments that were late
    by 30 days or more; ``annual_income`` and ``monthly_debt_payments`` are per year and per month.
    Of a business the income is its turnover; the last four are asked of businesses only.
    """

    amount: Decimal | None = None
    term_months: int | None = None
    annual_income: Decimal | None = None
    monthly_debt_payments: Decimal | None = None
    employment_years: Decimal | None = None
    income_stable: bool | None = None
    credit_history_years: Decimal | None = None
    overdue_payments: int | None = None
    card_utilisation_percent: Decimal | None = None
    total_assets: Decimal | None = None
    total_liabilities: Decimal | None = None
    open_accounts: int | None = None
    recent_enquiries: int | None = None
    is_business: bool = False
    guaranteed_share_percent: Decimal | None = None
    employees: int | None = None
    jobs_created: int | None = None
    real_estate_backed: bool | None = None

    @property
    def debt_to_income_percent(self) -> float | None:
        """Yearly debt payments per yearly income, in percent. None without a positive income."""
        if self.monthly_debt_payments is None or not self.annual_income:
            return None
        return float(1200 * Fraction(self.monthly_debt_payments) / Fraction(self.annual_income))

    @property
    def loan_to_income(self) -> float | None:
        """Requested amount per yearly income. None without a positive income."""
        if self.amount is None or not self.annual_income:
            return None
        return float(Fraction(self.amount) / Fraction(self.annual_income))

    @property
    def assets_to_liabilities(self) -> float | None:
        """Assets per debts; infinite without debts, 1 where there is neither."""
        if self.total_assets is None or self.total_liabilities is None:
            return None
        if not self.total_liabilities:
            return math.inf if self.total_assets else 1.0
        return float(Fraction(self.total_assets) / Fraction(self.total_liabilities))

    @property
    def balance(self) -> Balance | None:
        """Assets against debts, equal within 1 % of the debts."""
        if self.total_assets is None or self.total_liabilities is None:
            return None
        difference = Fraction(self.total_assets) - Fraction(self.total_liabilities)
        if abs(difference) <= EQUAL_BALANCE_SHARE * Fraction(self.total_liabilities):
            return Balance.EQUAL
        return Balance.MORE if difference > 0 else Balance.LESS

    @property
    def stable_income(self) -> bool | None:
        """As stated; derived from the years in employment where it was not."""
        if self.income_stable is not None or self.employment_years is None:
            return self.income_stable
        return self.employment_years >= STABLE_EMPLOYMENT_YEARS

    def characteristics(self) -> dict[str, float | None]:
        """Return the values that estimators read, by name. Ratios and counts only, no money."""
        return {
            "card_utilisation_percent": _number(self.card_utilisation_percent),
            "overdue_payments": _number(self.overdue_payments),
            "debt_to_income_percent": self.debt_to_income_percent,
            "open_accounts": _number(self.open_accounts),
            "credit_history_years": _number(self.credit_history_years),
            "income_stable": _number(self.stable_income),
            "assets_to_liabilities": self.assets_to_liabilities,
            "recent_enquiries": _number(self.recent_enquiries),
            "loan_to_income": self.loan_to_income,
            "guaranteed_share_percent": _number(self.guaranteed_share_percent),
            "employees": _number(self.employees),
            "jobs_created": _number(self.jobs_created),
            "real_estate_backed": _number(self.real_estate_backed),
        }


def _number(value: Decimal | int | bool | None) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class Contribution:
    """The whole points that one characteristic adds to, or takes from, the base points."""

    characteristic: str
    points: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """ln(odds good:bad) = intercept + slope_per_point · score."""

    intercept: float
    slope_per_point: float

    def probability_of_default(self, score_points: float) -> float:
        """Return the probability of *bad* (0…1) at a score."""
        log_odds_good = self.intercept + self.slope_per_point * score_points
        return 1.0 / (1.0 + math.exp(log_odds_good))


@dataclass(frozen=True, slots=True)
class FinancialScore:
    """A score from financial factors alone.

    ``base_points`` and the contributions sum exactly to ``score_points`` (300…850). ``missing``
    names the characteristics that were not given. ``population_points`` holds the population's
    mean points per characteristic, against which reasons are measured.
    """

    estimator: str
    score_points: int
    base_points: int
    contributions: tuple[Contribution, ...]
    calibration: Calibration
    missing: tuple[str, ...] = ()
    population_points: Mapping[str, int] = field(default_factory=dict)

    @property
    def probability_of_default(self) -> float:
        return self.calibration.probability_of_default(self.score_points)


@dataclass(frozen=True, slots=True)
class Reason:
    """One ranked cause, in plain words, with the applicant's own value.

    ``points`` is the distance from the population's mean: negative where points were lost.
    """

    code: str
    text: str
    characteristic: str
    value: float | None
    points: int
