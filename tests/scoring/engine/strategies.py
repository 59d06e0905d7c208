"""Hypothesis strategies over the engine's values."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from scoring.engine.evidence import EvidenceItem
from scoring.engine.types import FinancialFactors
from tests.scoring.engine import builders

money = st.decimals(min_value=0, max_value=10_000_000, places=2)
years = st.decimals(min_value=0, max_value=60, places=1)
percent = st.decimals(min_value=0, max_value=100, places=2)
counts = st.integers(min_value=0, max_value=40)


def optional(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


factors = st.builds(
    FinancialFactors,
    amount=optional(money),
    term_months=optional(st.integers(1, 360)),
    annual_income=optional(money),
    monthly_debt_payments=optional(money),
    employment_years=optional(years),
    income_stable=optional(st.booleans()),
    credit_history_years=optional(years),
    overdue_payments=optional(counts),
    card_utilisation_percent=optional(percent),
    total_assets=optional(money),
    total_liabilities=optional(money),
    open_accounts=optional(counts),
    recent_enquiries=optional(counts),
)

businesses = st.builds(
    FinancialFactors,
    is_business=st.just(True),
    monthly_debt_payments=optional(money),
    annual_income=optional(money),
    overdue_payments=optional(counts),
    guaranteed_share_percent=optional(percent),
    employees=optional(counts),
    jobs_created=optional(counts),
    real_estate_backed=optional(st.booleans()),
)


@st.composite
def probabilities(draw: st.DrawFn) -> tuple[float, ...]:
    weights = draw(st.lists(st.integers(0, 100), min_size=7, max_size=7).filter(any))
    return tuple(weight / sum(weights) for weight in weights)


@st.composite
def items(draw: st.DrawFn, **fixed: object) -> EvidenceItem:
    """Draw one row of evidence; usable or not, old or new, with or without a baseline."""
    summary = {
        "samples": draw(st.floats(0.0, 2000.0)),
        "usable_s": draw(st.floats(0.0, 600.0)),
        "coverage": draw(st.floats(0.0, 1.0)),
        "quality": draw(st.floats(0.0, 1.0)),
        "baseline_probabilities": draw(st.none() | probabilities()),
    }
    values = {
        "evidence_id": draw(st.uuids()).hex,
        "session_id": draw(st.sampled_from(["s1", "s2", "s3", "s4"])),
        "modality": draw(st.sampled_from(["face", "voice", "gait"])),
        "observed_on": builders.TODAY - timedelta(days=draw(st.integers(0, 900))),
        "consented": draw(st.booleans()),
    }
    return builders.item(draw(probabilities()), summary=summary, **(values | fixed))


evidence_lists = st.lists(items(), max_size=8, unique_by=lambda item: item.evidence_id)


def scaled(given: FinancialFactors, constant: Decimal) -> FinancialFactors:
    """Return the same application in another currency."""
    amounts = (
        "amount",
        "annual_income",
        "monthly_debt_payments",
        "total_assets",
        "total_liabilities",
    )
    changed = {
        name: None if getattr(given, name) is None else getattr(given, name) * constant
        for name in amounts
    }
    return replace(given, **changed)
