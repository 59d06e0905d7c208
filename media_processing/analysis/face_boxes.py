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


def shared_area(first: Box, second: Box) -> float:
    """Area of the intersection in square pixels."""
    width = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    height = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    return max(width, 0.0) * max(height, 0.0)


def overlap(first: Box, second: Box) -> float:
    """Intersection over union, 0…1."""
    shared = shared_area(first, second)
    union = first.width * first.height + second.width * second.height - shared
    return shared / union if shared > 0 else 0.0


def held(first: Box, second: Box) -> float:
    """Share of the smaller box that lies in the larger, 0…1."""
    smaller = min(first.width * first.height, second.width * second.height)
    shared = shared_area(first, second)
    return shared / smaller if shared > 0 else 0.0


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
    """Whether two detections of one picture are the same face.

    Detectors box one face in different sizes: then the smaller box lies mostly in the larger. Far
    different sizes are a face before something large that was taken for one.
    """
    near = overlap(first, second) > 0.3 or distance(first, second) < 0.4
    return near or (held(first, second) > 0.6 and size_ratio(first, second) < 2.0)


def without_doubles(boxes: Sequence[Box]) -> list[Box]:
    """Keep the first of each group of boxes at the same place."""
    kept: list[Box] = []
    for box in boxes:
        if not any(same_place(box, other) for other in kept):
            kept.append(box)
    return kept
