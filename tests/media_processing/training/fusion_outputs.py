"""Made-up outputs of three networks, for tests: each shows its label more often than not."""

import numpy as np

from media_processing.analysis.fusion_windows import MODALITIES
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.inference.labels import AROUSAL, VALENCE
from media_processing.training.fusion_sources import CONDITIONS, Outputs

WALKED = ("angry", "happy", "neutral", "sad")
SHARPNESS = {Modality.FACE: 3.0, Modality.VOICE: 2.0, Modality.GAIT: 2.0}


def made_up_outputs(seed: int, per_label: int = 24) -> dict[Modality, Outputs]:
    """Return outputs under every condition; the worse the condition, the flatter they are."""
    rng = np.random.default_rng(seed)
    return {modality: _outputs(modality, per_label, rng) for modality in MODALITIES}


def _outputs(modality: Modality, per_label: int, rng: np.random.Generator) -> Outputs:
    known = np.array([modality is not Modality.GAIT or name in WALKED for name in EMOTIONS])
    labels = np.repeat(np.flatnonzero(known), per_label * len(CONDITIONS))
    conditions = np.tile(np.arange(len(CONDITIONS)), len(labels) // len(CONDITIONS))
    strength = SHARPNESS[modality] / (1 + conditions)
    logits = rng.normal(0, 1, (len(labels), len(EMOTIONS)))
    logits[np.arange(len(labels)), labels] += strength
    powers = np.where(known, np.exp(logits), 0.0)
    shares = powers / powers.sum(axis=1, keepdims=True)
    quality = 1.0 / (1 + conditions)
    columns = np.column_stack(
        [shares, shares @ VALENCE, shares @ AROUSAL, shares.max(axis=1), quality]
    )
    return Outputs(labels, rng.integers(0, 6, len(labels)), conditions, columns)
