"""Small labelled packs of synthetic speech, in the form of the voice corpora."""

import csv
import io
import zipfile
from pathlib import Path

import soundfile

from media_processing.demo_media.synthetic_speech import FLAT, TENSE, babble

COLUMNS = ("file", "corpus", "speaker", "sex", "emotion", "split", "fold")
STYLES = {"angry": TENSE, "sad": FLAT}


def make_pack(folder: Path, corpus: str, *, clips: int = 8) -> None:
    """Write ``<corpus>.csv`` and ``<corpus>.zip``: tense clips are angry, flat ones sad."""
    rows = []
    with zipfile.ZipFile(folder / f"{corpus}.zip", "w") as archive:
        for index in range(clips):
            label = list(STYLES)[index % 2]
            name = f"{corpus}/{index}.wav"
            archive.writestr(name, sound(label, seed=index))
            fold = str(1 + index // (clips // 2))
            split = "val" if index % 4 > 1 else "train"
            rows.append((name, corpus, f"speaker_{split}_{fold}", "F", label, split, fold))
    with (folder / f"{corpus}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def sound(label: str, *, seed: int) -> bytes:
    buffer = io.BytesIO()
    speech = babble(STYLES[label], duration_s=1.5, seed=seed)
    soundfile.write(buffer, speech, 16_000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
