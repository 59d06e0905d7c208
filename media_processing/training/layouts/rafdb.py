"""RAF-DB, the basic part: 15,339 photographs from the web with one of seven expressions.

Li, Deng and Du 2017, "Reliable Crowdsourcing and Deep Locality-Preserving Learning for Expression
Recognition in the Wild", CVPR. As distributed::

    basic/EmoLabel/list_patition_label.txt      train_00001.jpg 5
    basic/Image/aligned/train_00001_aligned.jpg
    basic/Image/original/train_00001.jpg

(*patition* is the publisher's spelling.) Codes, from the publisher's readme: 1 surprise, 2 fear,
3 disgust, 4 happiness, 5 sadness, 6 anger, 7 neutral. The split is in the file's name. Nobody says
who is in a picture, so the validation pictures are every tenth of the training part.
"""

from pathlib import Path

from media_processing.training.layouts.base import (
    LayoutError,
    Terms,
    find_inside,
    label_of,
    number_of,
)
from media_processing.training.layouts.face_pictures import (
    Framing,
    LabelledPicture,
    PictureSource,
)

LABELS = {
    1: "surprise",
    2: "fear",
    3: "disgust",
    4: "happy",
    5: "sad",
    6: "angry",
    7: "neutral",
}
VALIDATION_EVERY = 10
LIST = "list_patition_label.txt"


class RafDb(PictureSource):
    """The aligned pictures where they are there, else the faces found in the original ones."""

    terms = Terms(
        data_set="RAF-DB",
        licence="Non-commercial research only; trained on RAF-DB",
        commercial=False,
        cite="Li, Deng and Du 2017, CVPR",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        labels = find_inside(data, "RAF-DB", f"basic/EmoLabel/{LIST}", f"EmoLabel/{LIST}")
        self._pictures = labels.parent.parent / "Image"
        self._is_aligned = (self._pictures / "aligned").is_dir()
        if not self._is_aligned:
            find_inside(labels.parent.parent, "RAF-DB", "Image/aligned", "Image/original")
        self._rows = [row.split() for row in labels.read_text("utf-8").splitlines() if row.strip()]
        if not self._rows:
            raise LayoutError(f"{labels} is empty")
        super().__init__(Framing.ALIGNED if self._is_aligned else Framing.SCENE, cache)

    def pictures(self, split: str) -> list[LabelledPicture]:
        """Return the labelled files of a split."""
        part = "test" if split == "test" else "train"
        rows = [row for row in self._rows if row[0].startswith(f"{part}_")]
        if not rows:
            raise LayoutError(f"{LIST} names no picture that begins with {part}_")
        if split == "val":
            rows = rows[::VALIDATION_EVERY]
        elif split == "train":
            rows = [row for n, row in enumerate(rows) if n % VALIDATION_EVERY]
        return [self._picture(row) for row in rows]

    def _picture(self, row: list[str]) -> LabelledPicture:
        if len(row) != 2:
            raise LayoutError(f"{LIST}: expected a file and a code, found {' '.join(row)!r}")
        name, code = row
        label = label_of(number_of(code, name), LABELS, f"{LIST}, {name}")
        if self._is_aligned:
            name = f"aligned/{Path(name).stem}_aligned{Path(name).suffix}"
        else:
            name = f"original/{name}"
        return LabelledPicture(self._pictures / name, label)
