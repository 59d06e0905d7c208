"""What a recording hands down to the score: first provisionally, then for good."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog

from applicants.errors import ProblemError
from applicants.services.restrictions import RestrictedError
from media_processing.analysis.summary import ModalitySummary, summarise_modality
from media_processing.analysis.types import EMOTIONS, Observation
from media_processing.models import ProcessingJob, Recording, Stage
from media_processing.models.job import MODALITY_STAGES
from media_processing.selectors.live import is_hidden
from media_processing.services import observations
from scoring.engine.evidence import EvidenceSummary, longest_agitated_s
from scoring.models import Evidence
from scoring.services.evidence import HandOver, accept

logger = structlog.get_logger(__name__)

APPLICANT = 0
# Nothing usable: it weighs nothing, and takes the place of what was handed over provisionally.
NOTHING = EvidenceSummary(
    mean_probabilities=(1 / len(EMOTIONS),) * len(EMOTIONS),
    samples=0.0,
    usable_s=0.0,
    coverage=0.0,
    quality=0.0,
)


def hand_over(job: ProcessingJob) -> None:
    """Hand the final evidence of every finished modality to the score, in one revision.

    A modality that did not finish, but was handed over provisionally, is taken back.
    """
    stages = {stage.name: stage for stage in job.stages.all()}
    handed = [
        each
        for name in MODALITY_STAGES
        if (each := _final(job, stages[name])) or (each := _nothing_if_provisional(job, name))
    ]
    if handed:
        accept(job.recording.session.application, *handed)


def hand_over_so_far(
    job_id: Any,
    recording: Recording,
    modality: str,
    observed: Sequence[Observation],
    measures: Mapping[str, float | None] | None = None,
) -> None:
    """Let the score move while a recording is still being processed.

    Where the branch hides the signals of a talk until it has ended, the score stays as it was.
    """
    if not observed or is_hidden(recording):
        return
    seen_s = max(one.t_end_s for one in observed)
    summary = evidence_summary(observed, seen_s)
    if summary is None:
        return
    try:
        accept(
            recording.session.application,
            _given(recording, job_id, modality, summary, measures=measures, is_provisional=True),
        )
    except ProblemError as problem:
        # The final hand-over tells the officer; an early one is only a convenience.
        logger.info("provisional_evidence_refused", code=problem.code)


def retract(job: ProcessingJob) -> None:
    """Take back what a cancelled job handed over before it was stopped."""
    handed = [each for name in MODALITY_STAGES if (each := _nothing_if_provisional(job, name))]
    # While processing is restricted nothing is scored, this neither; its end scores anew.
    with suppress(RestrictedError):
        if handed:
            accept(job.recording.session.application, *handed)


def take_back(job: ProcessingJob, modality: str) -> None:
    """Take back what a modality handed over so far: it was somebody else's."""
    with suppress(RestrictedError):
        if handed := _nothing_if_provisional(job, modality):
            accept(job.recording.session.application, handed)


def _final(job: ProcessingJob, stage: Stage) -> HandOver | None:
    if stage.state != Stage.State.DONE:
        return None
    observed = observations.observed(job.recording, stage.name)
    summary = evidence_summary(observed, job.recording.duration_s or 0.0)
    if summary is None:
        return None
    return _given(
        job.recording,
        job.pk,
        stage.name,
        summary,
        measures=stage.result.get("measures", {}),
        networks=stage.result.get("models", []),
    )


def _nothing_if_provisional(job: ProcessingJob, modality: str) -> HandOver | None:
    newest = (
        Evidence.objects.filter(recording_id=job.recording_id, modality=modality)
        .order_by("-sequence")
        .first()
    )
    if newest is None or not newest.is_provisional or newest.withdrawn_at is not None:
        return None
    return _given(job.recording, job.pk, modality, NOTHING)


def _given(
    recording: Recording,
    job_id: Any,
    modality: str,
    summary: EvidenceSummary,
    *,
    measures: Mapping[str, float | None] | None = None,
    networks: Iterable[Mapping[str, str]] = (),
    is_provisional: bool = False,
) -> HandOver:
    return HandOver(
        session_id=recording.session_id,
        recording_id=recording.pk,
        job_id=job_id,
        modality=modality,
        summary=summary,
        observed_at=recording.created_at,
        recording_sha256=recording.sha256,
        measures=measures or {},
        models=tuple(networks),
        is_provisional=is_provisional,
        handed_in_by=recording.uploaded_by,
    )


def evidence_summary(observed: Sequence[Observation], duration_s: float) -> EvidenceSummary | None:
    """Return what observations amount to, None where none of them is usable."""
    summary = summarise_modality(observed, duration_s)
    return None if summary is None else _as_evidence(summary, observed)


def _as_evidence(summary: ModalitySummary, observed: Sequence[Observation]) -> EvidenceSummary:
    baseline = summary.baseline_probabilities
    return EvidenceSummary(
        mean_probabilities=tuple(float(p) for p in summary.mean_probabilities),
        baseline_probabilities=None if baseline is None else tuple(float(p) for p in baseline),
        samples=summary.n_eff,
        usable_s=summary.usable_s,
        coverage=summary.coverage,
        quality=summary.mean_quality,
        arousal=summary.arousal,
        sustained_s=longest_agitated_s([one for one in observed if one.person == APPLICANT]),
    )
