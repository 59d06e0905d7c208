"""Following people's faces through a recording by place alone.

No likeness of a face is computed or kept, so nobody can be recognised from what is stored. The
price: somebody who vanishes and comes back elsewhere long after may be counted twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_boxes import Box, distance, held, overlap, size_ratio
from media_processing.analysis.face_quality import FaceQuality

MINIMUM_SEEN_S = 1.0
# Below this share of confirmed sightings a track is a back of a head or a pattern, not a face.
CONFIRMED_SHARE = 0.4
MATCH_DISTANCE = 1.2
MATCH_SIZE_RATIO = 3.0
LOST_AFTER_S = 1.0
RECENT_SIGHTINGS = 6
REVIVE_BASE_DISTANCE = 1.0
REVIVE_DISTANCE_PER_S = 0.6
REVIVE_LIMIT_DISTANCE = 3.0
REVIVE_SIZE_RATIO = 2.0
REVIVE_OVERLAP_AFTER_CUT = 0.4
# A seat is not left and taken by another within this time, unseen and in the same place.
SURE_GAP_S = 4.0
SURE_OVERLAP = 0.3
# Faces of similar size that cover each other by this share may be taken for each other.
MEETING_SHARE = 0.15
MEETING_SIZE_RATIO = 2.0


@dataclass(frozen=True, slots=True)
class AlignedFace:
    """The (48, 48) grey crop of a face and how good it is."""

    crop: npt.NDArray[np.uint8]
    quality: FaceQuality


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face at one moment; ``face`` is None where it could not be aligned."""

    t_s: float
    box: Box
    confirmed: bool
    face: AlignedFace | None = None


@dataclass(slots=True)
class Track:
    """The sightings of one person, in order of time; ``shot`` counts the cuts before the last.

    ``starts`` are the sightings from which on it might be somebody else: between two of them lies
    a run, surely one person (see :mod:`media_processing.analysis.face_subject`).
    """

    sightings: list[Sighting] = field(default_factory=list)
    shot: int = 0
    starts: list[int] = field(default_factory=lambda: [0])
    in_doubt: bool = False

    def add(self, sighting: Sighting, *, surely: bool) -> None:
        """Take in the next sighting; ``surely`` says that it is the person of the last."""
        if self.in_doubt or not surely:
            self.starts.append(len(self.sightings))
        self.in_doubt = False
        self.sightings.append(sighting)

    def part(self) -> None:
        """Say that the last sighting, and the next, may each be of somebody else."""
        if self.starts[-1] != len(self.sightings) - 1:
            self.starts.append(len(self.sightings) - 1)
        self.in_doubt = True

    @property
    def last(self) -> Sighting:
        return self.sightings[-1]

    def expected_box(self, t_s: float) -> Box:
        """Where the face should be at ``t_s`` if it keeps its mean speed of the last second."""
        recent = self.sightings[-RECENT_SIGHTINGS:]
        since = [item for item in recent if self.last.t_s - item.t_s <= LOST_AFTER_S]
        duration_s = self.last.t_s - since[0].t_s
        ahead_s = t_s - self.last.t_s
        if duration_s <= 0 or ahead_s > LOST_AFTER_S + 1e-6:
            return self.last.box
        (ax, ay), (bx, by) = since[0].box.centre, self.last.box.centre
        share = ahead_s / duration_s
        return self.last.box.moved((bx - ax) * share, (by - ay) * share)

    @property
    def speed(self) -> float:
        """Face sizes per second over the last sightings."""
        first = self.sightings[-RECENT_SIGHTINGS:][0]
        duration_s = self.last.t_s - first.t_s
        return distance(first.box, self.last.box) / duration_s if duration_s > 0 else 0.0

    def seen_s(self, period_s: float) -> float:
        return len(self.sightings) * period_s

    def presence(self, period_s: float) -> float:
        """Seconds on screen, each weighted with the height of the face in pixels."""
        return sum(sighting.box.height for sighting in self.sightings) * period_s

    def is_person(self, period_s: float) -> bool:
        """Whether this is a face, seen for at least a second in all."""
        confirmed = sum(sighting.confirmed for sighting in self.sightings)
        long_enough = self.seen_s(period_s) >= MINIMUM_SEEN_S - 1e-6
        return long_enough and confirmed >= CONFIRMED_SHARE * len(self.sightings)


class FaceTracker:
    """Joins the sightings of successive pictures to tracks.

    ``period_s`` is the time from one analysed picture to the next.
    """

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self.tracks: list[Track] = []
        self._shot = 0

    def expected(self, t_s: float) -> list[Box]:
        """Return where the faces of the last second should be now."""
        return [track.expected_box(t_s) for track in self._active(t_s)]

    def expected_faces(self, t_s: float) -> list[Box]:
        """Return the expected places of the faces whose last sighting was confirmed."""
        active = self._active(t_s)
        return [track.expected_box(t_s) for track in active if track.last.confirmed]

    def cut(self) -> None:
        """Say that a new shot begins: nobody is expected where they were."""
        self._shot += 1

    def doubt(self) -> None:
        """Say that whoever is seen from now on may have taken another's place."""
        for track in self.tracks:
            track.in_doubt = True

    def add(self, t_s: float, sightings: Sequence[Sighting]) -> None:
        """Take in the sightings of the picture at ``t_s``."""
        free = list(sightings)
        for track, sighting in self._matches(t_s, free):
            track.add(sighting, surely=self._is_sure(track, sighting))
            free.remove(sighting)
        for sighting in free:
            self._begin(sighting)
        self._part_where_faces_meet(t_s)

    def people(self) -> list[Track]:
        """Return the distinct people so far, the most present (time and size) first."""
        people = [track for track in self.tracks if track.is_person(self.period_s)]
        return sorted(people, key=lambda track: -track.presence(self.period_s))

    def _active(self, t_s: float) -> list[Track]:
        return [
            track
            for track in self.tracks
            if track.shot == self._shot and t_s - track.last.t_s <= LOST_AFTER_S
        ]

    def _matches(self, t_s: float, sightings: Sequence[Sighting]) -> list[tuple[Track, Sighting]]:
        pairs = [
            (_unlikeness(track.expected_box(t_s), sighting.box), order, track, sighting)
            for order, track in enumerate(self._active(t_s))
            for sighting in sightings
        ]
        matched: list[tuple[Track, Sighting]] = []
        for cost, _, track, sighting in sorted(pairs, key=lambda pair: pair[:2]):
            taken = any(track is t or sighting is s for t, s in matched)
            if cost < 1.0 and not taken:
                matched.append((track, sighting))
        return matched

    def _begin(self, sighting: Sighting) -> None:
        earlier = [track for track in self.tracks if self._may_return(track, sighting)]
        if earlier:
            track = min(earlier, key=lambda track: distance(track.last.box, sighting.box))
            track.add(sighting, surely=self._is_sure(track, sighting))
        else:
            track = Track([sighting])
            self.tracks.append(track)
        track.shot = self._shot

    def _is_sure(self, track: Track, sighting: Sighting) -> bool:
        """Whether ``sighting`` can only be the person that ``track`` ends with.

        From picture to picture place decides; after a gap the face must be where it was, and
        where others are about nobody may have been out of sight for long.
        """
        gap_s = sighting.t_s - track.last.t_s
        if gap_s <= 1.5 * self.period_s:
            return True
        there = max(
            overlap(box, sighting.box) for box in (track.last.box, track.expected_box(sighting.t_s))
        )
        later = (other.last for other in self.tracks if other.last.t_s > track.last.t_s)
        longest_s = LOST_AFTER_S if any(last.confirmed for last in later) else SURE_GAP_S
        return track.shot == self._shot and gap_s <= longest_s and there >= SURE_OVERLAP

    def _part_where_faces_meet(self, t_s: float) -> None:
        active = [track for track in self._active(t_s) if track.last.confirmed]
        for order, first in enumerate(active):
            for second in active[order + 1 :]:
                if _meet(first.last.box, second.last.box):
                    first.part()
                    second.part()

    def _may_return(self, track: Track, sighting: Sighting) -> bool:
        gap_s = sighting.t_s - track.last.t_s
        if gap_s <= 0:
            return False
        if track.shot != self._shot:
            return overlap(track.last.box, sighting.box) >= REVIVE_OVERLAP_AFTER_CUT
        # Who walks out of sight may turn and come back as fast.
        per_s = max(REVIVE_DISTANCE_PER_S, track.speed)
        reach = min(REVIVE_BASE_DISTANCE + per_s * gap_s, REVIVE_LIMIT_DISTANCE)
        expected = track.expected_box(sighting.t_s)
        near = min(distance(box, sighting.box) for box in (expected, track.last.box)) <= reach
        return near and size_ratio(track.last.box, sighting.box) <= REVIVE_SIZE_RATIO


def _unlikeness(expected: Box, found: Box) -> float:
    """0 for the same place; 1 or more where it cannot be the same face a moment later."""
    if size_ratio(expected, found) > MATCH_SIZE_RATIO:
        return 1.0
    return min(distance(expected, found) / MATCH_DISTANCE, 1.0) - overlap(expected, found)


def _meet(first: Box, second: Box) -> bool:
    """Whether two faces cover each other so far that one could go on as the other."""
    similar = size_ratio(first, second) <= MEETING_SIZE_RATIO
    return similar and held(first, second) >= MEETING_SHARE
