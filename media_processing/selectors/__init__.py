"""Reads of sessions, recordings, jobs and observations, and of the weights in use.

Every query starts from what the officer may see; another branch does not exist for them.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from applicants.models import Branch, Officer
from applicants.permissions import Capability, can
from applicants.selectors import applications_for, processable
from media_processing.inference.manifest import (
    NetworkEntry,
    WeightsError,
    read_manifest,
    verified_path,
)
from media_processing.inference.overlay import Placed
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    Observation,
    ProcessingJob,
    Recording,
    Stage,
    Upload,
)
from media_processing.models.job import StageName
from scoring.models import ModelVersion

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"
NO_WORKER_AFTER = timedelta(seconds=30)


# --- what an officer may see --------------------------------------------------------------------


def sessions_for(officer: Officer) -> QuerySet[CaptureSession]:
    if not can(officer, Capability.VIEW_MEDIA):
        return CaptureSession.objects.none()
    return CaptureSession.objects.filter(
        application__in=applications_for(officer).order_by().values("pk")
    ).select_related("application__applicant", "created_by")


def recordings_for(officer: Officer) -> QuerySet[Recording]:
    return Recording.objects.filter(
        session__in=sessions_for(officer).order_by().values("pk")
    ).select_related("session__application__applicant", "uploaded_by")


def jobs_for(officer: Officer) -> QuerySet[ProcessingJob]:
    return ProcessingJob.objects.filter(
        recording__in=recordings_for(officer).order_by().values("pk")
    ).select_related("recording__session__application__applicant")


def stages_for(officer: Officer) -> QuerySet[Stage]:
    return Stage.objects.filter(job__in=jobs_for(officer).order_by().values("pk")).select_related(
        "job__recording__session"
    )


def uploads_for(officer: Officer) -> QuerySet[Upload]:
    """Return the officer's own uploads; those of a colleague do not exist here."""
    return Upload.objects.filter(
        officer=officer, session__in=sessions_for(officer).order_by().values("pk")
    ).select_related("session__application__applicant", "recording__job")


def observations_of(
    session: CaptureSession,
    *,
    modality: str = "",
    from_s: float | None = None,
    to_s: float | None = None,
) -> QuerySet[Observation]:
    """Return a session's rows that overlap from_s…to_s, in order of time.

    Those of a live recording that its branch still hides are not among them.
    """
    rows = Observation.objects.filter(session=session)
    if session.application.branch.live_display == Branch.LiveDisplay.HIDDEN:
        rows = rows.exclude(recording__live__state=LiveCapture.State.OPEN)
    if modality:
        rows = rows.filter(modality=modality)
    if from_s is not None:
        rows = rows.filter(t_end_s__gte=from_s)
    if to_s is not None:
        rows = rows.filter(t_start_s__lte=to_s)
    return rows.order_by("t_start_s", "id")


# --- progress -----------------------------------------------------------------------------------


def with_stages(jobs: QuerySet[ProcessingJob]) -> QuerySet[ProcessingJob]:
    return jobs.prefetch_related(Prefetch("stages", Stage.objects.order_by("position")))


def job_progress(job: ProcessingJob) -> dict[str, Any]:
    """Return a job as the API and the live pages tell it."""
    stages = list(job.stages.all())
    recording = job.recording
    refused = bool(recording.refusal_code)
    return {
        "id": str(job.pk),
        "recording": str(recording.pk),
        "status": job.state,
        "progress": round(_progress(job, stages), 4),
        "error": _error(recording.refusal_code, recording.refusal_message) if refused else None,
        "stages": [_stage_progress(stage) for stage in stages],
    }


def _stage_progress(stage: Stage) -> dict[str, Any]:
    failed = stage.state in Stage.RETRYABLE_STATES
    reason = "" if failed else stage.error_code or stage.result.get("reason", "")
    return {
        "name": stage.name,
        "state": stage.state,
        "done": stage.done,
        "total": stage.total,
        "error": _error(stage.error_code, stage.error_message) if failed else None,
        "reason": reason,
    }


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


def _progress(job: ProcessingJob, stages: Iterable[Stage]) -> float:
    if not job.is_open:
        return 1.0
    wanted = [stage for stage in stages if stage.state != Stage.State.SKIPPED]
    return sum(_share(stage) for stage in wanted) / len(wanted)


def _share(stage: Stage) -> float:
    if not stage.is_open:
        return 1.0
    return min(1.0, stage.done / stage.total) if stage.total else 0.0


def session_progress(session: CaptureSession) -> dict[str, Any]:
    """Return the jobs of a session, and whether anybody works."""
    jobs = with_stages(
        ProcessingJob.objects.filter(recording__session=session).select_related("recording")
    ).order_by("created_at")
    shown = [job_progress(job) for job in jobs]
    is_open = any(job["status"] in ProcessingJob.OPEN_STATES for job in shown)
    return {
        "jobs": shown,
        "open": is_open,
        "observed": Observation.objects.filter(session=session).count(),
        "worker_missing": is_open and is_worker_missing(),
    }


def is_worker_missing() -> bool:
    """Say whether work has waited for 30 s while no worker holds any.

    A live stage is no such work: it waits while nothing is recorded, its worker is another one, and
    where there is none the recording is analysed after its end.
    """
    now = timezone.now()
    stages = Stage.objects.exclude(name=StageName.LIVE)
    due = Q(available_at__isnull=True) | Q(available_at__lte=now)
    waiting = stages.filter(
        due, processable("job__recording__session__application__applicant"),
        state=Stage.State.QUEUED, queued_at__lt=now - NO_WORKER_AFTER,
    )  # fmt: skip
    held = stages.filter(state=Stage.State.RUNNING, lease_until__gt=now)
    return waiting.exists() and not held.exists()


# --- weights ------------------------------------------------------------------------------------


def networks() -> list[NetworkEntry]:
    """Return the networks of the release."""
    return list(read_manifest(WEIGHTS_DIR).values())


def own_folder(name: str, sha256: str) -> Path:
    """Return the folder of one of the installation's own networks."""
    return Path(settings.OWN_WEIGHTS_DIR) / name / sha256[:16]


def installed() -> list[Placed]:
    """Return the own networks that lie on the disk, whatever their state.

    A folder whose manifest cannot be read is passed over: :func:`weights_damage` tells of it.
    """
    return [each for folder in _own_folders() for each in _readable(folder)]


def weights_damage() -> list[str]:
    """Return what is wrong with the files on the disk, the release's and whatever is installed.

    It does not ask the database, which may not be there yet.
    """
    return [told for folder in (WEIGHTS_DIR, *_own_folders()) for told in _damage(folder)]


def _own_folders() -> list[Path]:
    manifests = sorted(Path(settings.OWN_WEIGHTS_DIR).glob("[!.]*/*/manifest.toml"))
    return [manifest.parent for manifest in manifests]


def _readable(folder: Path) -> list[Placed]:
    try:
        return [Placed(entry, folder) for entry in read_manifest(folder).values()]
    except WeightsError:
        return []


def _damage(folder: Path) -> list[str]:
    try:
        check_files(Placed(entry, folder) for entry in read_manifest(folder).values())
    except WeightsError as error:
        return [str(error)]
    return []


def placed(version: ModelVersion) -> Placed:
    """Return a version with its folder.

    Raises WeightsError where its files are not there, or where the manifest beside them gives the
    outputs another meaning than the one that was registered.
    """
    folder = own_folder(version.name, version.sha256) if version.is_own else WEIGHTS_DIR
    entry = read_manifest(folder).get(version.name)
    if entry is None or entry.sha256 != version.sha256:
        raise WeightsError(f"the files of {version} are not there")
    if version.is_own and list(entry.classes) != version.classes:
        raise WeightsError(f"the manifest of {version} is not the one that was installed")
    return Placed(entry, folder)


def own_in_force() -> QuerySet[ModelVersion]:
    return _own_networks().filter(state=ModelVersion.State.ACTIVE).order_by("name")


def in_shadow(names: Iterable[str]) -> ModelVersion | None:
    """Return the version that is run in shadow in one of these places."""
    return _own_networks().filter(state=ModelVersion.State.SHADOW, name__in=names).first()


def _own_networks() -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(kind=ModelVersion.Kind.NETWORK, is_own=True)


@lru_cache(maxsize=32)
def _checked(entry: NetworkEntry, folder: Path, changed_ns: int) -> None:
    verified_path(entry, folder)


def check_files(placed_networks: Iterable[Placed]) -> None:
    """Raise WeightsError where a file is missing or is not the one that its manifest names."""
    for each in placed_networks:
        changed_ns = each.path.stat().st_mtime_ns if each.path.is_file() else 0
        _checked(each.entry, each.folder, changed_ns)


def check_weights() -> None:
    """Check every file that a score may need: the release's, and the own ones in force."""
    check_files(Placed(entry, WEIGHTS_DIR) for entry in networks())
    check_files(placed(version) for version in own_in_force())
