"""Challengers: estimators that run beside the scorecard and never decide.

Each says itself which characteristics it reads. This module loads ONNX Runtime, so only the
scoring worker imports it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.engine.artifacts import ArtifactEntry, ArtifactError, read_manifest, verified_bytes
from scoring.engine.places import challenging
from scoring.engine.table_estimator import TableEstimator, load

FloatArray = npt.NDArray[np.float64]
Row = Iterable[float | None]


@dataclass(frozen=True, slots=True)
class ChallengerResult:
    """One challenger's probability of default (0…1) and the file that gave it."""

    entry: ArtifactEntry
    probability_of_default: float


def challengers_of(
    artifacts_dir: Path, *, of_businesses: bool = False
) -> list[tuple[ArtifactEntry, TableEstimator]]:
    """Return the challengers of people, or of firms. Raises ArtifactError for a wrong file."""
    manifest = read_manifest(artifacts_dir)
    places = challenging(of_businesses=of_businesses)
    entries = [manifest[place.name] for place in places if place.name in manifest]
    return [(entry, load_challenger(entry, artifacts_dir)) for entry in entries]


def load_challenger(entry: ArtifactEntry, artifacts_dir: Path) -> TableEstimator:
    """Return an estimator that runs. Raises ArtifactError for a file that does not."""
    try:
        return load(entry.file, verified_bytes(entry, artifacts_dir))
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{entry.file} cannot be run: {error}") from error


def challenger_results(
    characteristics: Mapping[str, float | None],
    artifacts_dir: Path,
    *,
    of_businesses: bool = False,
) -> tuple[ChallengerResult, ...]:
    """Run every challenger of the applicant's kind. Raises ArtifactError for a wrong file."""
    return tuple(
        ChallengerResult(entry, float(challenger.probabilities([characteristics])[0]))
        for entry, challenger in challengers_of(artifacts_dir, of_businesses=of_businesses)
    )
