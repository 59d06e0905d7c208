"""One recording from file to summary, without database, queue or site.

The stages of the worker call the same functions one by one; here they run in one process and their
results become the JSON object that ``manage.py process_recording`` prints.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from media_processing.analysis.findings import merged
from media_processing.analysis.summary import summarise
from media_processing.analysis.types import (
    EMOTIONS,
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
    QualityFinding,
)
from media_processing.inference import face_emotion, gait_i3d, voice_activity, voice_emotion
from media_processing.inference.fusion import emotion_history, history_json
from media_processing.inference.manifest import WeightsError, read_manifest
from media_processing.modalities import face, gait, voice
from media_processing.sandbox.canonicalise import Canonical, canonicalise
from media_processing.sandbox.types import Limits, Probe

ANY_KIND = "auto"
MODALITIES_OF_KIND: dict[str, tuple[Modality, ...]] = {
    ANY_KIND: (Modality.FACE, Modality.VOICE, Modality.GAIT),
    "interview": (Modality.FACE, Modality.VOICE),
    "walk": (Modality.GAIT, Modality.FACE),
    "voice": (Modality.VOICE,),
}

# The figures of each modality that the published contract names, and their value where the
# modality did not run.
CONTRACT_MEASURES: dict[Modality, dict[str, float | int | None]] = {
    Modality.FACE: {"people": 0},
    Modality.VOICE: {"speech_s": 0.0},
    Modality.GAIT: {"walking_s": 0.0, "cadence_spm": None, "speed_mps": None, "symmetry": None},
}

# Told the name of a stage and its (done, total).
StageProgress = Callable[[str, int, int], None]


class Analyse(Protocol):
    """What every modality offers."""

    def __call__(
        self, media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
    ) -> ModalityResult: ...


@dataclass(frozen=True, slots=True)
class _Analysis:
    analyse: Analyse
    networks: tuple[str, ...]


ANALYSES: dict[Modality, _Analysis] = {
    Modality.FACE: _Analysis(face.analyse, (face_emotion.NETWORK_NAME,)),
    Modality.VOICE: _Analysis(voice.analyse, (voice_activity.NETWORK, voice_emotion.NETWORK)),
    Modality.GAIT: _Analysis(gait.analyse, (gait_i3d.NETWORK,)),
}


@dataclass(slots=True)
class ProcessedRecording:
    """Everything found in one file; ``results`` holds all three modalities."""

    file: str
    canonical: Canonical
    results: dict[Modality, ModalityResult]
    summary: dict[str, Any]
    timeline: dict[str, Any] | None = None
    timings_s: dict[str, float] = field(default_factory=dict)


def process_recording(
    source: Path,
    workdir: Path,
    *,
    weights_dir: Path,
    kind: str = ANY_KIND,
    limits: Limits | None = None,
    progress: StageProgress = lambda stage, done, total: None,
) -> ProcessedRecording:
    """Run every stage that ``kind`` asks for and the file can carry.

    A modality that fails is reported as failed beside the others. Raises MediaRefused for a file
    that is not taken, MediaTransient where the machine stood in the way, KeyError for an unknown
    kind.
    """
    wanted = MODALITIES_OF_KIND[kind]
    timings_s: dict[str, float] = {}
    with _timed(timings_s, "canonicalise"):
        canonical = canonicalise(
            source, workdir, limits=limits, progress=_staged(progress, "canonicalise")
        )
    results = {}
    for modality in Modality:
        with _timed(timings_s, modality):
            results[modality] = (
                _analysed(modality, canonical.media, weights_dir, progress)
                if modality in wanted
                else ModalityResult(modality, ModalityStatus.SKIPPED, reason="not_this_kind")
            )
    with _timed(timings_s, "summary"):
        summary = summarise(results, canonical.media.duration_s)
    with _timed(timings_s, "fusion"):
        timeline = _timeline(results, canonical.media.duration_s, weights_dir)
    return ProcessedRecording(source.name, canonical, results, summary, timeline, timings_s)


def as_json(recording: ProcessedRecording, weights_dir: Path) -> dict[str, Any]:
    """Return the object of the published contract."""
    results = recording.results.values()
    of_modalities = [finding for result in results for finding in result.quality]
    findings = merged([*recording.canonical.quality, *of_modalities])
    return {
        "file": recording.file,
        "sha256": recording.canonical.sha256,
        "probe": probe_json(recording.canonical.probe),
        "quality": [_finding_json(finding) for finding in findings],
        "modalities": {str(result.modality): _modality_json(result) for result in results},
        "observations": [_observation_json(o) for result in results for o in result.observations],
        "summary": recording.summary,
        "timeline": recording.timeline,
        "timings_s": {stage: round(seconds, 3) for stage, seconds in recording.timings_s.items()},
        "models": _models_json(list(results), weights_dir),
    }


def probe_json(probe: Probe) -> dict[str, Any]:
    """Return the probe under the names of the published contract."""
    return {
        "container": probe.container,
        "duration_s": probe.duration_s,
        "video": asdict(probe.video) if probe.video else None,
        "audio": asdict(probe.audio) if probe.audio else None,
    }


def _analysed(
    modality: Modality, media: CanonicalMedia, weights_dir: Path, progress: StageProgress
) -> ModalityResult:
    try:
        return ANALYSES[modality].analyse(
            media,
            weights_dir=weights_dir,
            emit=lambda observations: None,
            progress=_staged(progress, modality),
        )
    except WeightsError:
        return ModalityResult(modality, ModalityStatus.FAILED, reason="weights_unusable")


def _timeline(
    results: Mapping[Modality, ModalityResult], duration_s: float, weights_dir: Path
) -> dict[str, Any] | None:
    """Return the fused emotion history, None where nothing was observed or it cannot be made."""
    observed = [one for result in results.values() for one in result.observations]
    try:
        history = emotion_history(observed, duration_s, weights_dir)
    except WeightsError:
        return None
    return history_json(history) if len(history) else None


def _staged(progress: StageProgress, stage: str) -> Progress:
    return lambda done, total: progress(stage, done, total)


@contextmanager
def _timed(timings_s: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    timings_s[str(stage)] = time.perf_counter() - started


def _finding_json(finding: QualityFinding) -> dict[str, Any]:
    return {**asdict(finding), "severity": str(finding.severity)}


def _modality_json(result: ModalityResult) -> dict[str, Any]:
    measures = {**CONTRACT_MEASURES[result.modality], **result.measures}
    return {
        "status": str(result.status),
        "reason": result.reason,
        "coverage": round(result.coverage, 4),
        **measures,
    }


def _observation_json(observation: Observation) -> dict[str, Any]:
    probabilities = zip(EMOTIONS, observation.probabilities, strict=True)
    return {
        "modality": str(observation.modality),
        "t_start_s": round(observation.t_start_s, 3),
        "t_end_s": round(observation.t_end_s, 3),
        "person": observation.person,
        "probabilities": {label: round(float(p), 5) for label, p in probabilities},
        "valence": round(float(observation.valence), 4),
        "arousal": round(float(observation.arousal), 4),
        "confidence": round(float(observation.confidence), 4),
    }


def _models_json(results: Sequence[ModalityResult], weights_dir: Path) -> list[dict[str, str]]:
    """Return the networks whose modality ran."""
    manifest = read_manifest(weights_dir)
    ran = [result.modality for result in results if result.status is ModalityStatus.DONE]
    names = [name for modality in ran for name in ANALYSES[modality].networks]
    entries = [manifest[name] for name in names if name in manifest]
    return [{"name": e.name, "version": e.version, "sha256": e.sha256} for e in entries]
