"""How a training treats rare classes and the trends of bins: chosen once, for every estimator."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
CLASS_WEIGHTS = ("none", "balanced")
TRENDS = ("one_turn", "monotone")


@dataclass(frozen=True)
class Method:
    """``balanced`` lets every class weigh the same while learning; probabilities stay true.

    ``monotone`` lets the risk of a scorecard's bins only rise or only fall; else it may turn once.
    """

    balanced: bool = False
    monotone: bool = False


PLAIN = Method()


def class_weights(target: npt.NDArray[np.int64], classes: int) -> FloatArray:
    """Return weights (classes,) that make each class weigh the same; their mean over rows is 1."""
    counts = np.bincount(target, minlength=classes)
    return np.asarray(len(target) / (classes * np.maximum(counts, 1)), dtype=np.float64)


def prior_corrected(scores: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Take the weights of classes out of log-odds (n,) or logits (n, classes) (King, Zeng 2001)."""
    if weights is None:
        return scores
    logs = np.log(weights)
    return np.asarray(scores - (logs[1] - logs[0] if scores.ndim == 1 else logs))
