"""Evidence becomes a bounded adjustment.

    adjustment = cap · tanh(z) · (1 - exp(-n/n0))

z is the gained mean of the sessions' signals, weighted by precision · 2^(-age / half-life). n is
the effective number of samples that point the way of z: a session that contradicts the others
therefore moves the result toward itself and never makes it surer. Sums run over sorted rows with
:func:`math.fsum`, so that the order of arrival cannot change a bit of the result.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from scoring.engine.evidence import EvidenceItem, EvidenceSummary, pooled, weighted_mean
from scoring.engine.policy import PolicyParameters
from scoring.engine.types import (
    EMOTIONS,
    MAX_SCORE_POINTS,
    MIN_SCORE_POINTS,
    MODALITIES,
    BehaviourMode,
)

# Midpoints of the ranges that the first system of this kind published, in points:
# angry 300-499, disgust 500-545, fear 545-599, surprise 600-699, sad 700-745, neutral 745-799,
# happy 800-850.
EMOTION_MIDPOINTS: Mapping[str, float] = {
    "angry": 399.5,
    "disgust": 522.5,
    "fear": 572.0,
    "happy": 825.0,
    "neutral": 772.0,
    "sad": 722.5,
    "surprise": 649.5,
}
HALF_SCALE_POINTS = (MAX_SCORE_POINTS - MIN_SCORE_POINTS) / 2
LEVELS = tuple(EMOTION_MIDPOINTS[label] / HALF_SCALE_POINTS for label in EMOTIONS)
BISECTION_STEPS = 80


@dataclass(frozen=True, slots=True)
class SessionSignal:
    """What one modality of one session says, and how much it weighs today.

    ``signal`` is 0 for the average reference session; ``samples`` the effective sample size.
    """

    session_id: str
    modality: str
    signal: float
    samples: float
    age_days: int
    weight: float
    quality: float
    mapped_points: float


@dataclass(frozen=True, slots=True)
class Withheld:
    """Material that is no evidence, and the code of the reason."""

    session_id: str
    modality: str
    reason: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The behavioural part of a score.

    ``points`` is what is scored; ``computed_points`` what the evidence would give in advisory
    mode; ``raw_points`` the same before rounding. ``z`` and ``effective_samples`` explain it.
    """

    mode: BehaviourMode
    cap_points: int
    points: int = 0
    computed_points: int = 0
    raw_points: float = 0.0
    z: float = 0.0
    effective_samples: float = 0.0
    used: tuple[SessionSignal, ...] = ()
    withheld: tuple[Withheld, ...] = ()

    @property
    def has_evidence(self) -> bool:
        return bool(self.used)


def level(probabilities: Sequence[float]) -> float:
    """Return the expected emotion-map midpoint in half scales, not yet centred."""
    return math.fsum(p * points for p, points in zip(probabilities, LEVELS, strict=True))


@lru_cache(maxsize=64)
def reference_centre(sessions: tuple[tuple[float, ...], ...], gain: float) -> float:
    """Return the level at which the mean of tanh over the reference sessions is 0.

    The mean adjustment, not the mean probability, must vanish; tanh is curved, so the centre is
    found by bisection.
    """
    levels = sorted(level(session) for session in sessions)
    low, high = levels[0], levels[-1]
    for _ in range(BISECTION_STEPS):
        middle = (low + high) / 2
        if math.fsum(math.tanh(gain * (each - middle)) for each in levels) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def policy_vector(policy: PolicyParameters, modality: str) -> tuple[float, ...]:
    """Return the seven centred weights, in the order of EMOTIONS, of a modality."""
    centre = reference_centre(tuple(policy.reference_sessions[modality]), policy.gain)
    return tuple(each - centre for each in LEVELS)


def signal(summary: EvidenceSummary, modality: str, policy: PolicyParameters) -> float:
    """Return the policy vector's mean over the material, relative to the own baseline if any."""
    vector = policy_vector(policy, modality)
    own = summary.baseline_probabilities or (0.0,) * len(vector)
    return math.fsum(
        weight * (p - baseline)
        for weight, p, baseline in zip(vector, summary.mean_probabilities, own, strict=True)
    )


def adjust(items: Iterable[EvidenceItem], policy: PolicyParameters, as_of: date) -> Adjustment:
    """Return the adjustment that the evidence gives on a day.

    With mode ``off`` nothing is computed; with ``shadow`` it is computed and not scored.
    """
    if policy.mode is BehaviourMode.OFF:
        return Adjustment(mode=policy.mode, cap_points=policy.cap_points)
    used, withheld = _signals(items, policy, as_of)
    z, samples = _combine(used, policy)
    certainty = -math.expm1(-samples / policy.saturation_samples)
    raw_points = policy.cap_points * math.tanh(z) * certainty
    computed_points = round(raw_points)
    return Adjustment(
        mode=policy.mode,
        cap_points=policy.cap_points,
        points=computed_points if policy.mode is BehaviourMode.ADVISORY else 0,
        computed_points=computed_points,
        raw_points=raw_points,
        z=z,
        effective_samples=samples,
        used=tuple(used),
        withheld=tuple(withheld),
    )


def _combine(used: Sequence[SessionSignal], policy: PolicyParameters) -> tuple[float, float]:
    """Return z and the effective number of samples that point its way."""
    total_weight = math.fsum(each.weight for each in used)
    if not total_weight:
        return 0.0, 0.0
    total = math.fsum(each.weight * each.signal for each in used)
    agreeing = math.fsum(each.weight for each in used if each.signal * total > 0)
    return policy.gain * total / total_weight, agreeing


def _signals(
    items: Iterable[EvidenceItem], policy: PolicyParameters, as_of: date
) -> tuple[list[SessionSignal], list[Withheld]]:
    used: list[SessionSignal] = []
    withheld: list[Withheld] = []
    ordered = sorted(items, key=lambda item: (item.session_id, item.modality, item.evidence_id))
    for _, session in groupby(ordered, key=lambda item: item.session_id):
        signals, refused = _session_signals(list(session), policy, as_of)
        withheld += refused
        if modalities_disagree(signals, policy):
            withheld += [
                Withheld(each.session_id, each.modality, "modalities_disagree") for each in signals
            ]
        else:
            used += signals
    return used, withheld


def _session_signals(
    items: Sequence[EvidenceItem], policy: PolicyParameters, as_of: date
) -> tuple[list[SessionSignal], list[Withheld]]:
    signals, refused = [], []
    for modality in MODALITIES:
        rows = [item for item in items if item.modality == modality]
        consented = [item for item in rows if item.consented]
        if not rows:
            continue
        if not consented:
            refused.append(Withheld(rows[0].session_id, modality, "no_consent"))
            continue
        summary = pooled([item.summary for item in consented])
        reason = insufficiency(summary, policy)
        if reason:
            refused.append(Withheld(rows[0].session_id, modality, reason))
        else:
            signals.append(_signal_of(consented, summary, policy, as_of))
    return signals, refused


def _signal_of(
    items: Sequence[EvidenceItem], summary: EvidenceSummary, policy: PolicyParameters, as_of: date
) -> SessionSignal:
    modality = items[0].modality
    age_days = max(0, (as_of - max(item.observed_on for item in items)).days)
    samples = summary.effective_samples(policy.decorrelation_s)
    recency = 2.0 ** (-age_days / policy.half_life_days)
    own_signals = [signal(item.summary, modality, policy) for item in items]
    return SessionSignal(
        session_id=items[0].session_id,
        modality=modality,
        signal=weighted_mean(own_signals, [item.summary.samples for item in items]),
        samples=samples,
        age_days=age_days,
        weight=policy.modality_weights[modality] * samples * recency,
        quality=summary.quality,
        mapped_points=HALF_SCALE_POINTS * level(summary.mean_probabilities),
    )


def insufficiency(summary: EvidenceSummary, policy: PolicyParameters) -> str:
    """Return the code of what the material lacks to be evidence, or an empty string."""
    if summary.usable_s < policy.min_usable_s or not summary.samples:
        return "too_little_material"
    if summary.coverage < policy.min_coverage:
        return "low_coverage"
    if summary.quality < policy.min_quality:
        return "low_quality"
    return ""


def modalities_disagree(signals: Sequence[SessionSignal], policy: PolicyParameters) -> bool:
    """Say whether two modalities of one session point to opposite sides, far apart."""
    values = [each.signal for each in signals]
    if len(values) < 2:
        return False
    return min(values) < 0 < max(values) and max(values) - min(values) > policy.disagreement_signal
