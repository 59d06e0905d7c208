"""Logistic regression on gait measures: the readable estimator beside the I3D."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_features import FEATURES
from media_processing.inference.gait_i3d import GaitReading
from media_processing.inference.manifest import WeightsError, read_manifest, verified_path

Array = npt.NDArray[np.float64]

NETWORK = "gait_kinematics"


@dataclass(frozen=True, slots=True)
class LogisticHead:
    """Coefficients (classes, features) and intercepts of one task on standardised measures."""

    coefficients: Array
    intercepts: Array

    def shares(self, standardised: Array) -> Array:
        """Return (n, classes) probabilities."""
        logits = standardised @ self.coefficients.T + self.intercepts
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


class GaitKinematics:
    """The three heads with the mean and the deviation of every measure."""

    def __init__(self, content: dict[str, Any], classes: tuple[str, ...]) -> None:
        if tuple(content["features"]) != FEATURES:
            raise WeightsError("the kinematic estimator was trained on other measures")
        self.classes = classes
        self._mean = np.array(content["mean"])
        self._deviation = np.array(content["deviation"])
        self._heads = {
            name: LogisticHead(np.array(head["coefficients"]), np.array(head["intercepts"]))
            for name, head in content["heads"].items()
        }

    @classmethod
    def load(cls, weights_dir: Path) -> "GaitKinematics":
        """Load the coefficients. Raises WeightsError where they are missing or changed."""
        entry = read_manifest(weights_dir)[NETWORK]
        content = json.loads(verified_path(entry, weights_dir).read_text(encoding="utf-8"))
        return cls(content, entry.classes)

    def read(self, features: Array) -> GaitReading:
        """Return what the measures (n, 68) say."""
        standardised = (features - self._mean) / self._deviation
        return GaitReading(
            classes=self.classes,
            emotions=self._heads["emotion"].shares(standardised),
            known=self._heads["known"].shares(standardised)[:, 1],
            arousal_levels=self._heads["arousal"].shares(standardised),
        )
