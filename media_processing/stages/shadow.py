"""The shadow: a candidate network runs over the same recording, is compared, and never scored."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from media_processing.analysis.comparison import Comparison, compare
from media_processing.analysis.types import CanonicalMedia, ModalityResult, Progress
from media_processing.models import Recording, ShadowRun
from media_processing.services import weights
from media_processing.services.leases import StageLostError
from scoring.models import ModelVersion

logger = structlog.get_logger(__name__)

NOTHING = Comparison(0, 0, 0.0, (0,) * 7, (0,) * 7)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A candidate after its run over a recording; ``error`` says by what it failed."""

    version: ModelVersion
    comparison: Comparison = NOTHING
    error: str = ""

    def keep(self, recording: Recording, modality: str, beside_sha256: str) -> None:
        """Write the run in place of an earlier one; the caller holds the stage."""
        found = self.comparison
        # Not an update: the order of the runs decides whether a version is ready.
        ShadowRun.objects.filter(version=self.version, recording=recording).delete()
        ShadowRun.objects.create(
            version=self.version,
            recording=recording,
            modality=modality,
            beside_sha256=beside_sha256,
            compared=found.compared,
            agreed=found.agreed,
            distance_sum=found.distance_sum,
            labels_in_force=list(found.labels_first),
            labels_in_shadow=list(found.labels_second),
            error=self.error,
        )


def run_shadow(
    candidate: ModelVersion,
    analyse: Callable[..., ModalityResult],
    media: CanonicalMedia,
    in_force: ModalityResult,
    progress: Progress,
) -> Shadow:
    """Run a candidate. Its failure is kept and told; the recording's own result stands."""
    try:
        folder = weights.with_candidate(candidate)
        found = _analysed(analyse, media, folder, progress)
        comparison = compare(in_force.observations, found.observations)
    except StageLostError:
        raise
    except Exception as error:  # whatever a candidate does, its time running out too, is told here
        logger.exception("shadow_failed", network=candidate.name, sha256=candidate.sha256)
        return Shadow(candidate, error=type(error).__name__)
    return Shadow(candidate, comparison)


def _analysed(
    analyse: Callable[..., Any], media: CanonicalMedia, folder: Path, progress: Progress
) -> ModalityResult:
    result: ModalityResult = analyse(
        media, weights_dir=folder, emit=lambda observed: None, progress=progress
    )
    return result


def halves(progress: Progress) -> tuple[Progress, Progress]:
    """Return the reports of a first and of a second run that together are one progress."""

    def first(done: int, total: int) -> None:
        progress(done, 2 * total)

    def second(done: int, total: int) -> None:
        progress(total + done, 2 * total)

    return first, second
