"""Comparing two stretches of speech: is it the same speaker?

Linear discriminants of the vectors of :mod:`media_processing.analysis.speaker`, and the log of the
likelihood ratio under a two-covariance model (Prince and Elder 2007, ICCV; Brümmer and de Villiers
2010, Odyssey): numpy and a table of coefficients.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.speaker import FEATURES
from media_processing.inference.manifest import WeightsError, read_manifest, verified_path

NETWORK = "speaker"
# How much of the spread within a speaker is left in an enrolment of several seconds.
ENROLMENT_VARIANCE = 0.6

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SpeakerModel:
    """Coefficients of the comparison, all of float64.

    ``ordinary`` (FEATURES,) stands in for what is missing; ``mean`` and ``deviation`` (FEATURES,)
    standardise; ``directions`` (FEATURES, d) lead to coordinates in which the spread within a
    speaker is 1 and that between speakers ``between`` (d,). A window is the
    applicant's whose score, less the best score of somebody else that is above 0, reaches
    ``threshold``.
    """

    ordinary: Array
    mean: Array
    deviation: Array
    directions: Array
    between: Array
    threshold: float

    @classmethod
    def load(cls, weights_dir: Path) -> "SpeakerModel":
        """Load the coefficients. Raises WeightsError where they are missing or changed."""
        manifest = read_manifest(weights_dir)
        if NETWORK not in manifest:
            raise WeightsError(f"the manifest names no {NETWORK}")
        path = verified_path(manifest[NETWORK], weights_dir)
        return _parsed(path.read_text(encoding="utf-8"))

    def coordinates(self, vector: Array) -> Array:
        """Return (d,) coordinates of a (FEATURES,) vector of a stretch of speech."""
        whole = np.where(np.isfinite(vector), vector, self.ordinary)
        return np.asarray(((whole - self.mean) / self.deviation) @ self.directions)

    def scores(self, enrolled: Array, heard: Array) -> Array:
        """Return (n,) log-likelihood ratios of (n, d) ``heard`` being who ``enrolled`` (d,) is."""
        between = self.between
        first, second = between + ENROLMENT_VARIANCE, between + 1.0
        determinant = first * second - between**2
        together = (
            second * enrolled**2 + first * heard**2 - 2 * between * enrolled * heard
        ) / determinant
        apart = enrolled**2 / first + heard**2 / second
        constant = np.log(determinant / (first * second))
        return np.asarray(0.5 * (apart - together - constant).sum(axis=-1))


@lru_cache(maxsize=4)
def _parsed(text: str) -> SpeakerModel:
    content: dict[str, Any] = json.loads(text)
    names = ("ordinary", "mean", "deviation", "directions", "between")
    arrays = {name: np.array(content[name], dtype=np.float64) for name in names}
    if arrays["directions"].shape != (FEATURES, len(arrays["between"])):
        raise WeightsError("the speaker comparison was trained on other features")
    return SpeakerModel(**arrays, threshold=float(content["threshold"]))
