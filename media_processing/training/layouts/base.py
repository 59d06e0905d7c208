"""What every reader of a published folder layout gives: its samples by split, and its terms.

Readers of speech are `voice_corpora.VoiceSource` with ``terms`` beside it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from media_processing.training.face_data import FaceImages, UInt8Array

SPLITS = ("train", "val", "test")


class Sample(NamedTuple):
    """A label with its crop, None where no face was found; ``person`` is empty where unknown."""

    label: str
    crop: UInt8Array | None
    person: str = ""


class LayoutError(ValueError):
    """A folder is not laid out as its publisher describes; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a data set is published, as its publisher states them.

    ``licence`` is what weights that learnt from it carry, in the words of the manifest; ``cite``
    is the paper that the publisher asks to be cited.
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

    def samples(self, split: str) -> list[Sample]:
        """Return what to measure on: every label with its crop, None where no face was found."""


def find_inside(data: Path, data_set: str, *candidates: str) -> Path:
    """Return the first of some paths below ``data`` that exists.

    Raises LayoutError naming the first candidate where none does.
    """
    for candidate in candidates:
        if (data / candidate).exists():
            return data / candidate
    raise LayoutError(
        f"{data} is not laid out as {data_set} is published: there is no {candidates[0]} in it"
    )


def split_persons(persons: Iterable[str]) -> dict[str, str]:
    """Return the split of each person: of five in order, three train, one val, one test.

    The order is that of the numbers in their names, so that the same folder gives the same
    splits. Of fewer than five, the last is for test and the one before for val.
    """
    ordered = sorted(set(persons), key=natural_key)
    if len(ordered) < 5:
        return {person: SPLITS[max(0, n + 3 - len(ordered))] for n, person in enumerate(ordered)}
    return {
        person: ("train", "train", "train", "val", "test")[n % 5]
        for n, person in enumerate(ordered)
    }


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts 2 before 10, and words without regard to case."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def number_of(text: str, meaning: str) -> int:
    """Return a whole number of a label file. Raises LayoutError for anything else."""
    try:
        value = float(text)
    except ValueError:
        raise LayoutError(f"{meaning}: expected a number, found {text.strip()!r}") from None
    if not value.is_integer():
        raise LayoutError(f"{meaning}: expected a whole number, found {text.strip()!r}")
    return int(value)


def label_of(code: int | str, labels: dict[int, str] | dict[str, str], meaning: str) -> str:
    """Return the word of a label code. Raises LayoutError naming the codes that are known."""
    try:
        return labels[code]  # type: ignore[index]  # codes are of the kind of the keys
    except KeyError:
        known = ", ".join(f"{key} {word}" for key, word in labels.items())
        raise LayoutError(f"{meaning}: unknown label code {code}; known are {known}") from None
