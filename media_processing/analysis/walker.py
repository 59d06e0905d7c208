"""Who walks in a live recording: the body that the officer named, and nobody else.

Until somebody is named, what is seen waits, also where one person is alone in view: nothing in a
body says whose it is. Once the walker is named and a second person is about, everything but the
surroundings of that body is painted over before the finder looks, so that it cannot turn to
somebody else.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.gait_tracks import FASTEST_LENGTHS_PER_S
from media_processing.analysis.person_clips import body_length
from media_processing.analysis.pose import (
    Attention,
    ImageBgr,
    Pose,
    PoseFinder,
    PoseSample,
    downscaled,
    somebody_else,
)
from media_processing.analysis.subject import FaceAnchor, Subject
from media_processing.analysis.video import Frame

Shares = tuple[float, float, float, float]

# Nobody else may be read for longer than this before he is noticed.
LOOK_AROUND_S = 1.0
# A body that is out of sight for longer is a new one when it comes back.
LOST_S = 1.0
# A click names a body that was seen so close to its time.
NEAR_S = 1.5
# The light around the walker, in the longer side of the body.
LIGHT_MARGIN = 0.3
PAINT = 127
WALKER = 0


class WalkerFollower:
    """Follows one body and gives out its samples once the officer has named it.

    ``second_finder`` must not track. ``people`` is how many bodies were in view at once, ``bodies``
    who is in the newest picture with x, y, width, height in shares of it; 0 is the subject.
    ``was_confirmed`` says that somebody in view was named, which was not taken back.
    """

    def __init__(self, finder: PoseFinder, second_finder: PoseFinder, subject: Subject) -> None:
        self._finder, self._second_finder = finder, second_finder
        self._subject = subject
        self._attention = Attention()
        self._run: list[PoseSample] = []
        self._given = 0
        self._is_confirmed = False
        self._has_given_before = False
        self._place: Shares | None = None
        self._seen_s = self._looked_around_s = float("-inf")
        self._other: tuple[float, Pose] | None = None
        self._heard: list[FaceAnchor] = []
        self._takes_begun = 0
        self._is_void = False
        self.people = 0
        self.was_confirmed = False

    @property
    def bodies(self) -> list[tuple[int, Shares]]:
        if not self._run:
            return []
        newest, found = self._run[-1], []
        if newest.pose is not None:
            found.append((WALKER if self._is_confirmed else 1, newest.pose.box()))
        # He is looked for beside the walker alone; an empty room keeps nobody's box.
        if self._other and newest.t_s - self._other[0] <= NEAR_S:
            found.append((2, self._other[1].box()))
        return found

    def confirm(self, subject: Subject) -> None:
        """Take what the officer says now; a click that is taken back makes everything void."""
        self._subject = subject
        if not set(self._heard) <= set(self._anchors()):
            self._heard, self._is_void, self.was_confirmed = [], True, False
            self._part()

    def take_void(self) -> bool:
        """Return, once, whether what was given out so far is somebody else's."""
        is_void, self._is_void = self._is_void, False
        return is_void

    def look(self, frame: Frame) -> list[PoseSample]:
        """Look at the next picture; return the samples that are now known to be the subject's."""
        if self._begins_take(frame.t_s):
            self._part()
        if not self._attention.wants(frame.t_s):
            return []
        image = downscaled(frame.image_bgr)
        aspect = image.shape[1] / image.shape[0]
        pose = self._finder.find(self._lit(image))
        self._attention.note(frame.t_s, pose)
        self._follow(PoseSample(frame.t_s, pose, aspect))
        company = self._look_around(frame.t_s, image, pose)
        self._run.append(PoseSample(frame.t_s, pose, aspect, company))
        self._hear(frame.t_s)
        return self._give() if self._is_confirmed else []

    def _give(self) -> list[PoseSample]:
        given = self._run[self._given :]
        self._given = len(self._run)
        return given

    def _part(self) -> None:
        """Leave the body that was followed; the next one is nobody's yet."""
        self._has_given_before |= self._given > 0
        self._run, self._given = [], 0
        self._is_confirmed, self._place = False, None

    def _begins_take(self, t_s: float) -> bool:
        begun = sum(join_s <= t_s for join_s in self._subject.joins_s)
        begins, self._takes_begun = begun > self._takes_begun, begun
        return begins

    def _follow(self, sample: PoseSample) -> None:
        last = next((one for one in reversed(self._run) if one.pose is not None), None)
        is_lost = sample.t_s - self._seen_s > LOST_S
        if sample.pose is None:
            if is_lost and (last is not None or self._is_confirmed):
                self._part()
            return
        if last is not None and (is_lost or not _is_same(last, sample)):
            self._part()
        self._seen_s = sample.t_s
        if self._is_confirmed:
            self._place = sample.pose.box()

    def _lit(self, image: ImageBgr) -> ImageBgr:
        """Return the picture with everything but the walker's surroundings painted over."""
        if self._place is None or self.people <= 1:
            return image
        height, width = image.shape[:2]
        x, y, w, h = self._place
        margin = LIGHT_MARGIN * max(w * width, h * height)
        left, right = int(x * width - margin), int((x + w) * width + margin)
        top, bottom = int(y * height - margin), int((y + h) * height + margin)
        rows, columns = slice(max(top, 0), max(bottom, 1)), slice(max(left, 0), max(right, 1))
        lit = np.full_like(image, PAINT)
        lit[rows, columns] = image[rows, columns]
        return lit

    def _look_around(self, t_s: float, image: ImageBgr, pose: Pose | None) -> bool | None:
        """Return whether somebody else is there, None where it was not looked for."""
        self.people = max(self.people, int(pose is not None))
        if pose is None or t_s - self._looked_around_s < LOOK_AROUND_S - 1e-6:
            return None
        self._looked_around_s = t_s
        other = somebody_else(image, pose, self._second_finder)
        self._other = None if other is None else (t_s, other)
        self.people = max(self.people, 1 + (other is not None))
        return other is not None

    def _anchors(self) -> list[FaceAnchor]:
        return list(chain(self._subject.body, self._subject.face or ()))

    def _hear(self, t_s: float) -> None:
        due = [one for one in self._anchors() if one.t_s <= t_s and one not in self._heard]
        for anchor in sorted(due, key=lambda one: one.t_s):
            self._name(anchor, t_s)

    def _name(self, anchor: FaceAnchor, t_s: float) -> None:
        """Take the body that was at ``anchor`` for the subject."""
        is_first = not self._heard
        self._heard.append(anchor)
        mine = _nearest(self._run, anchor.t_s)
        others = self._other if self._other and abs(self._other[0] - anchor.t_s) <= NEAR_S else None
        far_from_mine = _distance(anchor, mine) if mine else float("inf")
        far_from_other = _distance(anchor, others[1]) if others else float("inf")
        if min(far_from_mine, far_from_other) == float("inf"):
            return
        if far_from_mine <= far_from_other:
            if is_first and self._has_given_before:
                self._is_void, self._given = True, 0
            place = next(one.pose.box() for one in reversed(self._run) if one.pose is not None)
        else:
            assert others is not None
            self._is_void |= self._given > 0 or self._has_given_before
            self._part()
            place, self._seen_s = others[1].box(), t_s
        self._is_confirmed, self._place, self.was_confirmed = True, place, True


def _nearest(run: Sequence[PoseSample], t_s: float) -> Pose | None:
    near = [one for one in run if one.pose is not None and abs(one.t_s - t_s) <= NEAR_S]
    return min(near, key=lambda one: abs(one.t_s - t_s)).pose if near else None


def _distance(anchor: FaceAnchor, pose: Pose) -> float:
    """Return how far a click on a face or a body is from a pose, infinite where it is off it."""
    x, y, width, height = pose.box()
    across, down = anchor.x + anchor.width / 2, anchor.y + anchor.height / 2
    margin = 0.12 * max(width, height)
    if not (
        x - margin <= across <= x + width + margin and y - margin <= down <= y + height + margin
    ):
        return float("inf")
    places = np.vstack([pose.points[BodyPoint.HEAD], [x + width / 2, y + height / 2]])
    return float(np.linalg.norm(places - [across, down], axis=1).min())


def _is_same(last: PoseSample, sample: PoseSample) -> bool:
    """Return whether a body may have come from one place to the next in the time between."""
    assert last.pose is not None and sample.pose is not None
    scale = np.array([sample.aspect, 1.0])
    hips = [one.points[BodyPoint.L_HIP : BodyPoint.R_HIP + 1].mean(axis=0) * scale
            for one in (last.pose, sample.pose)]  # fmt: skip
    size = body_length((last.pose.points * scale)[None].astype(np.float32))
    way = float(np.linalg.norm(hips[1] - hips[0])) / max(size, 1e-6)
    return way <= FASTEST_LENGTHS_PER_S * (sample.t_s - last.t_s) + 0.1
