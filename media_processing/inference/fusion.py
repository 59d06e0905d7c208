"""From the observations of a recording to one emotion history, by the method that ships.

The numbers of the product of experts stand in ``fusion.json``. Where the manifest also names
``fusion_transformer``, that network gives the fused probabilities; weights, uncertainty and
conflicts stay those of the product.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.fusion import (
    Expert,
    FusionParameters,
    consistency_distance,
    product_of_experts,
    reliability,
)
from media_processing.analysis.fusion_conflict import (
    PAIRS,
    affect,
    conflicts,
    spread,
    strongest,
    uncertainty,
)
from media_processing.analysis.fusion_windows import (
    HOP_S,
    MODALITIES,
    WINDOW_S,
    WindowReadings,
    moments_s,
    window_readings,
)
from media_processing.analysis.types import EMOTIONS, Observation
from media_processing.inference.labels import AROUSAL, VALENCE
from media_processing.inference.manifest import (
    NetworkEntry,
    WeightsError,
    read_manifest,
    verified_path,
)

FloatArray = npt.NDArray[np.float64]

NETWORK = "fusion"
TRANSFORMER = "fusion_transformer"
PRODUCT = "product_of_experts"
DIGITS = 4


@dataclass(frozen=True, slots=True)
class EmotionHistory:
    """The fused timeline of one recording: a row for every window in which something was observed.

    ``t_s`` (k,) is the middle of a stretch of a hop; ``probabilities`` is (k, 7); ``valence`` and
    ``arousal`` are (k, 3): mean, low and high of an 80 % interval; ``uncertainty`` (k,) is 0…1;
    ``consistency`` (k,) is 1 - cos of face and voice, NaN where one is absent; ``weights`` (k, 3)
    is the reliability of each modality, 0 where absent; ``conflicts`` (k, 3) are the pairs of
    ``analysis.fusion_conflict.PAIRS`` that contradict each other; ``strongest`` (k, 3) numbers the
    label that each modality alone shows most, -1 where it is absent. ``method`` made it, with
    the weights that ``entry`` names.
    """

    method: str
    entry: NetworkEntry
    t_s: FloatArray
    probabilities: FloatArray
    valence: FloatArray
    arousal: FloatArray
    uncertainty: FloatArray
    consistency: FloatArray
    weights: FloatArray
    conflicts: npt.NDArray[np.bool_]
    strongest: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.t_s)


def emotion_history(
    observations: Sequence[Observation],
    duration_s: float,
    weights_dir: Path,
    *,
    may_use_network: bool = True,
) -> EmotionHistory:
    """Return the history of one recording; it has no row where no modality was observed.

    Without ``may_use_network`` it is the product of experts in any case: the web process loads no
    network. Raises WeightsError where the numbers of the fusion are missing or changed.
    """
    entries = read_manifest(weights_dir)
    parameters = load_parameters(weights_dir)
    readings = window_readings(observations, duration_s)
    if may_use_network and TRANSFORMER in entries:
        # Loaded here alone: the product of experts runs where no network may be loaded.
        from media_processing.inference import fusion_transformer

        method, entry = TRANSFORMER, entries[TRANSFORMER]
        fused = fusion_transformer.fuse(readings, parameters.prior, weights_dir)
    else:
        method, entry = PRODUCT, entries[NETWORK]
        fused = product_of_experts(readings, parameters)
    columns = {"t_s": moments_s(duration_s), **_columns(readings, fused, parameters)}
    kept = columns["weights"].any(axis=1)
    return EmotionHistory(method, entry, **{name: rows[kept] for name, rows in columns.items()})


def _columns(
    readings: WindowReadings, fused: FloatArray, parameters: FusionParameters
) -> dict[str, Any]:
    """Return the columns of a history, a row for every window."""
    weights = reliability(readings, parameters)
    return {
        "probabilities": fused,
        "valence": _affect(readings, readings.valence, VALENCE, weights),
        "arousal": _affect(readings, readings.arousal, AROUSAL, weights),
        "uncertainty": uncertainty(fused, readings, parameters),
        "consistency": consistency_distance(readings),
        "weights": weights,
        "conflicts": conflicts(readings, parameters),
        "strongest": strongest(readings),
    }


def _affect(
    readings: WindowReadings, values: FloatArray, of_label: FloatArray, weights: FloatArray
) -> FloatArray:
    return np.stack(affect(values, spread(readings.probabilities, of_label), weights), axis=1)


def load_parameters(weights_dir: Path) -> FusionParameters:
    """Return the fitted numbers. Raises WeightsError where they are missing or changed."""
    entry = read_manifest(weights_dir).get(NETWORK)
    if entry is None:
        raise WeightsError(f"the manifest names no {NETWORK}")
    return parameters_of(json.loads(verified_path(entry, weights_dir).read_text(encoding="utf-8")))


def parameters_of(content: Mapping[str, Any]) -> FusionParameters:
    """Return the parameters that a JSON object holds. Raises WeightsError for other labels."""
    if tuple(content["labels"]) != EMOTIONS:
        raise WeightsError("the fusion was fitted to other labels")
    experts = {
        modality: Expert(
            temperature=float(found["temperature"]),
            bias=np.array(found["bias"], np.float64),
            known=np.array(found["known"], bool),
            trust=float(found["trust"]),
        )
        for modality, found in ((one, content["experts"][str(one)]) for one in MODALITIES)
    }
    return FusionParameters(
        experts=experts,
        prior=np.array(content["prior"], np.float64),
        quality_exponent=float(content["quality_exponent"]),
        confidence_exponent=float(content["confidence_exponent"]),
        consistency_share=float(content["consistency_share"]),
        conflict_divergence=float(content["conflict_divergence"]),
        conflict_reliability=float(content["conflict_reliability"]),
    )


def parameters_json(parameters: FusionParameters) -> dict[str, Any]:
    """Return the JSON object of :func:`parameters_of`."""
    return {
        "labels": list(EMOTIONS),
        "experts": {str(one): _expert_json(parameters.experts[one]) for one in MODALITIES},
        "prior": [round(float(share), 6) for share in parameters.prior],
        "quality_exponent": parameters.quality_exponent,
        "confidence_exponent": parameters.confidence_exponent,
        "consistency_share": parameters.consistency_share,
        "conflict_divergence": round(parameters.conflict_divergence, 6),
        "conflict_reliability": parameters.conflict_reliability,
    }


def _expert_json(expert: Expert) -> dict[str, Any]:
    return {
        "temperature": round(expert.temperature, 6),
        "bias": [round(float(value), 6) for value in expert.bias],
        "known": [bool(value) for value in expert.known],
        "trust": round(expert.trust, 6),
    }


def history_json(history: EmotionHistory) -> dict[str, Any]:
    """Return a history as a JSON object: what made it, its grid, and its columns.

    ``t_s`` is the middle of each moment (a stretch of ``hop_s``), ``probabilities`` are seven
    numbers per moment; ``valence`` and ``arousal`` hold mean, low and high; ``consistency`` is
    null where face or voice is absent; ``weights`` maps a modality to its reliability, 0 where
    absent, and ``strongest`` to the number of the label that it alone shows most, null where
    absent; ``conflicts`` holds the numbers of the moments in which two modalities contradict each
    other, by their names.
    """
    return {
        "method": history.method,
        "version": history.entry.version,
        "sha256": history.entry.sha256,
        "window_s": WINDOW_S,
        "hop_s": HOP_S,
        "t_s": _rounded(history.t_s),
        "probabilities": _rounded(history.probabilities),
        "valence": _rounded(history.valence),
        "arousal": _rounded(history.arousal),
        "uncertainty": _rounded(history.uncertainty),
        "consistency": _known(history.consistency),
        "weights": {
            str(modality): _rounded(history.weights[:, place])
            for place, modality in enumerate(MODALITIES)
        },
        "strongest": {
            str(modality): [None if label < 0 else label for label in column.tolist()]
            for modality, column in zip(MODALITIES, history.strongest.T, strict=True)
        },
        "conflicts": {
            f"{MODALITIES[one]}-{MODALITIES[other]}": np.flatnonzero(
                history.conflicts[:, place]
            ).tolist()
            for place, (one, other) in enumerate(PAIRS)
        },
    }


def _rounded(values: FloatArray) -> list[Any]:
    rounded: list[Any] = np.round(values, DIGITS).tolist()
    return rounded


def _known(values: FloatArray) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), DIGITS) for value in values]
