"""CREMA-D: 91 actors speak twelve sentences in six expressions.

Cao et al. 2014, "CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset", IEEE Trans.
Affective Computing 5(4):377. As distributed::

    AudioWAV/1001_DFA_ANG_XX.wav      actor, sentence, emotion, level
    VideoDemographics.csv             ActorID,Age,Sex,Race,Ethnicity

Emotions: ANG angry, DIS disgust, FEA fear, HAP happy, NEU neutral, SAD sad. The publisher has no
split: of five actors in order, alternating between women and men, three train, one validates, one
tests. The label is what the actor was asked for, not what raters heard.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from media_processing.training.layouts.base import (
    LayoutError,
    Terms,
    find_inside,
    label_of,
    split_persons,
)
from media_processing.training.layouts.sound_files import FolderFiles, SoundCorpus
from media_processing.training.voice_corpora import Clip

LABELS = {
    "ANG": "angry",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
NAME = re.compile(r"(?P<actor>\d{4})_[A-Z]{3}_(?P<emotion>[A-Z]{3})_[A-Z]{1,2}\.wav")
# One holds no sound; the other is a whole session, with every emotion in it.
SPOILT = ("1076_MTI_SAD_XX.wav", "1064_IEO_DIS_MD.wav")
SEXES = {"Male": "M", "Female": "F"}
DEMOGRAPHICS = "VideoDemographics.csv"
FOLD_COUNT = 5


class CremaD(SoundCorpus):
    """The sound of the recordings."""

    corpus = "crema-d"
    terms = Terms(
        data_set="CREMA-D",
        licence="ODbL-1.0 (contents DbCL-1.0), attribution",
        commercial=True,
        cite="Cao et al. 2014, IEEE Trans. Affective Computing 5(4):377",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        files = FolderFiles(find_inside(data, "CREMA-D", "AudioWAV"))
        named = [(name, NAME.fullmatch(PurePosixPath(name).name)) for name in files.names()]
        found = {
            name: parts for name, parts in named if parts and PurePosixPath(name).name not in SPOILT
        }
        sexes = _sexes(data / DEMOGRAPHICS)
        splits = _splits({parts["actor"] for parts in found.values()}, sexes)
        folds = {actor: str(n % FOLD_COUNT + 1) for n, actor in enumerate(sorted(splits))}
        clips = [
            Clip(
                file=name,
                corpus=self.corpus,
                speaker=f"crema-d_{parts['actor']}",
                sex=sexes.get(parts["actor"], ""),
                label=label_of(parts["emotion"], LABELS, name),
                split=splits[parts["actor"]],
                fold=folds[parts["actor"]],
            )
            for name, parts in found.items()
        ]
        super().__init__(files, clips, "AudioWAV/1001_DFA_ANG_XX.wav")


def _splits(actors: set[str], sexes: Mapping[str, str]) -> dict[str, str]:
    """Split women and men apart, so that each split holds both."""
    groups = {sexes.get(actor, "") for actor in actors}
    return {
        actor: split
        for group in groups
        for actor, split in split_persons(
            one for one in actors if sexes.get(one, "") == group
        ).items()
    }


def _sexes(table: Path) -> dict[str, str]:
    """Return the sex of each actor; nothing where the table is not there."""
    if not table.is_file():
        return {}
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"ActorID", "Sex"} <= set(reader.fieldnames or ()):
            raise LayoutError(f"{DEMOGRAPHICS} has no columns ActorID and Sex")
        return {row["ActorID"]: SEXES.get(row["Sex"].strip(), "") for row in reader}
