"""RAVDESS, the speech part: 24 actors speak two sentences in eight expressions.

Livingstone and Russo 2018, PLoS ONE 13(5):e0196391. As distributed, in a folder or as
``Audio_Speech_Actors_01-24.zip``::

    Actor_01/03-01-05-01-02-01-01.wav

The numbers of a name are modality (03 audio only), channel (01 speech), emotion, intensity,
sentence, repetition, actor. Emotions: 01 neutral, 02 calm, 03 happy, 04 sad, 05 angry, 06 fear,
07 disgust, 08 surprise. Actors with odd numbers are men.

Actors 1 to 14 train, 15 to 18 validate, 19 to 24 test; the six folds are those of EmoBox (Ma et
al. 2024, arXiv:2406.07162), so that results compare with its tables.
"""

import re
from pathlib import Path, PurePosixPath

from media_processing.training.layouts.base import Terms, label_of
from media_processing.training.layouts.sound_files import SoundCorpus, open_files
from media_processing.training.voice_corpora import Clip

LABELS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
NAME = re.compile(r"03-01-(?P<emotion>\d\d)-\d\d-\d\d-\d\d-(?P<actor>\d\d)\.wav", re.IGNORECASE)
FOLDS = {
    "1": (1, 11, 20, 21),
    "2": (4, 10, 12, 14),
    "3": (8, 9, 19, 23),
    "4": (3, 5, 7, 24),
    "5": (2, 15, 16, 18),
    "6": (6, 13, 17, 22),
}
LAST_TRAIN, LAST_VAL = 14, 18
ARCHIVE = "Audio_Speech_Actors_01-24.zip"


class Ravdess(SoundCorpus):
    """The speech recordings; songs and videos are left out."""

    corpus = "ravdess"
    terms = Terms(
        data_set="RAVDESS",
        licence="CC-BY-NC-SA-4.0",
        commercial=False,
        cite="Livingstone and Russo 2018, PLoS ONE 13(5):e0196391",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        files = open_files(data, ARCHIVE)
        named = [(name, NAME.fullmatch(PurePosixPath(name).name)) for name in files.names()]
        clips = [
            _clip(name, found["emotion"], int(found["actor"])) for name, found in named if found
        ]
        super().__init__(files, clips, f"Actor_01/03-01-05-01-02-01-01.wav or {ARCHIVE}")


def _clip(name: str, emotion: str, actor: int) -> Clip:
    split = "train" if actor <= LAST_TRAIN else "val" if actor <= LAST_VAL else "test"
    return Clip(
        file=name,
        corpus=Ravdess.corpus,
        speaker=f"ravdess_{actor:02d}",
        sex="M" if actor % 2 else "F",
        label=label_of(emotion, LABELS, name),
        split=split,
        fold=next((fold for fold, actors in FOLDS.items() if actor in actors), ""),
    )
