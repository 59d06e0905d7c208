"""Rectangles around faces, in pixels of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its upper left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def size(self) -> float:
        """The longer side."""
        return max(self.width, self.height)

    def moved(self, dx: float, dy: float) -> "Box":
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def scaled(self, factor: float) -> "Box":
        """The same place in a picture that is ``factor`` times as large."""
        return Box(self.x * factor, self.y * factor, self.width * factor, self.height * factor)

    def centred_at(self, x: float, y: float) -> "Box":
        return Box(x - self.width / 2, y - self.height / 2, self.width, self.height)


def overlap(first: Box, second: Box) -> float:
    """Intersection over union, 0…1."""
    width = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    height = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (first.width * first.height + second.width * second.height - shared)


def distance(first: Box, second: Box) -> float:
    """Distance of the centres in units of the mean box size."""
    (ax, ay), (bx, by) = first.centre, second.centre
    mean_size = max((first.size + second.size) / 2, 1.0)
    return float(((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 / mean_size)


def size_ratio(first: Box, second: Box) -> float:
    """How many times larger the larger box is, at least 1."""
    small, large = sorted((first.size, second.size))
    return large / max(small, 1.0)


def same_place(first: Box, second: Box) -> bool:
    """Whether two detections of one picture are the same face."""
    return overlap(first, second) > 0.3 or distance(first, second) < 0.4


def without_doubles(boxes: Sequence[Box]) -> list[Box]:
    """Keep the first of each group of boxes at the same place."""
    kept: list[Box] = []
    for box in boxes:
        if not any(same_place(box, other) for other in kept):
            kept.append(box)
    return kept
