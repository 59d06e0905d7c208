"""What every reader of a published folder layout gives: pictures or sounds by split, and terms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from media_processing.analysis.audio import FloatArray
from media_processing.training.face_data import FaceImages
from media_processing.training.voice_corpora import Clip

SPLITS = ("train", "val", "test")


class LayoutError(ValueError):
    """A folder is not laid out as its publisher describes; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a data set is published, as its publisher states them.

    ``licence`` is what weights that learnt from it carry, in the words of the manifest.
    """

    data_set: str
    licence: str
    commercial: bool
    cite: str


class FaceSource(Protocol):
    """Labelled face pictures on disk."""

    terms: Terms

    def images(self, split: str) -> FaceImages:
        """Return the grey crops and votes of one of :data:`SPLITS`. Raises LayoutError."""


class VoiceSource(Protocol):
    """Labelled recordings of speech on disk; one corpus."""

    terms: Terms

    def clips(self) -> list[Clip]:
        """Return every recording with its speaker, label and split. Raises LayoutError."""

    def sounds(self, clips: Sequence[Clip]) -> Iterator[tuple[Clip, FloatArray]]:
        """Yield each clip with its (n,) samples at 16 kHz."""
