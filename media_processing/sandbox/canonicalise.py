"""From any upload to canonical media: recognise, then probe and transcode in a confined child."""

import hashlib
import logging
import stat
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_processing.analysis.quality import recording_findings
from media_processing.analysis.types import CanonicalMedia, Progress, QualityFinding
from media_processing.analysis.video import video_facts
from media_processing.sandbox.ffmpeg import AUDIO_NAME, PLAYBACK_NAME
from media_processing.sandbox.jail import Child, Event, Jail, bubblewrap_works, started
from media_processing.sandbox.recognise import HEAD_BYTES, Container, recognise
from media_processing.sandbox.refusals import SENTENCES
from media_processing.sandbox.types import (
    AudioStreamFacts,
    Limits,
    MediaRefused,
    MediaTransient,
    Probe,
    Shape,
    VideoStreamFacts,
)

logger = logging.getLogger(__name__)

OUT_DIRECTORY = "canonical"
_HASH_BLOCK_BYTES = 1024 * 1024
_GIGABYTE = 1024**3


@dataclass(frozen=True, slots=True)
class Canonical:
    """What became of an upload; ``sha256`` is that of the uploaded bytes."""

    media: CanonicalMedia
    probe: Probe
    quality: list[QualityFinding]
    sha256: str


def canonicalise(
    source: Path,
    workdir: Path,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    channel: int | None = None,
    shape: Shape | None = None,
) -> Canonical:
    """Make the canonical media of ``source`` in ``workdir``/canonical.

    ``channel`` is the one of the sound to analyse, where each person has one; sound without such a
    channel is mixed, and ``sound_channels`` tells so. ``shape`` makes the video fit that of another
    one. ``progress`` is told milliseconds of recording. Raises MediaRefused where the file can
    never be processed, MediaTransient where the machine stood in the way.
    """
    limits = limits or Limits()
    container = identify(source, limits)
    out_dir = workdir / OUT_DIRECTORY
    out_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    jail = Jail(source.resolve(), out_dir.resolve(), bubblewrap_works(), channel, shape)
    probe = run_confined(jail, container, limits, progress)
    media = _canonical_media(out_dir, probe, limits)
    return Canonical(
        media, probe, recording_findings(media, truncated=probe.truncated), sha256_of(source)
    )


def identify(source: Path, limits: Limits) -> Container:
    """Return the container of ``source`` by its size and first bytes, without decoding it.

    Raises MediaRefused ``empty_file``, ``too_large`` or ``not_media``.
    """
    facts = source.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise MediaRefused("not_media", kind="not a regular file")
    if facts.st_size > limits.max_bytes:
        raise MediaRefused(
            "too_large",
            gigabytes=facts.st_size / _GIGABYTE,
            limit_gigabytes=limits.max_bytes / _GIGABYTE,
        )
    with source.open("rb") as file:
        return recognise(file.read(HEAD_BYTES))


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_confined(
    jail: Jail, container: Container, limits: Limits, progress: Progress | None
) -> Probe:
    """Probe and transcode in a confined child. Raises MediaRefused or MediaTransient."""
    probe: Probe | None = None
    said: set[str] = set()
    with started(jail, container, limits) as child:
        for event in child.events():
            said.add(event["event"])
            if event["event"] == "probe":
                probe = parsed_probe(event)
                child.allow(limits.transcode_wall_s(probe.duration_s))
            elif event["event"] == "progress" and progress is not None:
                progress(int(event["done"]), int(event["total"]))
            elif event["event"] == "refused":
                raise parsed_refusal(event)
            elif event["event"] == "machine":
                raise MediaTransient(f"the machine failed the child: {event.get('detail')}")
        status = child.wait()
        if "done" in said and status == 0 and probe is not None:
            return probe
        raise _failure(child, status, opened="confined" in said)


def _failure(child: Child, status: int, *, opened: bool) -> Exception:
    """Tell a file that broke the child from a machine that stopped it.

    ``opened`` says that the child was confined, the last step before it opens the file.
    """
    detail = f"exit status {status}: {child.log()}"
    if not opened:
        return MediaTransient(f"the confined child did not start, {detail}")
    if child.starved:
        return MediaTransient("the machine was too busy to read the recording in time")
    if "No space left on device" in detail:
        return MediaTransient("no space is left for the canonical media")
    if child.timed_out or "MemoryError" in detail:
        return MediaRefused("limit", detail=detail)
    logger.warning("the confined child failed: %r", detail)
    return MediaRefused("decode_failed", detail=detail)


def parsed_probe(event: Event) -> Probe:
    """Rebuild the probe from the child's words, which are not trusted.

    Raises MediaRefused where they do not have the expected shape.
    """
    try:
        video, audio = event["video"], event["audio"]
        return Probe(
            container=_word(event["container"]),
            duration_s=float(event["duration_s"]),
            video=None if video is None else _video(video),
            audio=None if audio is None else _audio(audio),
            truncated=bool(event["truncated"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MediaRefused("decode_failed", detail=f"unexpected probe: {error!r}") from error


def _video(facts: dict[str, Any]) -> VideoStreamFacts:
    return VideoStreamFacts(
        codec=_word(facts["codec"]),
        width=int(facts["width"]),
        height=int(facts["height"]),
        fps=float(facts["fps"]),
        rotation=int(facts["rotation"]),
    )


def _audio(facts: dict[str, Any]) -> AudioStreamFacts:
    return AudioStreamFacts(
        codec=_word(facts["codec"]),
        sample_rate_hz=int(facts["sample_rate_hz"]),
        channels=int(facts["channels"]),
    )


def _word(value: object) -> str:
    word = str(value)
    if len(word) > 40 or not word.replace("_", "").isalnum():
        raise ValueError(f"not a name: {word[:40]!r}")
    return word


def parsed_refusal(event: Event) -> MediaRefused:
    """Rebuild a refusal: the child chooses a code and figures, never the words."""
    code, detail = event.get("code"), str(event.get("detail", ""))
    figures = event.get("figures")
    if code not in SENTENCES or not isinstance(figures, dict):
        return MediaRefused("decode_failed", detail=detail)
    try:
        known = {str(name): _figure(value) for name, value in figures.items()}
        return MediaRefused(code, detail=detail, **known)
    except (KeyError, TypeError, ValueError):
        return MediaRefused("decode_failed", detail=detail)


def _figure(value: object) -> int | float | str:
    return value if isinstance(value, int | float) else _word(value)


def _canonical_media(out_dir: Path, probe: Probe, limits: Limits) -> CanonicalMedia:
    """Measure what the child wrote; its length is what was really decoded."""
    video_path = out_dir / PLAYBACK_NAME if probe.video else None
    audio_path = out_dir / AUDIO_NAME if probe.audio else None
    video_s = video_facts(video_path).duration_s if video_path else 0.0
    audio_s = _wav_duration_s(audio_path) if audio_path else 0.0
    duration_s = max(video_s, audio_s)
    if duration_s < min(limits.min_duration_s, probe.duration_s / 2):
        raise MediaRefused("decode_failed", detail=f"only {duration_s:.2f} s could be decoded")
    channels = probe.audio.channels if probe.audio else None
    return CanonicalMedia(video_path, audio_path, duration_s, sound_channels=channels)


def _wav_duration_s(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()
