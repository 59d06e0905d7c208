"""From the classes of a network to the seven labels of the product."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from media_processing.analysis.types import EMOTIONS

# Classes outside the seven, and the label whose meaning for the policy is nearest.
MERGED_CLASSES = {"contempt": "disgust", "calm": "neutral", "proud": "happy"}

# Valence and arousal of each label in the circumplex of affect (Russell 1980, J. Pers. Soc.
# Psychol. 39:1161, figure 2, read to one decimal). Derived, not learned.
VALENCE = np.array([-0.6, -0.7, -0.6, 0.9, 0.0, -0.8, 0.2])
AROUSAL = np.array([0.7, 0.4, 0.8, 0.3, 0.0, -0.4, 0.8])


def mapping_matrix(classes: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the (len(classes), 7) matrix that adds each class to its label.

    Raises ValueError for a class that has no label.
    """
    matrix = np.zeros((len(classes), len(EMOTIONS)))
    for row, name in enumerate(classes):
        label = MERGED_CLASSES.get(name, name)
        if label not in EMOTIONS:
            raise ValueError(f"class {name!r} has no label among {', '.join(EMOTIONS)}")
        matrix[row, EMOTIONS.index(label)] = 1.0
    return matrix


def valence_arousal(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return (n, 2) valence and arousal in -1…1, the expectation over (n, 7) probabilities."""
    return np.stack([probabilities @ VALENCE, probabilities @ AROUSAL], axis=-1)
