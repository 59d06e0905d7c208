"""The first stage: the upload becomes canonical media, in the sandbox, or is refused."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from applicants.models import Consent
from applicants.selectors import has_consent
from media_processing.models import Recording, Stage
from media_processing.sandbox.canonicalise import Canonical, canonicalise
from media_processing.services import storage
from media_processing.services.jobs import Outcome
from media_processing.services.live import joined
from media_processing.services.live.subject import subject_for
from media_processing.services.storage import StoredFile
from media_processing.stages.base import StageContext


def run(context: StageContext) -> Outcome:
    """Make and seal playback and sound. Raises MediaRefused for a file that cannot be used."""
    recording = context.recording
    if not has_consent(recording.session.application.applicant, Consent.Scope.RECORDING):
        return Outcome(Stage.State.SKIPPED, "no_consent")
    joined.join(recording)
    source = storage.unseal(recording.session, recording.source_key, context.workdir / "source")
    channel = subject_for(recording).voice.channel
    canonical = canonicalise(source, context.workdir, progress=context.progress, channel=channel)
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
        transaction.on_commit(partial(storage.remove, before))

    files = tuple(file.key for file in (playback, audio) if file)
    return Outcome(Stage.State.DONE, result={"quality": quality}, save=save, files=files)


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
