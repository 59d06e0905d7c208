"""The closing pass of a recording that was made in several takes: one playback, one sound.

Each take is read in the sandbox as an upload is. One that cannot be read is left out and told; it
takes nothing from the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from media_processing.analysis.joining import Part, join_playback, join_speech, picture_rate
from media_processing.analysis.quality import recording_findings
from media_processing.analysis.types import CanonicalMedia, Progress, QualityFinding, Severity
from media_processing.analysis.video import video_facts
from media_processing.models import LiveTake
from media_processing.sandbox.canonicalise import Canonical, canonicalise, sha256_of
from media_processing.sandbox.ffmpeg import AUDIO_NAME, PLAYBACK_NAME
from media_processing.sandbox.types import MediaRefused, Probe, Shape
from media_processing.stages.live_limits import limits_after

logger = structlog.get_logger(__name__)

COPY_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Joined:
    """The whole, and how long each take is in it: 0 for one that cannot be read."""

    canonical: Canonical
    durations_s: dict[int, float]


def canonicalise_takes(
    source: Path,
    takes: Sequence[LiveTake],
    workdir: Path,
    *,
    progress: Progress,
    channel: int | None,
) -> Joined:
    """Make canonical media of ``source``, the bytes of ``takes`` one after another.

    Raises MediaRefused where no take can be read, MediaTransient where the machine stood in the
    way.
    """
    found = _each(source, takes, workdir, progress, channel)
    if not found.whole:
        raise found.refusals[0]
    media = _joined(found.whole, workdir)
    probe = _probe([canonical.probe for _take, canonical in found.whole], media.duration_s)
    quality = [*recording_findings(media, truncated=probe.truncated)]
    quality += [_unreadable(take) for take in found.unreadable]
    durations_s = dict.fromkeys((take.number for take in takes), 0.0)
    durations_s |= {take.number: one.media.duration_s for take, one in found.whole}
    return Joined(Canonical(media, probe, quality, sha256_of(source)), durations_s)


@dataclass(slots=True)
class _Found:
    whole: list[tuple[LiveTake, Canonical]]
    unreadable: list[LiveTake]
    refusals: list[MediaRefused]


def _each(
    source: Path,
    takes: Sequence[LiveTake],
    workdir: Path,
    progress: Progress,
    channel: int | None,
) -> _Found:
    """Read the takes one by one; the pictures of all get the shape of the first that has any."""
    found, shape = _Found([], [], []), None
    total_ms = max(1, round(sum(take.duration_s for take in takes) * 1000))
    done_ms, begin, read_s = 0, 0, 0.0
    for take in takes:
        folder = workdir / f"take-{take.number}"
        folder.mkdir()
        path = _cut(source, begin, take.size_bytes, folder / "source")
        begin += take.size_bytes
        try:
            canonical = canonicalise(
                path, folder, channel=channel, shape=shape, limits=limits_after(read_s),
                progress=lambda done, _of, before=done_ms: progress(before + done, total_ms),
            )  # fmt: skip
        except MediaRefused as refusal:
            logger.warning("take_unreadable", take=take.number, code=refusal.code)
            found.unreadable.append(take)
            found.refusals.append(refusal)
        else:
            found.whole.append((take, canonical))
            shape = shape or _shape(canonical.media)
            read_s += canonical.media.duration_s
        finally:
            path.unlink()
        done_ms += round(take.duration_s * 1000)
    return found


def _cut(source: Path, begin: int, size: int, target: Path) -> Path:
    with source.open("rb") as file, target.open("wb") as out:
        file.seek(begin)
        while size > 0 and (block := file.read(min(size, COPY_BYTES))):
            out.write(block)
            size -= len(block)
    return target


def _shape(media: CanonicalMedia) -> Shape | None:
    if media.video_path is None:
        return None
    facts = video_facts(media.video_path)
    return Shape(facts.width_px, facts.height_px, str(picture_rate(media.video_path)))


def _joined(whole: Sequence[tuple[LiveTake, Canonical]], workdir: Path) -> CanonicalMedia:
    pictures, sounds, at_s = [], [], 0.0
    for _take, canonical in whole:
        media = canonical.media
        if media.video_path is not None:
            pictures.append(Part(media.video_path, at_s))
        if media.audio_path is not None:
            sounds.append(Part(media.audio_path, at_s))
        at_s += media.duration_s
    playback = workdir / PLAYBACK_NAME if pictures else None
    speech = workdir / AUDIO_NAME if sounds else None
    if playback is not None:
        join_playback(pictures, playback)
    if speech is not None:
        join_speech(sounds, speech)
    for part in (*pictures, *sounds):
        part.path.unlink()
    return replace(whole[0][1].media, video_path=playback, audio_path=speech, duration_s=at_s)


def _probe(probes: Sequence[Probe], duration_s: float) -> Probe:
    """Return the facts of the first take that has each stream, over the length of all."""
    return Probe(
        container=probes[0].container,
        duration_s=round(duration_s, 3),
        video=next((probe.video for probe in probes if probe.video), None),
        audio=next((probe.audio for probe in probes if probe.audio), None),
        truncated=any(probe.truncated for probe in probes),
    )


def _unreadable(take: LiveTake) -> QualityFinding:
    return QualityFinding(
        "TAKE_UNREADABLE",
        Severity.WARNING,
        round(take.duration_s, 1),
        f"Part {take.number} of the recording, about {take.duration_s:.0f} s, cannot be read and "
        "is left out. The other parts are whole.",
    )
