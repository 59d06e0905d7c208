"""CASIA's Chinese emotional speech: four speakers, fifty sentences, six expressions.

Recorded by the Institute of Automation, Chinese Academy of Sciences. The part that is passed
around::

    liuchanhg/angry/201.wav … 250.wav      speaker/emotion/sentence

Emotions: angry, fear, happy, neutral, sad, surprise. In alphabetical order the first two speakers
train, the third validates and the last tests; the folds leave one speaker out.
"""

from pathlib import Path, PurePosixPath

from media_processing.training.layouts.base import (
    Terms,
    label_of,
    natural_key,
    split_persons,
)
from media_processing.training.layouts.sound_files import FolderFiles, SoundCorpus
from media_processing.training.voice_corpora import Clip

LABELS = {name: name for name in ("angry", "fear", "happy", "neutral", "sad", "surprise")}
# The corpus names its speakers only; their sexes come from a table beside a copy of it.
SEXES = {"liuchanhg": "F", "wangzhe": "M", "zhaoquanyin": "F", "zhaozuoxiang": "M"}


class Casia(SoundCorpus):
    """The recordings of each speaker's six folders."""

    corpus = "casia"
    terms = Terms(
        data_set="CASIA emotional speech",
        licence="No published licence; trained on CASIA, for measuring only",
        commercial=False,
        cite="Institute of Automation, Chinese Academy of Sciences",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        files = FolderFiles(data)
        names = [name for name in files.names() if name.lower().endswith(".wav")]
        found = {name: PurePosixPath(name).parts[-3:-1] for name in names if name.count("/") >= 2}
        splits = split_persons(speaker for speaker, _ in found.values())
        ordered = sorted(splits, key=natural_key)
        clips = [
            Clip(
                file=name,
                corpus=self.corpus,
                speaker=f"casia_{speaker.casefold()}",
                sex=SEXES.get(speaker.casefold(), ""),
                label=label_of(emotion.casefold(), LABELS, name),
                split=splits[speaker],
                fold=str(ordered.index(speaker) + 1),
            )
            for name, (speaker, emotion) in found.items()
        ]
        super().__init__(files, clips, "liuchanhg/angry/201.wav")

    @staticmethod
    def _identity(clip: Clip) -> str:
        return f"{clip.speaker}/{clip.label}/{PurePosixPath(clip.file).name}"
