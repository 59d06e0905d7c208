"""What the worker of a live stage reads and writes: chunks in, rows and progress out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from media_processing.analysis.types import Modality
from media_processing.analysis.types import Observation as Observed
from media_processing.models import (
    LiveCapture,
    LiveChunk,
    LiveProgress,
    LiveTake,
    Observation,
    Recording,
    Stage,
)
from media_processing.services import evidence, observations, storage
from media_processing.services.applicability import allowed
from media_processing.services.leases import Claim, DatabaseTime, StageLostError, holding, lock_job
from media_processing.services.live import correction


class GivenBackError(StageLostError):
    """The worker let its stage go: nothing came for a while, or the worker itself has to end."""

    def __init__(self, stage_id: int, *, is_wanted: bool) -> None:
        super().__init__(stage_id)
        self.due = (stage_id,) if is_wanted else ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the live pass has come, as :class:`LiveProgress` keeps it."""

    decoded_s: float
    horizons_s: Mapping[str, float]
    shed_frames: int
    people: int
    faces: Sequence[tuple[int, Sequence[float]]]
    findings: Sequence[dict[str, Any]]
    bodies: Sequence[tuple[int, Sequence[float]]] = ()
    measures: Mapping[str, float | None] = field(default_factory=dict)
    subject_version: int = 0


def hold_against_newest_word(held: Claim, live_id: Any) -> None:
    """Forget the face so far where no worker has heeded the newest word on whose it is.

    A worker that is lost holds the stage for a moment more. A face that is confirmed meanwhile is
    held against those of before by nobody, so that all of it is read anew. Raises StageLostError
    for a stale worker.
    """
    with transaction.atomic():
        live = LiveCapture.objects.select_for_update().get(pk=live_id)
        job = lock_job(held)
        with holding(held):
            heeded = LiveProgress.objects.filter(live=live)
            if heeded.exclude(subject_version=live.subject_version).exists():
                correction.forget(job, Modality.FACE)
                heeded.update(subject_version=live.subject_version)


def is_open(live_id: Any) -> bool:
    return LiveCapture.objects.filter(pk=live_id, state=LiveCapture.State.OPEN).exists()


def next_take(live_id: Any, after: int) -> LiveTake | None:
    """Return the first take after number ``after`` that has a chunk."""
    takes = LiveTake.objects.filter(live=live_id, number__gt=after, chunks__sequence=0)
    return takes.order_by("number").first()


def chunks_from(take: LiveTake, sequence: int, most: int) -> list[tuple[LiveChunk, bytes]]:
    """Return up to ``most`` chunks from ``sequence`` on, with their bytes.

    Raises ErasedError or MissingError as reading a sealed file does.
    """
    found = LiveChunk.objects.filter(take=take, sequence__gte=sequence)[:most]
    return [(chunk, _content(take, chunk)) for chunk in found]


def _content(take: LiveTake, chunk: LiveChunk) -> bytes:
    with storage.reading(take.live.recording.session, chunk.key) as sealed:
        return b"".join(sealed.iterate())


def keep(
    held: Claim,
    recording: Recording,
    found: Mapping[Modality, Sequence[Observed]],
    void: set[Modality],
    networks: Mapping[Modality, str],
) -> None:
    """Write observations; one that starts with a kept one takes its place.

    The job's lock orders this before or after a withdrawal of consent: what is withdrawn is
    not written. Raises StageLostError for a stale worker.
    """
    with transaction.atomic():
        job = lock_job(held)
        with holding(held):
            for modality in void:
                observations.forget(recording, modality)
                evidence.take_back(job, modality)
            for modality, observed in found.items():
                if allowed(recording, modality):
                    _replace(recording, modality, observed, networks[modality])


def _replace(
    recording: Recording, modality: Modality, observed: Sequence[Observed], network: str
) -> None:
    starts = [one.t_start_s for one in observed]
    Observation.objects.filter(
        recording=recording, modality=modality, t_start_s__in=starts
    ).delete()
    observations.append(recording, observed, network)


def note_progress(held: Claim, live_id: Any, progress: Progress) -> None:
    """Say how far the live pass has come. Raises StageLostError for a stale worker."""
    with holding(held):
        LiveProgress.objects.filter(live=live_id).update(
            decoded_s=progress.decoded_s,
            horizons=dict(progress.horizons_s),
            shed_frames=progress.shed_frames,
            people=progress.people,
            faces=_boxes(progress.faces),
            bodies=_boxes(progress.bodies),
            measures=dict(progress.measures),
            findings=list(progress.findings),
            subject_version=progress.subject_version,
            updated_at=timezone.now(),
        )


def _boxes(people: Sequence[tuple[int, Sequence[float]]]) -> list[dict[str, Any]]:
    return [
        {"person": person, "box": [round(float(share), 4) for share in box]}
        for person, box in people
    ]


def hand_over(
    held: Claim,
    recording: Recording,
    modality: Modality,
    observed: Sequence[Observed],
    measures: Mapping[str, float | None],
) -> None:
    """Let the score move. Raises StageLostError for a stale worker."""
    with transaction.atomic():
        lock_job(held)
        with holding(held):
            if observed and allowed(recording, modality):
                evidence.hand_over_so_far(held.job_id, recording, modality, observed, measures)


def give_back(held: Claim, *, is_wanted: bool) -> None:
    """Let the stage wait for another worker. Always raises GivenBackError.

    ``is_wanted`` says that the talk goes on, so that another is called at once; else the next chunk
    calls one.
    """
    abandoned = timedelta(seconds=settings.LIVE_ABANDONED_AFTER_S)
    with holding(held):
        Stage.objects.filter(pk=held.stage_id).update(
            state=Stage.State.QUEUED, attempt=0, lease_until=None, published_at=DatabaseTime(),
            available_at=None if is_wanted else timezone.now() + abandoned,
        )  # fmt: skip
    raise GivenBackError(held.stage_id, is_wanted=is_wanted)


def proven(held: Claim) -> None:
    """Note that this attempt works: only workers that fail one after another use up attempts."""
    Stage.objects.filter(pk=held.stage_id, fence=held.fence).update(attempt=1)
