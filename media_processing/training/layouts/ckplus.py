"""CK+: posed expressions filmed in a studio, from neutral to the apex.

Lucey et al. 2010, "The Extended Cohn-Kanade Dataset (CK+)", CVPR workshops, pages 94-101. As
distributed::

    cohn-kanade-images/S005/001/S005_001_00000001.png      …to the apex
    Emotion/S005/001/S005_001_00000011_emotion.txt         3.0000000e+00

Codes, from the publisher's readme: 0 neutral, 1 anger, 2 contempt, 3 disgust, 4 fear, 5 happy,
6 sadness, 7 surprise. Only some sequences (327 of 593) have a label; of these the last three
frames show it and the first is neutral. Subjects are never in two splits.
"""

from pathlib import Path

from media_processing.training.layouts.base import (
    LayoutError,
    Terms,
    find_inside,
    label_of,
    natural_key,
    number_of,
    split_persons,
)
from media_processing.training.layouts.face_pictures import (
    Framing,
    LabelledPicture,
    PictureSource,
)

LABELS = {
    0: "neutral",
    1: "angry",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happy",
    6: "sad",
    7: "surprise",
}
APEX_FRAMES = 3


class CkPlus(PictureSource):
    """The labelled sequences; the face of each frame is found and aligned as in a recording."""

    terms = Terms(
        data_set="CK+",
        licence="Research only; trained on CK+",
        commercial=False,
        cite="Lucey et al. 2010, CVPR workshops",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        self._frames = find_inside(
            data,
            "CK+",
            "cohn-kanade-images",
            "extended-cohn-kanade-images/cohn-kanade-images",
        )
        emotions = find_inside(data, "CK+", "Emotion", "Emotion_labels/Emotion")
        self._labels = sorted(emotions.glob("*/*/*_emotion.txt"), key=lambda p: natural_key(p.name))
        if not self._labels:
            raise LayoutError(f"{emotions} holds no file S005/001/…_emotion.txt")
        self._splits = split_persons(path.parts[-3] for path in self._labels)
        super().__init__(Framing.SCENE, cache)

    def pictures(self, split: str) -> list[LabelledPicture]:
        """Return the labelled frames of a split."""
        chosen = [path for path in self._labels if self._splits[path.parts[-3]] == split]
        return [picture for path in chosen for picture in self._sequence(path)]

    def _sequence(self, label_file: Path) -> list[LabelledPicture]:
        subject, sequence = label_file.parts[-3:-1]
        code = number_of(label_file.read_text("utf-8"), label_file.name)
        label = label_of(code, LABELS, label_file.name)
        frames = sorted((self._frames / subject / sequence).glob("*.png"))
        if len(frames) <= APEX_FRAMES:
            raise LayoutError(
                f"{self._frames / subject / sequence} has {len(frames)} frames: "
                "expected the neutral first and the apex in the last three"
            )
        return [
            LabelledPicture(frames[0], "neutral", person=subject),
            *(LabelledPicture(frame, label, person=subject) for frame in frames[-APEX_FRAMES:]),
        ]
