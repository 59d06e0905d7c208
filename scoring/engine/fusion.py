"""The financial score and the bounded adjustment become one explained result."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scoring.engine import behaviour, points_table, reasons
from scoring.engine.behaviour import Adjustment, SessionSignal
from scoring.engine.evidence import EvidenceItem
from scoring.engine.policy import Band, PolicyParameters
from scoring.engine.scorecard import Scorecard
from scoring.engine.types import (
    MAX_SCORE_POINTS,
    MIN_SCORE_POINTS,
    Calibration,
    CreditClass,
    FinancialFactors,
    FinancialScore,
    Reason,
)
from scoring.engine.uncertainty import ScoreInterval, interval_of

BUREAU_CHARACTERISTICS = (
    "overdue_payments",
    "card_utilisation_percent",
    "open_accounts",
    "credit_history_years",
    "recent_enquiries",
)
# The table rescales what is present: on one good factor alone it would give its highest score.
MIN_FALLBACK_FACTORS = 3


@dataclass(frozen=True, slots=True)
class Estimators:
    """The scorecards of people and of businesses, and the points table's calibration."""

    scorecard: Scorecard
    table_calibration: Calibration
    business_scorecard: Scorecard | None = None

    def card_for(self, factors: FinancialFactors) -> Scorecard:
        """Return the scorecard of the applicant's kind; a firm's own where there is one."""
        if factors.is_business and self.business_scorecard is not None:
            return self.business_scorecard
        return self.scorecard


@dataclass(frozen=True, slots=True)
class MappedTotal:
    """α·voice + β·face + γ·history over the published emotion map. For display only.

    The weights follow quality and recency and sum to 1; a part without evidence weighs 0.
    """

    points: float
    voice_points: float | None
    face_points: float | None
    history_points: int
    voice_weight: float
    face_weight: float
    history_weight: float


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """A score with everything that explains it.

    ``adjustment_points`` is what was scored: ``adjustment.points`` after the protection of the
    class, so ``financial.score_points + adjustment_points = final_score_points``.
    ``unprotected_class`` is the class that the whole adjustment would have given. ``interval`` is
    the financial score's, from what was not given.
    """

    financial: FinancialScore
    comparison: FinancialScore | None
    adjustment: Adjustment
    adjustment_points: int
    final_score_points: int
    financial_class: CreditClass
    credit_class: CreditClass
    unprotected_class: CreditClass
    band: Band
    reasons: tuple[Reason, ...]
    strengths: tuple[Reason, ...]
    mapped_total: MappedTotal
    interval: ScoreInterval

    @property
    def is_class_protected(self) -> bool:
        """Whether a part of the adjustment was withheld to keep the class and the cut-off."""
        lowest = max(self.financial.score_points + self.adjustment.points, MIN_SCORE_POINTS)
        return self.final_score_points > lowest


def score(
    factors: FinancialFactors,
    evidence: Iterable[EvidenceItem],
    *,
    estimators: Estimators,
    policy: PolicyParameters,
    as_of: date,
) -> ScoreResult:
    """Score an application on a day. The same arguments give the same bits."""
    financial, comparison = financial_scores(factors, estimators, policy)
    adjustment = behaviour.adjust(evidence, policy, as_of)
    applied = protected_points(financial, adjustment.points, policy)
    final = financial.score_points + applied
    values = factors.characteristics()
    return ScoreResult(
        financial=financial,
        comparison=comparison,
        adjustment=adjustment,
        adjustment_points=applied,
        final_score_points=final,
        financial_class=_class_at(financial, financial.score_points, policy),
        credit_class=_class_at(financial, final, policy),
        unprotected_class=_class_at(
            financial, financial.score_points + adjustment.computed_points, policy
        ),
        band=policy.band(final),
        reasons=reasons.adverse_reasons(financial, values),
        strengths=reasons.strengths(financial, values),
        mapped_total=mapped_total(financial.score_points, adjustment.used, policy),
        interval=interval_of(financial, estimators.card_for(factors), policy.scale),
    )


def financial_scores(
    factors: FinancialFactors, estimators: Estimators, policy: PolicyParameters
) -> tuple[FinancialScore, FinancialScore | None]:
    """Return the score that decides and the one beside it.

    The scorecard decides; where the bureau knows nothing at all, the points table does, if it has
    at least ``MIN_FALLBACK_FACTORS`` factors. With fewer the scorecard decides, for which a missing
    characteristic is worth nothing either way. A business has a scorecard that asks no bureau.
    """
    deciding = estimators.card_for(factors)
    card = deciding.score(factors, policy.scale)
    table = points_table.score(factors, estimators.table_calibration)
    values = factors.characteristics()
    is_unknown = deciding is estimators.scorecard and all(
        values[name] is None for name in BUREAU_CHARACTERISTICS
    )
    if table and is_unknown and len(points_table.table_points(factors)) >= MIN_FALLBACK_FACTORS:
        return table, card
    return card, table


def protected_points(financial: FinancialScore, points: int, policy: PolicyParameters) -> int:
    """Return the part of an adjustment that keeps the scale, the class and the cut-off.

    Behaviour alone never gives a worse class and never takes a score below the cut-off.
    """
    own = financial.score_points
    limited = min(max(own + points, MIN_SCORE_POINTS), MAX_SCORE_POINTS) - own
    while limited < 0 and _is_worse(financial, own + limited, policy):
        limited += 1
    return limited


def _is_worse(financial: FinancialScore, final_points: int, policy: PolicyParameters) -> bool:
    own_class = _class_at(financial, financial.score_points, policy)
    crosses = final_points < policy.approval_cut_off_points <= financial.score_points
    return crosses or _class_at(financial, final_points, policy).rank > own_class.rank


def _class_at(
    financial: FinancialScore, score_points: int, policy: PolicyParameters
) -> CreditClass:
    return policy.credit_class(financial.calibration.probability_of_default(score_points))


def mapped_total(
    history_points: int, used: Iterable[SessionSignal], policy: PolicyParameters
) -> MappedTotal:
    """Return the total of the published emotion map, with its dynamic weights."""
    signals = list(used)
    voice, voice_strength = _mapped_part(signals, "voice", policy)
    face, face_strength = _mapped_part(signals, "face", policy)
    whole = voice_strength + face_strength + 1.0
    parts = (voice_strength * (voice or 0.0), face_strength * (face or 0.0), history_points)
    return MappedTotal(
        points=math.fsum(parts) / whole,
        voice_points=voice,
        face_points=face,
        history_points=history_points,
        voice_weight=voice_strength / whole,
        face_weight=face_strength / whole,
        history_weight=1.0 / whole,
    )


def _mapped_part(
    signals: list[SessionSignal], modality: str, policy: PolicyParameters
) -> tuple[float | None, float]:
    """Return the weighted mapped points of a modality and its best quality · recency."""
    rows = [
        (each.quality * 2.0 ** (-each.age_days / policy.half_life_days), each.mapped_points)
        for each in signals
        if each.modality == modality
    ]
    total = math.fsum(strength for strength, _ in rows)
    if not total:
        return None, 0.0
    points = math.fsum(strength * points for strength, points in rows) / total
    return points, max(strength for strength, _ in rows)
