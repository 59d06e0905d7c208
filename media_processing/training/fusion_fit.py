"""Fitting the numbers of the product of experts on the outputs for people who measure nothing."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from media_processing.analysis.fusion import (
    FACE,
    SMALLEST_PROBABILITY,
    VOICE,
    Expert,
    FusionParameters,
    calibrated,
    evidence,
    product_of_experts,
    reliability,
)
from media_processing.analysis.fusion_conflict import divergence
from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.training.class_metrics import expected_calibration_error
from media_processing.training.fusion_pairs import SUBSETS, Pairs, draw_pairs
from media_processing.training.fusion_sources import Outputs

FloatArray = npt.NDArray[np.float64]

LABELS = len(EMOTIONS)
EVEN = np.full(LABELS, 1 / LABELS)
# Quality counts at least a little: recordings are worse than any disturbance that was made here.
QUALITY_EXPONENTS = (0.125, 0.25, 0.5)
CONFIDENCE_EXPONENTS = (0.0, 0.25, 0.5)
CONSISTENCY_SHARES = (0.0, 0.125, 0.25, 0.5)
TEMPERATURES = (0.5, 6.0)
# Holds the leanings of a label with few samples back.
BIAS_PENALTY = 0.01
# Of walks there are five captured ones: too few to fit a leaning per label.
WITHOUT_BIAS = (Modality.GAIT,)
CONFLICT_RELIABILITY = 0.25
# A conflict is what 95 of 100 matching pairs do not show.
CONFLICT_SHARE = 0.95
MATCHED_PAIRS = 4000


def fit(
    outputs: Mapping[Modality, Outputs],
    known: Mapping[Modality, npt.NDArray[np.bool_]],
    prior: FloatArray,
    pairs: Pairs,
    rng: np.random.Generator,
) -> FusionParameters:
    """Return the numbers with the least mean log loss over all choices of modalities of ``pairs``.

    ``known`` says which labels each network was taught, ``prior`` (7,) how common labels are in
    use; pairs and fit take them as equally common.
    """
    candidates = []
    for exponents in product(QUALITY_EXPONENTS, CONFIDENCE_EXPONENTS):
        experts = {one: fit_expert(outputs[one], known[one], one, exponents) for one in MODALITIES}
        for share in CONSISTENCY_SHARES:
            parameters = FusionParameters(
                experts, prior, *exponents, share, 1.0, CONFLICT_RELIABILITY
            )
            candidates.append((mean_log_loss(pairs, parameters), parameters))
    _, best = min(candidates, key=lambda candidate: candidate[0])
    return replace(best, conflict_divergence=conflict_divergence(outputs, best, rng))


def fit_expert(
    outputs: Outputs,
    known: npt.NDArray[np.bool_],
    modality: Modality,
    exponents: tuple[float, float],
) -> Expert:
    """Return temperature and bias of one network by maximum likelihood, all labels alike."""
    kept = known[outputs.labels]
    columns, labels = outputs.columns[kept], outputs.labels[kept]
    quality, confidence = columns[:, -1], columns[:, -2]
    power = quality ** exponents[0] * confidence ** exponents[1]
    weights = 1.0 / np.bincount(labels, minlength=LABELS)[labels]
    weights /= weights.sum()
    fits_bias = modality not in WITHOUT_BIAS

    def expert(values: FloatArray, trust: float = 1.0) -> Expert:
        bias = np.where(known, values[1:], 0.0) if fits_bias else np.zeros(LABELS)
        return Expert(float(np.exp(values[0])), bias, known, trust)

    def loss(values: FloatArray) -> float:
        probabilities = _alone(columns[:, :LABELS], expert(values), power)
        found = np.log(probabilities[np.arange(len(labels)), labels])
        return float(-(weights * found).sum() + BIAS_PENALTY * np.square(values[1:]).sum())

    bounds = [tuple(np.log(TEMPERATURES)), *[(-3.0, 3.0)] * LABELS]
    best = minimize(loss, np.zeros(LABELS + 1), method="L-BFGS-B", bounds=bounds).x
    calibration = expected_calibration_error(
        _alone(columns[:, :LABELS], expert(best), power), labels, bins=10
    )
    return expert(best, trust=1.0 - calibration)


def _alone(probabilities: FloatArray, expert: Expert, power: FloatArray) -> FloatArray:
    """Return what one expert says among the labels that it knows."""
    logits = power[:, None] * evidence(probabilities, expert)
    shares = np.where(expert.known, np.exp(logits), 0.0)
    shares /= shares.sum(axis=1, keepdims=True)
    return np.asarray(np.maximum(shares, SMALLEST_PROBABILITY**2))


def mean_log_loss(pairs: Pairs, parameters: FusionParameters) -> float:
    """Return the mean over all choices of modalities, labels equally common."""
    rows = np.arange(len(pairs.labels))
    losses = [
        -np.log(product_of_experts(pairs.subset(kept), parameters, EVEN)[rows, pairs.labels])
        for kept in SUBSETS
    ]
    return float(np.mean(losses))


def conflict_divergence(
    outputs: Mapping[Modality, Outputs], parameters: FusionParameters, rng: np.random.Generator
) -> float:
    """Return the divergence that a clean face and voice of one label exceed in 5 of 100 pairs.

    Of all speakers the one counts whose voice is farthest from the faces: that the network reads
    somebody badly must not look like a contradiction.
    """
    pairs = draw_pairs(outputs, MATCHED_PAIRS, rng, conditions=(0,))
    apart, both = divergences(pairs.readings, parameters)
    speakers = pairs.groups[:, VOICE]
    limits = [
        np.quantile(apart[both & (speakers == speaker)], CONFLICT_SHARE)
        for speaker in np.unique(speakers[both])
    ]
    return float(max(limits, default=1.0))


def divergences(
    readings: WindowReadings, parameters: FusionParameters
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return how far face and voice lie apart (n,), and where both are reliable enough (n,)."""
    single = calibrated(readings, parameters)
    weights = reliability(readings, parameters)[:, :2]
    return divergence(single[:, FACE], single[:, VOICE]), weights.min(
        axis=1
    ) >= parameters.conflict_reliability
