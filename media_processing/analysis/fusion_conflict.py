"""How sure a fused moment is, and whether its modalities contradict each other."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from media_processing.analysis.fusion import FusionParameters, calibrated, reliability
from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Which columns of a reading may contradict each other: face and voice, face and gait, voice and
# gait.
PAIRS: tuple[tuple[int, int], ...] = tuple(combinations(range(len(MODALITIES)), 2))
# 80 % of a normal distribution lie within this many deviations of its mean.
INTERVAL_DEVIATIONS = 1.2816
INTERVAL_SHARE = 0.8


def entropy(probabilities: FloatArray) -> FloatArray:
    """Return the entropy over the last axis in units of its largest value: 0 sure, 1 even."""
    kept = np.clip(probabilities, 1e-12, 1.0)
    return np.asarray(-(kept * np.log(kept)).sum(axis=-1) / np.log(probabilities.shape[-1]))


def divergence(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the Jensen–Shannon divergence over the last axis, in bits: 0 alike, 1 disjoint.

    Lin 1991, IEEE Transactions on Information Theory 37:145.
    """
    mixed = entropy((first + second) / 2) - (entropy(first) + entropy(second)) / 2
    return np.asarray(np.clip(mixed * np.log2(first.shape[-1]), 0.0, 1.0))


def uncertainty(
    fused: FloatArray,
    readings: WindowReadings,
    parameters: FusionParameters,
    prior: FloatArray | None = None,
) -> FloatArray:
    """Return (n,) in 0…1 of (n, 7) fused probabilities; NaN where there is none.

    The entropy of the fused probabilities and, on top, how far the modalities lie apart (their
    generalised Jensen–Shannon divergence, weighted by reliability): signals that contradict each
    other leave the moment uncertain however sure each of them is. ``prior`` is that of ``fused``.
    """
    weights = reliability(readings, parameters)
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    single = np.nan_to_num(calibrated(readings, parameters, prior))
    mixture = (shares[..., None] * single).sum(axis=1)
    apart = entropy(mixture) - (shares * np.where(readings.present, entropy(single), 0.0)).sum(1)
    return np.asarray(np.clip(entropy(fused) + np.maximum(apart, 0.0), 0.0, 1.0))


def conflicts(readings: WindowReadings, parameters: FusionParameters) -> BoolArray:
    """Return (n, pairs): which of :data:`PAIRS` contradict each other in which window.

    Both must be reliable enough to be taken at their word, show different labels, be taught the
    label that the other shows, and lie further apart than almost all signals of one label do.
    """
    weights = reliability(readings, parameters)
    single = calibrated(readings, parameters)
    known = np.array([parameters.experts[modality].known for modality in MODALITIES])
    top = strongest(readings)
    found = np.zeros((len(readings.start_s), len(PAIRS)), bool)
    for column, (one, other) in enumerate(PAIRS):
        both = np.minimum(weights[:, one], weights[:, other]) >= parameters.conflict_reliability
        comparable = known[one][top[:, other]] & known[other][top[:, one]]
        apart = divergence(single[:, one], single[:, other]) > parameters.conflict_divergence
        found[:, column] = both & comparable & (top[:, one] != top[:, other]) & apart
    return found


def strongest(readings: WindowReadings) -> npt.NDArray[np.int64]:
    """Return (n, m): the label that each modality shows most, -1 where it is absent."""
    shown = np.nan_to_num(readings.probabilities).argmax(axis=2)
    return np.where(readings.present, shown, -1)


def affect(
    values: FloatArray, spreads: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean, low and high (n,) of valence or arousal from m modalities.

    ``values`` (n, m) is what each modality shows, ``spreads`` (n, m) the deviation that its own
    probabilities leave, ``weights`` (n, m) its reliability. The interval holds 80 % where the
    values are normal; its variance is what remains within the modalities plus what lies between
    them. NaN where there is no weight.
    """
    total = weights.sum(axis=1)
    shares = weights / np.where(total > 0, total, np.nan)[:, None]
    kept = np.where(weights > 0, values, 0.0)
    mean = (shares * kept).sum(axis=1)
    within = (shares * np.where(weights > 0, spreads, 0.0) ** 2).sum(axis=1)
    between = (shares * (kept - mean[:, None]) ** 2).sum(axis=1)
    reach = INTERVAL_DEVIATIONS * np.sqrt(within + between)
    return mean, np.clip(mean - reach, -1.0, 1.0), np.clip(mean + reach, -1.0, 1.0)


def spread(probabilities: FloatArray, values: FloatArray) -> FloatArray:
    """Return the deviation of a value (7,) per label under probabilities (…, 7)."""
    mean = probabilities @ values
    return np.asarray(np.sqrt(np.maximum(probabilities @ values**2 - mean**2, 0.0)))
