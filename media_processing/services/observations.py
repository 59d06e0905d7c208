"""Writing what was observed: appended while a stage runs, replaced as a whole when it ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from media_processing.analysis.findings import merged
from media_processing.analysis.types import Modality, QualityFinding
from media_processing.analysis.types import Observation as Observed
from media_processing.models import (
    EmotionHistory,
    Observation,
    ProcessingJob,
    Recording,
    Series,
    ShadowRun,
)

BATCH = 1000


def append(recording: Recording, observed: Iterable[Observed], network_sha256: str) -> None:
    """Add rows; the caller holds the stage."""
    Observation.objects.bulk_create(
        [
            Observation(
                recording=recording,
                session_id=recording.session_id,
                modality=str(one.modality),
                person=one.person,
                t_start_s=one.t_start_s,
                t_end_s=one.t_end_s,
                probabilities=list(one.probabilities),
                valence=one.valence,
                arousal=one.arousal,
                confidence=one.confidence,
                quality=one.quality,
                network_sha256=network_sha256,
            )
            for one in observed
        ],
        batch_size=BATCH,
    )


def replace(
    recording: Recording,
    modality: str,
    observed: Sequence[Observed],
    series: Mapping[str, Sequence[Sequence[float | None]]],
    network_sha256: str,
) -> None:
    """Keep exactly these rows of a modality, however often the stage ran before."""
    forget(recording, modality)
    append(recording, observed, network_sha256)
    if series:
        content = {name: [list(row) for row in rows] for name, rows in series.items()}
        Series.objects.create(recording=recording, modality=modality, content=content)


def forget(recording: Recording, modality: str) -> None:
    """Delete what a modality found, what a shadow found beside it, and what was made of it."""
    ShadowRun.objects.filter(recording=recording, modality=modality).delete()
    EmotionHistory.objects.filter(recording=recording).delete()
    Observation.objects.filter(recording=recording, modality=modality).delete()
    Series.objects.filter(recording=recording, modality=modality).delete()


def observed(recording: Recording, modality: str) -> list[Observed]:
    """Return the stored rows of a modality as the pure code knows them."""
    rows = Observation.objects.filter(recording=recording, modality=modality)
    return [
        Observed(
            modality=Modality(row.modality),
            t_start_s=row.t_start_s,
            t_end_s=row.t_end_s,
            person=row.person,
            probabilities=tuple(row.probabilities),
            valence=row.valence,
            arousal=row.arousal,
            confidence=row.confidence,
            quality=row.quality,
        )
        for row in rows.order_by("t_start_s", "id")
    ]


def findings(job: ProcessingJob) -> list[dict[str, Any]]:
    """Return what the stages found about the quality of the material, worst first, each once."""
    found = [
        QualityFinding(**finding)
        for stage in job.stages.order_by("position")
        for finding in stage.result.get("quality", [])
    ]
    return [asdict(finding) for finding in merged(found)]
