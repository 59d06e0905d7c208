"""Films of two drawn people, of whom one is the applicant."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from media_processing.analysis.subject import FaceAnchor, Subject
from media_processing.demo_media.drawn_face import HAPPY, SURPRISED, Expression, Look, draw_face
from media_processing.demo_media.film import write_film

SIDE_PX = 240
RATE_HZ = 5
OFFICER_LOOK = Look(skin=(96.0, 122.0, 172.0), hair=(20.0, 22.0, 30.0), clothes=(70.0, 70.0, 74.0))
LEFT, RIGHT = 0, 1


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """The applicant smiles, the officer looks surprised; the officer is there from ``enters_s``.

    ``side`` is where the applicant sits; shares are half a face's width by the picture's height.
    """

    side: int = LEFT
    applicant_share: float = 0.22
    officer_share: float = 0.22
    enters_s: float = 0.0
    seconds: float = 1.6
    applicant_leaves_s: float = 99.0
    dark: float = 1.0

    @property
    def subject(self) -> Subject:
        """The officer confirmed the applicant's face half a second after the start."""
        return Subject(face=(self.anchor(0.6),))

    def anchor(self, t_s: float) -> FaceAnchor:
        width = 2 * self.applicant_share / 2
        middle = 0.25 + 0.5 * self.side
        return FaceAnchor(t_s, middle - width / 2, 0.5 - self.applicant_share, width, width * 2)

    def write(self, path: Path) -> Path:
        write_film(path, self.frames(), rate_hz=RATE_HZ)
        return path

    def frames(self) -> Iterator[np.ndarray]:
        """Yield (240, 480, 3) pictures; each head moves a little."""
        applicant = person(HAPPY, self.applicant_share, Look())
        officer = person(SURPRISED, self.officer_share, OFFICER_LOOK)
        nobody = person(None, 0.2, Look())
        for number in range(round(self.seconds * RATE_HZ)):
            t_s = number / RATE_HZ
            shown = [
                swayed(applicant if t_s < self.applicant_leaves_s else nobody, number),
                swayed(officer if t_s >= self.enters_s else nobody, number + 3),
            ]
            picture = np.hstack(shown if self.side == LEFT else shown[::-1])
            yield (picture * self.dark).astype(np.uint8)


def person(expression: Expression | None, share: float, look: Look) -> np.ndarray:
    if expression is None:
        return np.full((SIDE_PX, SIDE_PX, 3), look.background, np.uint8)
    return draw_face(expression, width_px=SIDE_PX, height_px=SIDE_PX, face_share=share, look=look)


def swayed(picture: np.ndarray, number: int) -> np.ndarray:
    shift = np.array([[1, 0, 3 * np.sin(number)], [0, 1, 2 * np.cos(number)]])
    return cv2.warpAffine(picture, shift, (SIDE_PX, SIDE_PX), borderMode=cv2.BORDER_REPLICATE)
