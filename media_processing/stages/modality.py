"""What the three modalities share: decrypt, analyse, keep rows while it runs and at its end."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
)
from media_processing.inference.manifest import NetworkEntry, WeightsError, read_manifest
from media_processing.models import LiveCapture, Recording, Stage
from media_processing.selectors import in_shadow
from media_processing.services import evidence, observations, storage, weights
from media_processing.services.applicability import allowed
from media_processing.services.jobs import Outcome
from media_processing.services.leases import holding
from media_processing.services.live.subject import subject_for
from media_processing.stages.base import StageContext
from media_processing.stages.shadow import Shadow, halves, run_shadow
from scoring.models import ModelVersion

# How often the score may move while a recording is processed.
PROVISIONAL_EVERY_S = 10.0
OUTCOMES = {
    ModalityStatus.DONE: Stage.State.DONE,
    ModalityStatus.SKIPPED: Stage.State.SKIPPED,
    ModalityStatus.FAILED: Stage.State.FAILED,
}


class Analyse(Protocol):
    def __call__(
        self, media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
    ) -> ModalityResult: ...


def run_modality(
    context: StageContext, modality: str, networks: Sequence[str], analyse: Analyse
) -> Outcome:
    """Run one modality over a recording. The last of ``networks`` is the one that observes."""
    recording = context.recording
    if not allowed(recording, modality):
        return Outcome(Stage.State.SKIPPED, "no_consent")
    weights_dir = weights.in_force()
    entries = _entries(networks, weights_dir)
    live = LiveObservations(context, modality, entries[-1].sha256)
    live.clear()
    media = _media(context, modality)
    candidate = _candidate(context, networks)
    progress, of_shadow = halves(context.progress) if candidate else (context.progress,) * 2
    result = analyse(media, weights_dir=weights_dir, emit=live.add, progress=progress)
    shadow = run_shadow(candidate, analyse, media, result, of_shadow) if candidate else None
    return _outcome(recording, result, entries, shadow)


def _candidate(context: StageContext, networks: Sequence[str]) -> ModelVersion | None:
    """Return what runs in shadow; nothing after an attempt that it may have taken down."""
    return in_shadow(networks) if context.claim.attempt == 1 else None


def _entries(networks: Sequence[str], weights_dir: Path) -> list[NetworkEntry]:
    manifest = read_manifest(weights_dir)
    missing = [name for name in networks if name not in manifest]
    if missing:
        raise WeightsError(f"the manifest names no {', '.join(missing)}")
    return [manifest[name] for name in networks]


def _media(context: StageContext, modality: str) -> CanonicalMedia:
    """Decrypt only what the modality reads."""
    recording = context.recording
    video = audio = None
    if modality == "voice" and recording.audio_key:
        audio = _decrypted(context, recording.audio_key, "audio.wav")
    elif modality != "voice" and recording.playback_key:
        video = _decrypted(context, recording.playback_key, "playback.mp4")
    channels = (recording.probe.get("audio") or {}).get("channels")
    subject = subject_for(recording)
    return CanonicalMedia(video, audio, recording.duration_s or 0.0, subject, channels)


def _decrypted(context: StageContext, key: str, name: str) -> Path:
    return storage.unseal(context.recording.session, key, context.workdir / name)


def _outcome(
    recording: Recording,
    result: ModalityResult,
    entries: Sequence[NetworkEntry],
    shadow: Shadow | None,
) -> Outcome:
    modality, observer = str(result.modality), entries[-1]

    def save() -> None:
        observations.replace(
            recording, modality, result.observations, result.series, observer.sha256
        )
        if shadow is not None:
            shadow.keep(recording, modality, observer.sha256)

    return Outcome(
        OUTCOMES[result.status],
        code=result.reason,
        result=result_json(result, entries),
        network_version=observer.version,
        network_sha256=observer.sha256,
        save=save,
    )


def result_json(result: ModalityResult, entries: Sequence[NetworkEntry]) -> dict[str, Any]:
    return {
        "status": str(result.status),
        "reason": result.reason,
        "coverage": result.coverage,
        "measures": dict(result.measures),
        "quality": [asdict(finding) for finding in result.quality],
        "models": [
            {"name": entry.name, "version": entry.version, "sha256": entry.sha256}
            for entry in entries
        ],
    }


class LiveObservations:
    """Keeps observations as they come, and now and then lets the score know.

    Each write holds the stage: a worker that lost it stops here. What was observed while somebody
    was recorded live stays, with its effect on the score, until the end of the stage replaces it.
    """

    def __init__(self, context: StageContext, modality: str, network_sha256: str) -> None:
        self._context, self._modality = context, modality
        self._network_sha256 = network_sha256
        self._observed: list[Observation] = []
        self._told_s = time.monotonic()
        self._keeps = LiveCapture.objects.filter(recording=context.recording).exists()

    def clear(self) -> None:
        """Delete what an earlier attempt left."""
        if self._keeps:
            return
        with holding(self._context.claim):
            observations.forget(self._context.recording, self._modality)

    def add(self, observed: Sequence[Observation]) -> None:
        if not observed or self._keeps:
            return
        recording = self._context.recording
        self._observed += observed
        with holding(self._context.claim):
            observations.append(recording, observed, self._network_sha256)
            if time.monotonic() - self._told_s >= PROVISIONAL_EVERY_S:
                self._told_s = time.monotonic()
                if allowed(recording, self._modality):
                    evidence.hand_over_so_far(
                        self._context.claim.job_id, recording, self._modality, self._observed
                    )
