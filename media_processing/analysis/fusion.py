"""Putting the modalities of a window together: the product of experts and the plain average.

Every expert is the output of one network. The product weighs each by its reliability and takes
the network's own leaning towards some labels out of it, so that a network that was taught on many
neutral faces does not count "neutral" twice. The plain average is the yardstick.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# A network that is sure against a label never rules it out alone.
SMALLEST_PROBABILITY = 1e-3
FACE, VOICE = MODALITIES.index(Modality.FACE), MODALITIES.index(Modality.VOICE)


@dataclass(frozen=True, slots=True)
class Expert:
    """What is known of a network before it is fused.

    ``log p / temperature + bias`` is its evidence, calibrated for labels that are equally common
    (bias-corrected temperature scaling: Alexandari, Kundaje and Shrikumar 2020, ICML, PMLR
    119:222). ``known`` (7,) says which labels it was taught at all; of the others it is silent.
    ``trust`` is 1 - its calibration error on held-out people, 0…1.
    """

    temperature: float
    bias: FloatArray
    known: BoolArray
    trust: float


@dataclass(frozen=True, slots=True)
class FusionParameters:
    """The fitted numbers of the fusion.

    ``prior`` (7,) is how common each label is where nothing is known; the exponents say how much
    quality and confidence count; ``consistency_share`` (0…1) how much of their weight face and
    voice lose where they contradict each other fully. For the last two see ``fusion_conflict``.
    """

    experts: Mapping[Modality, Expert]
    prior: FloatArray
    quality_exponent: float
    confidence_exponent: float
    consistency_share: float
    conflict_divergence: float
    conflict_reliability: float


def consistency_distance(readings: WindowReadings) -> FloatArray:
    """Return (n,): 1 - cos between what face and voice show; NaN where one of them is absent.

    The audio-visual consistency term: 0 where both show the same, 1 where they share nothing.
    """
    face, voice = readings.probabilities[:, FACE], readings.probabilities[:, VOICE]
    lengths = np.linalg.norm(face, axis=1) * np.linalg.norm(voice, axis=1)
    return np.asarray(np.clip(1.0 - (face * voice).sum(axis=1) / lengths, 0.0, 1.0))


def reliability(readings: WindowReadings, parameters: FusionParameters) -> FloatArray:
    """Return (n, m) in 0…1: how far each modality is to be relied upon; 0 where it is absent.

    trust · quality^a · confidence^b; for face and voice less the share that their contradiction
    costs.
    """
    trust = np.array([parameters.experts[modality].trust for modality in MODALITIES])
    found = (
        trust
        * readings.quality**parameters.quality_exponent
        * readings.confidence**parameters.confidence_exponent
    )
    kept = 1.0 - parameters.consistency_share * consistency_distance(readings)
    found[:, [FACE, VOICE]] *= np.where(np.isfinite(kept), kept, 1.0)[:, None]
    return np.where(readings.present, found, 0.0)


def evidence(probabilities: FloatArray, expert: Expert) -> FloatArray:
    """Return (n, 7) log-likelihood ratios of one expert's (n, 7) probabilities.

    They are shifted so that the labels that the expert was taught keep, together, the weight that
    they had: what it never learnt to tell, it leaves where it was (0).
    """
    clipped = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY))
    logits = clipped / expert.temperature + expert.bias
    known = np.where(expert.known, np.exp(logits - logits.max(axis=-1, keepdims=True)), 0.0)
    shares = known / known.sum(axis=-1, keepdims=True) * expert.known.sum()
    return np.where(expert.known, np.log(np.maximum(shares, 1e-12)), 0.0)


def calibrated(
    readings: WindowReadings, parameters: FusionParameters, prior: FloatArray | None = None
) -> FloatArray:
    """Return (n, m, 7): what each modality alone says where labels are as common as ``prior``.

    Without a ``prior`` it is the parameters' own. NaN where a modality is absent.
    """
    common = np.log(parameters.prior if prior is None else prior)
    experts = [parameters.experts[modality] for modality in MODALITIES]
    parts = [evidence(readings.probabilities[:, i], one) for i, one in enumerate(experts)]
    single = _softmax(np.stack(parts, axis=1) + common)
    return np.where(readings.present[..., None], single, np.nan)


def product_of_experts(
    readings: WindowReadings, parameters: FusionParameters, prior: FloatArray | None = None
) -> FloatArray:
    """Return (n, 7) fused probabilities; NaN where no modality is present.

    p(y) ∝ prior(y) · Π exp(reliability · evidence(y)): a logarithmic opinion pool whose weights
    need not sum to 1 (Hinton 2002, Neural Computation 14:1771; Genest and Zidek 1986, Statistical
    Science 1:114). ``prior`` (7,) takes the place of the parameters' own.
    """
    weights = reliability(readings, parameters)
    total = np.zeros((len(readings.start_s), len(EMOTIONS)))
    for index, modality in enumerate(MODALITIES):
        found = evidence(readings.probabilities[:, index], parameters.experts[modality])
        total += np.where(weights[:, [index]] > 0, weights[:, [index]] * found, 0.0)
    fused = _softmax(total + np.log(parameters.prior if prior is None else prior))
    return np.where(weights.any(axis=1, keepdims=True), fused, np.nan)


def plain_average(readings: WindowReadings) -> FloatArray:
    """Return (n, 7): the mean of what the present modalities show; NaN where there is none."""
    counts = readings.present.sum(axis=1, keepdims=True)
    total = np.nansum(readings.probabilities, axis=1)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def _softmax(logits: FloatArray) -> FloatArray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
