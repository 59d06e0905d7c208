"""The labelled voice corpora: which exist, which may teach shipped weights, how to read them."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import soundfile
import soxr

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray

# The order of the network's outputs; "calm" exists in RAVDESS alone.
CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise", "calm")
# CC BY-NC-SA 4.0 (ravdess, nemo) and Apache-2.0 (emogator).
TAUGHT = ("ravdess", "nemo", "emogator")
# Without a licence, or for research only: they measure and never teach.
MEASURED_ONLY = ("casia", "ased", "urdu")
CORPORA = TAUGHT + MEASURED_ONLY


class SoundError(Exception):
    """A file holds no sound that can be read."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled recording of a corpus."""

    file: str
    corpus: str
    speaker: str
    sex: str
    label: str
    split: str
    fold: str


class VoiceSource(Protocol):
    """One corpus that is laid out in another way than ``<corpus>.csv`` with ``<corpus>.zip``."""

    corpus: str

    def clips(self) -> list[Clip]:
        """Return every recording with its speaker, label and split."""

    def sounds(self, clips: Sequence[Clip]) -> Iterator[tuple[Clip, FloatArray]]:
        """Yield each clip with its (n,) samples at 16 kHz."""


def corpus_folder(root: Path, corpus: str) -> Path:
    """Return the folder that holds a corpus: ``root`` itself or its folder ``voice``."""
    return root if (root / f"{corpus}.csv").is_file() else root / "voice"


def read_clips(root: Path | VoiceSource, corpus: str) -> list[Clip]:
    """Return the clips of ``<corpus>.csv``. Raises FileNotFoundError where it is absent."""
    if not isinstance(root, Path):
        return root.clips()
    with (corpus_folder(root, corpus) / f"{corpus}.csv").open(encoding="utf-8", newline="") as file:
        return [
            Clip(
                file=row["file"],
                corpus=corpus,
                speaker=row["speaker"],
                sex=row["sex"],
                label=row["emotion"],
                split=row["split"],
                fold=row["fold"],
            )
            for row in csv.DictReader(file)
        ]


def read_sounds(
    root: Path | VoiceSource, clips: Sequence[Clip]
) -> Iterator[tuple[Clip, FloatArray]]:
    """Yield each clip of one corpus with its (n,) samples at 16 kHz, from ``<corpus>.zip``."""
    if not isinstance(root, Path):
        yield from root.sounds(clips)
        return
    if not clips:
        return
    corpus = clips[0].corpus
    with zipfile.ZipFile(corpus_folder(root, corpus) / f"{corpus}.zip") as archive:
        for clip in clips:
            yield clip, decode(archive.read(clip.file))


def decode(content: bytes) -> FloatArray:
    """Return the sound of a file in any common container as (n,) float32 mono at 16 kHz.

    Raises SoundError for bytes that hold no sound.
    """
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return _decode_container(content)
    mono = samples.mean(axis=1)
    if rate_hz != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ)
    return np.ascontiguousarray(mono, dtype=np.float32)


def _decode_container(content: bytes) -> FloatArray:
    """Read what libsndfile does not know: AAC, WebM, the sound of a video."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    try:
        with av.open(io.BytesIO(content)) as container:
            if not container.streams.audio:
                raise SoundError("the file has no sound track")
            frames = [*container.decode(audio=0), None]
            parts = [part.to_ndarray()[0] for f in frames for part in resampler.resample(f)]
    except av.FFmpegError as error:
        raise SoundError(f"the file holds no sound that can be read: {error}") from error
    return np.concatenate([np.empty(0, np.float32), *parts])
