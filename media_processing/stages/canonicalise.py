"""The first stage: the upload becomes canonical media, in the sandbox, or is refused."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from applicants.models import Consent
from applicants.selectors import has_consent
from media_processing.models import LiveTake, Recording, Stage
from media_processing.sandbox.canonicalise import Canonical, canonicalise
from media_processing.services import storage
from media_processing.services.jobs import Outcome
from media_processing.services.live import joined as joining
from media_processing.services.live.subject import subject_for
from media_processing.services.storage import StoredFile
from media_processing.stages.base import StageContext
from media_processing.stages.live_limits import limits_after
from media_processing.stages.live_takes import canonicalise_takes


def run(context: StageContext) -> Outcome:
    """Make and seal playback and sound. Raises MediaRefused for a file that cannot be used."""
    recording = context.recording
    if not has_consent(recording.session.application.applicant, Consent.Scope.RECORDING):
        return Outcome(Stage.State.SKIPPED, "no_consent")
    joining.join(recording)
    source = storage.unseal(recording.session, recording.source_key, context.workdir / "source")
    canonical, durations_s = _made(context, source)
    source.unlink()
    playback = _sealed(recording, canonical.media.video_path)
    audio = _sealed(recording, canonical.media.audio_path)
    quality = [asdict(finding) for finding in canonical.quality]

    def save() -> None:
        before = [recording.playback_key, recording.audio_key]
        Recording.objects.filter(pk=recording.pk).update(
            playback_key=playback.key if playback else "",
            audio_key=audio.key if audio else "",
            duration_s=canonical.media.duration_s,
            probe=probe_json(canonical),
            quality=quality,
        )
        for number, duration_s in durations_s.items():
            takes = LiveTake.objects.filter(live__recording=recording, number=number)
            takes.update(duration_s=duration_s)
        transaction.on_commit(partial(storage.remove, before))

    files = tuple(file.key for file in (playback, audio) if file)
    return Outcome(Stage.State.DONE, result={"quality": quality}, save=save, files=files)


def _made(context: StageContext, source: Path) -> tuple[Canonical, dict[int, float]]:
    """Return the canonical media, and the exact length of each take of a live recording."""
    recording = context.recording
    channel = subject_for(recording).voice.channel
    takes = list(LiveTake.objects.filter(live__recording=recording, size_bytes__gt=0))
    if len(takes) > 1:
        joined = canonicalise_takes(
            source, takes, context.workdir, progress=context.progress, channel=channel
        )
        return joined.canonical, joined.durations_s
    limits = limits_after(0.0) if takes else None
    canonical = canonicalise(
        source, context.workdir, limits=limits, progress=context.progress, channel=channel
    )
    return canonical, {take.number: canonical.media.duration_s for take in takes}


def _sealed(recording: Recording, path: Path | None) -> StoredFile | None:
    return storage.write_file(recording.session, path) if path else None


def probe_json(canonical: Canonical) -> dict[str, Any]:
    """Return the probe under the names of the published contract."""
    probe = canonical.probe
    return {
        "container": probe.container,
        "duration_s": probe.duration_s,
        "video": asdict(probe.video) if probe.video else None,
        "audio": asdict(probe.audio) if probe.audio else None,
        "truncated": probe.truncated,
    }
