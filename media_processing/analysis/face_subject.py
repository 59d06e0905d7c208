"""Which sightings of faces are the applicant's: the runs that hold a confirmed place and time.

A track may in time be two people, since faces are followed by place alone: somebody sits down
where another sat. A run is the part of a track that surely is one person; the officer's word
holds for the run it was given in, and not beyond it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from media_processing.analysis.face_boxes import Box, overlap
from media_processing.analysis.face_tracks import Sighting, Track
from media_processing.analysis.subject import FaceAnchor

# A confirmation is for the nearest picture: a box that is older than this shows another moment.
ANCHOR_WITHIN_S = 1.0
ANCHOR_OVERLAP = 0.3


@dataclass(frozen=True, slots=True)
class Run:
    """The ``number``-th run of a track. It grows while it is the track's last."""

    track: Track
    number: int

    @property
    def key(self) -> tuple[int, int]:
        return id(self.track), self.number

    @property
    def sightings(self) -> list[Sighting]:
        starts = [*self.track.starts, len(self.track.sightings)]
        return self.track.sightings[starts[self.number] : starts[self.number + 1]]

    @property
    def span_s(self) -> tuple[float, float]:
        """Time of the first and of the last sighting."""
        seen = self.sightings
        return seen[0].t_s, seen[-1].t_s


def confirmed_runs(
    people: Sequence[Track], anchors: Sequence[FaceAnchor], frame_size: tuple[int, int]
) -> list[Run]:
    """Return the runs that hold ``anchors``, in order of time; never two at one moment.

    Where confirmations contradict each other the later one counts.
    """
    chosen: list[Run] = []
    for anchor in anchors:
        run = _run_at(people, anchor, frame_size)
        if run is not None:
            chosen = [other for other in chosen if not _meet(other, run)] + [run]
    return sorted(chosen, key=lambda run: run.span_s)


def _run_at(people: Sequence[Track], anchor: FaceAnchor, frame_size: tuple[int, int]) -> Run | None:
    place = anchor.box(frame_size)
    found = [(track, _nearest(track, anchor.t_s, place)) for track in people]
    best = max(
        ((track, index) for track, index in found if index is not None),
        key=lambda each: overlap(each[0].sightings[each[1]].box, place),
        default=None,
    )
    if best is None:
        return None
    track, index = best
    return Run(track, max(number for number, start in enumerate(track.starts) if start <= index))


def _nearest(track: Track, t_s: float, place: Box) -> int | None:
    """Return which sighting near ``t_s`` lies in ``place``, the nearest in time."""
    first = bisect_left(track.sightings, t_s - ANCHOR_WITHIN_S, key=lambda item: item.t_s)
    last = bisect_left(track.sightings, t_s + ANCHOR_WITHIN_S, key=lambda item: item.t_s)
    there = [
        index
        for index in range(first, last)
        if overlap(track.sightings[index].box, place) >= ANCHOR_OVERLAP
    ]
    return min(there, key=lambda index: abs(track.sightings[index].t_s - t_s), default=None)


def _meet(first: Run, second: Run) -> bool:
    (first_start, first_end), (second_start, second_end) = first.span_s, second.span_s
    return first_start <= second_end and second_start <= first_end
