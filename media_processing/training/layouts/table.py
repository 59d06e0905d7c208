"""Recordings or pictures of one's own: a table of labels beside the files.

``labels.csv`` has the columns ``file`` (below its folder) and ``label`` (a word of the network's
classes), and ``split`` (train, val, test) or ``person``; nobody may be in two splits. ``sex``
(F, M) is used for reporting where it is there. ``terms.toml`` says under which licence the data
and so the weights stand::

    data_set = "Interviews of the pilot, 2026"
    licence = "Own data, consent for training given"
    commercial = true
"""

import csv
import tomllib
from pathlib import Path

from media_processing.training import face_data, voice_corpora
from media_processing.training.layouts.base import (
    SPLITS,
    LayoutError,
    Terms,
    find_inside,
    split_persons,
)
from media_processing.training.layouts.face_pictures import (
    Framing,
    LabelledPicture,
    PictureSource,
)
from media_processing.training.layouts.sound_files import FolderFiles, SoundCorpus
from media_processing.training.voice_corpora import Clip

TABLE, TERMS = "labels.csv", "terms.toml"
UNSTATED = Terms(data_set="Own data", licence="Not stated", commercial=False, cite="own data")

Rows = list[dict[str, str]]


class TableFaces(PictureSource):
    """Own pictures: the largest face of each is found and aligned as in a recording."""

    terms = UNSTATED

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        self.terms = read_terms(data)
        self._data, self._rows = data, read_labels(data, face_data.CLASSES)
        super().__init__(Framing.SCENE, cache)

    def pictures(self, split: str) -> list[LabelledPicture]:
        """Return the labelled files of a split. Raises LayoutError where it is empty."""
        rows = [row for row in self._rows if row["split"] == split]
        if not rows:
            raise LayoutError(f"{TABLE} has no row of the {split} split")
        return [
            LabelledPicture(self._data / row["file"], row["label"], person=row.get("person") or "")
            for row in rows
        ]


class TableVoices(SoundCorpus):
    """Own recordings of speech, in any format that the product reads."""

    corpus = "own"
    terms = UNSTATED

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        self.terms = read_terms(data)
        clips = [
            Clip(
                file=row["file"],
                corpus=self.corpus,
                speaker=row.get("person") or row["file"],
                sex=row.get("sex") or "",
                label=row["label"],
                split=row["split"],
                fold="",
            )
            for row in read_labels(data, voice_corpora.CLASSES)
        ]
        super().__init__(FolderFiles(data), clips, f"rows in {TABLE}")

    @staticmethod
    def _identity(clip: Clip) -> str:
        return clip.file

    def content(self, name: str) -> bytes:
        """Return the bytes of a recording. Raises LayoutError where it is missing."""
        try:
            return super().content(name)
        except FileNotFoundError:
            raise LayoutError(f"{TABLE} names {name}, which is not there") from None


def read_terms(data: Path) -> Terms:
    """Return the terms of the folder; not stated, and so not commercial, without a file."""
    path = data / TERMS
    if not path.is_file():
        return UNSTATED
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return Terms(
            data_set=str(told["data_set"]),
            licence=str(told["licence"]),
            commercial=told["commercial"] is True,
            cite=str(told.get("cite", "own data")),
        )
    except (KeyError, tomllib.TOMLDecodeError) as error:
        raise LayoutError(f"{TERMS} needs data_set, licence and commercial: {error}") from error


def read_labels(data: Path, classes: tuple[str, ...]) -> Rows:
    """Return the rows with a label, each with its split.

    Raises LayoutError for a missing column, a label outside ``classes``, an unknown split, or a
    person in two of them.
    """
    with find_inside(data, "a table of one's own", TABLE).open(
        newline="", encoding="utf-8"
    ) as file:
        reader = csv.DictReader(file)
        columns = set(reader.fieldnames or ())
        if not {"file", "label"} <= columns or not {"split", "person"} & columns:
            raise LayoutError(f"{TABLE} needs the columns file, label, and split or person")
        rows = [row for row in reader if row["label"].strip()]
    if "split" not in columns:
        splits = split_persons(row["person"] for row in rows)
        rows = [{**row, "split": splits[row["person"]]} for row in rows]
    for row in rows:
        _check(row, classes)
    if "person" in columns:
        _check_persons(rows)
    return rows


def _check(row: dict[str, str], classes: tuple[str, ...]) -> None:
    if row["label"] not in classes:
        known = ", ".join(classes)
        raise LayoutError(f"{row['file']}: unknown label {row['label']!r}; known are {known}")
    if row["split"] not in SPLITS:
        raise LayoutError(f"{row['file']}: unknown split {row['split']!r}")


def _check_persons(rows: Rows) -> None:
    """Refuse a person in two splits: the network would be measured on somebody it knows."""
    first: dict[str, dict[str, str]] = {}
    for row in rows:
        person = (row["person"] or "").strip()
        known = first.setdefault(person, row)
        if person and known["split"] != row["split"]:
            raise LayoutError(
                f"{TABLE} has {person} in the {known['split']} split ({known['file']}) and in the "
                f"{row['split']} split ({row['file']}): somebody who teaches must not be measured "
                "on. Give all files of a person the same split, or leave the column split out."
            )
