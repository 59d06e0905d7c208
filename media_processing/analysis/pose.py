"""Body points of one person through a recording.

MediaPipe's BlazePose (Bazarevsky et al. 2020, "BlazePose: On-device Real-time Body Pose
Tracking") finds the points; everything else here knows only the small interface `PoseFinder`, so
that another finder can take its place. Points are made, not measured, where the body is hidden or
leaves the picture: `visibility` says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import cv2
import mediapipe as mp
import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_skeleton import POINTS, BodyPoint
from media_processing.analysis.video import Frame

FloatArray = npt.NDArray[np.float32]
ImageBgr = npt.NDArray[np.uint8]

LONGEST_SIDE_PX = 640
MIN_VISIBILITY = 0.3
# A body smaller than this share of the picture is more often a chair or a table than a person.
MIN_BODY_SHARE = 0.15
COMPANY_HOP_S = 2.0

# Rows of MediaPipe's 33 landmarks; the head is the middle of the ears.
_EARS = (7, 8)
_LANDMARKS = (11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 31, 32)
_HIPS = [BodyPoint.L_HIP, BodyPoint.R_HIP]
_KNEES = [BodyPoint.L_KNEE, BodyPoint.R_KNEE]
_ANKLES = [BodyPoint.L_ANKLE, BodyPoint.R_ANKLE]


@dataclass(frozen=True, slots=True)
class Pose:
    """Points of one person: (15, 2) in 0…1 of the picture, x right, y down; (15,) visibility."""

    points: FloatArray
    visibility: FloatArray

    def inside(self) -> npt.NDArray[np.bool_]:
        """Return (15,) whether each point lies in the picture and is likely seen."""
        return np.asarray(self._in_picture() & (self.visibility >= MIN_VISIBILITY))

    def _in_picture(self) -> npt.NDArray[np.bool_]:
        return np.asarray(((self.points >= 0) & (self.points <= 1)).all(axis=1))

    def _shows(self, points: list[BodyPoint]) -> bool:
        """All are in the picture and seen on the whole: the near leg hides the far one in turn."""
        is_seen = self.visibility[points].mean() >= MIN_VISIBILITY
        return bool(is_seen and self._in_picture()[points].all())

    @property
    def shows_legs(self) -> bool:
        """Hips and knees are in the picture; the feet may be cut off."""
        return self._shows(_HIPS) and self._shows(_KNEES)

    @property
    def shows_whole_body(self) -> bool:
        """Head and feet are in the picture as well."""
        return self.shows_legs and self._shows([BodyPoint.HEAD]) and self._shows(_ANKLES)

    def box(self) -> tuple[float, float, float, float]:
        """Return x, y, width and height of what surrounds all points, in shares of the picture."""
        (left, top), (right, bottom) = self.points.min(axis=0), self.points.max(axis=0)
        return float(left), float(top), float(right - left), float(bottom - top)

    @property
    def is_plausible(self) -> bool:
        """The body fills enough of the picture to be a person, and its head is on top."""
        hips_y = self.points[_HIPS, 1].mean()
        is_upright = self.points[BodyPoint.HEAD, 1] < hips_y
        return bool(is_upright and np.ptp(self.points, axis=0).max() >= MIN_BODY_SHARE)


class PoseFinder(Protocol):
    """Finds one person in consecutive pictures."""

    def find(self, image_bgr: ImageBgr) -> Pose | None:
        """Return the pose of the most prominent person, or None where nobody is found."""


class MediaPipePoseFinder:
    """BlazePose of medium size: the one that MediaPipe carries and runs without a network.

    ``is_tracking`` follows one person from picture to picture; without it every picture is
    searched afresh. Use as a context manager; the graph is freed on exit.
    """

    def __init__(self, *, is_tracking: bool = True) -> None:
        self._graph = mp.solutions.pose.Pose(
            static_image_mode=not is_tracking,
            model_complexity=1,
            smooth_landmarks=False,
            min_detection_confidence=0.4,
            min_tracking_confidence=0.5,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the graph."""
        self._graph.close()

    def find(self, image_bgr: ImageBgr) -> Pose | None:
        found = self._graph.process(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)).pose_landmarks
        if found is None:
            return None
        rows = np.array([(row.x, row.y, row.visibility) for row in found.landmark], np.float32)
        head = rows[list(_EARS)].mean(axis=0, keepdims=True)
        body = np.concatenate([head, rows[list(_LANDMARKS)]])
        pose = Pose(body[:, :2], body[:, 2])
        return pose if pose.is_plausible else None


def downscaled(image_bgr: ImageBgr) -> ImageBgr:
    """Return the picture with its longest side at most 640 px."""
    scale = LONGEST_SIDE_PX / max(image_bgr.shape[:2])
    if scale >= 1:
        return image_bgr
    smaller = cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8)


@dataclass(frozen=True, slots=True)
class PoseSample:
    """What was seen at one moment; ``pose`` is None where nobody was found.

    ``aspect`` is the picture's width over its height. ``has_company`` says whether a second
    person was found, None where nobody looked for one.
    """

    t_s: float
    pose: Pose | None
    aspect: float
    has_company: bool | None = None


class Attention:
    """Decides which frames are worth a search: few while no legs are seen, else all.

    A long interview shows a face and no walk; looking at it twice a second is enough to notice
    when somebody stands up.
    """

    IDLE_AFTER_S = 1.5
    IDLE_HOP_S = 0.5

    def __init__(self) -> None:
        self._legs_seen_s = 0.0
        self._looked_s = float("-inf")

    def wants(self, t_s: float) -> bool:
        is_idle = t_s - self._legs_seen_s > self.IDLE_AFTER_S
        return not is_idle or t_s - self._looked_s >= self.IDLE_HOP_S - 1e-6

    def note(self, t_s: float, pose: Pose | None) -> None:
        self._looked_s = t_s
        if pose is not None and pose.shows_legs:
            self._legs_seen_s = t_s


class PersonFollower:
    """Follows the most prominent person, picture by picture.

    Every ``COMPANY_HOP_S`` seconds ``second_finder``, which must not track, looks for somebody
    else.
    """

    def __init__(self, finder: PoseFinder, second_finder: PoseFinder | None = None) -> None:
        self._finder, self._second_finder = finder, second_finder
        self._attention = Attention()
        self._looked_around_s = -COMPANY_HOP_S

    def look(self, frame: Frame) -> PoseSample | None:
        """Return what is seen in the next picture, None where it deserves no attention."""
        if not self._attention.wants(frame.t_s):
            return None
        image = downscaled(frame.image_bgr)
        pose = self._finder.find(image)
        self._attention.note(frame.t_s, pose)
        company = None
        is_due = frame.t_s - self._looked_around_s >= COMPANY_HOP_S
        if pose is not None and self._second_finder is not None and is_due:
            self._looked_around_s = frame.t_s
            company = somebody_else(image, pose, self._second_finder) is not None
        return PoseSample(frame.t_s, pose, image.shape[1] / image.shape[0], company)


def follow_person(
    frames: Iterable[Frame], finder: PoseFinder, second_finder: PoseFinder | None = None
) -> Iterator[PoseSample]:
    """Yield what ``finder`` sees in the frames that deserve attention, in order."""
    follower = PersonFollower(finder, second_finder)
    for frame in frames:
        if (sample := follower.look(frame)) is not None:
            yield sample


def somebody_else(image_bgr: ImageBgr, pose: Pose, finder: PoseFinder) -> Pose | None:
    """Return a second person in the picture: who is found when the first is painted over."""
    image = image_bgr.copy()
    size = np.array([image.shape[1], image.shape[0]])
    low, high = pose.points.min(axis=0), pose.points.max(axis=0)
    margin = 0.12 * (high - low).max()
    left, top = np.clip((low - margin) * size, 0, size).astype(int)
    right, bottom = np.clip((high + margin) * size, 0, size).astype(int)
    image[top:bottom, left:right] = 127
    other = finder.find(image)
    seen = 0 if other is None else int(other.inside().sum())
    return other if seen >= POINTS // 2 else None
