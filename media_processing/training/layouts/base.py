"""What every reader of a published folder layout gives: its samples by split, and its terms.

Readers of speech are `voice_corpora.VoiceSource` with ``terms`` beside it.
"""

from dataclasses import dataclass
from typing import Protocol

from media_processing.training.face_data import FaceImages

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
