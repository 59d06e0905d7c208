"""Watching a walk picture by picture: who walks, with which measures, and what it expresses.

One watch serves a recording that is read from a file and one that is still being made.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait import WalkBout, walk_bouts
from media_processing.analysis.gait_clips import GaitClip, walking_clips
from media_processing.analysis.gait_findings import BodySight, gait_findings
from media_processing.analysis.gait_measures import GaitMeasures, gait_measures
from media_processing.analysis.gait_tracks import GRID_HZ, BodyTrack, TrackCutter
from media_processing.analysis.pose import PersonFollower, PoseFinder, PoseSample
from media_processing.analysis.subject import NOT_ASKED, Subject
from media_processing.analysis.types import (
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
)
from media_processing.analysis.video import Frame
from media_processing.analysis.walker import Shares, WalkerFollower
from media_processing.inference.gait_i3d import GaitI3d

LOOK_RATE_HZ = 10.0
SERIES_RATE_HZ = 5.0
MAIN_PERSON = 0
# A track that still grows is read anew after each such stretch of it.
READ_EVERY_S = 1.0
# A change of the quality that nobody notices.
SETTLED_QUALITY = 0.02

SeriesRow = list[float | None]


@dataclass(slots=True)
class _Walk:
    """What was read on one track."""

    bouts: list[WalkBout]
    length: float
    observations: list[Observation]


class WalkWatch:
    """Everything that is learnt about a walk while its pictures come.

    In an upload (an empty ``subject``) the most prominent body is followed, otherwise the one that
    the officer confirmed, and nobody until then. ``second_finder`` must not track. Close the
    finders, to free their graphs.
    """

    def __init__(
        self,
        network: GaitI3d,
        finder: PoseFinder,
        second_finder: PoseFinder,
        subject: Subject = NOT_ASKED,
    ) -> None:
        self._reader = _ClipReader(network)
        self._anyone = PersonFollower(finder, second_finder)
        self._walker = WalkerFollower(finder, second_finder, subject)
        self._is_asked = subject.face is not None
        self._told: dict[float, Observation] = {}
        self._is_void = False
        self._forget()

    def _forget(self) -> None:
        self._cutter = TrackCutter()
        self._walks: list[_Walk] = []
        self._open: _Walk | None = None
        self._open_s = 0.0
        self._newest_s = 0.0
        self._sight = {"looks": 0, "with_person": 0, "with_legs": 0}
        self._company: list[bool] = []
        self._pose_rows: list[SeriesRow] = []

    @property
    def people(self) -> int:
        """How many bodies were in view at once; counted where the officer is asked."""
        return self._walker.people

    @property
    def bodies(self) -> list[tuple[int, Shares]]:
        """Who is in the newest picture, 0 is the subject; told where the officer is asked."""
        return self._walker.bodies

    def confirm(self, subject: Subject) -> None:
        """Take what the officer says now about who walks."""
        self._walker.confirm(subject)

    def take(self, frame: Frame) -> list[Observation]:
        """Look at the next picture; return what was read on a track that ends here."""
        ended: list[Observation] = []
        for sample in self._look(frame):
            self._note(sample)
            if (track := self._cutter.add(sample)) is not None:
                ended += self._keep(track)
        return ended

    def end(self) -> list[Observation]:
        """Return what was read on the last track; no picture may follow."""
        track = self._cutter.end()
        return self._keep(track) if track is not None else []

    def take_new(self) -> list[Observation]:
        """Return what is new since the last call, the walk of this moment included.

        An observation that starts with one of an earlier call takes its place.
        """
        if self._newest_s - self._open_s >= READ_EVERY_S or self._is_void:
            self._open_s = self._newest_s
            track = self._cutter.so_far()
            self._open = self._read(track) if track is not None else None
        now = {one.t_start_s: one for walk in self._all() for one in walk.observations}
        self._is_void |= not now.keys() >= self._told.keys()
        known = {} if self._is_void else self._told
        new = [one for start_s, one in now.items() if known.get(start_s) != one]
        self._told = now
        return new

    def take_void(self) -> bool:
        """Return, once, whether all that was told before the last ``take_new`` is void."""
        is_void, self._is_void = self._is_void, False
        return is_void

    def measures(self) -> dict[str, float | None]:
        """Return the measures of the walk as far as ``take_new`` has read it."""
        return _rounded(self._measures())

    def steps_s(self) -> list[float]:
        """Return when each step was, as far as ``take_new`` or ``end`` has read the walk."""
        return [step.t_s for walk in self._all() for bout in walk.bouts for step in bout.steps]

    def result(self, duration_s: float) -> ModalityResult:
        """Return the modality's result for a recording of ``duration_s``."""
        measures, sight = self._measures(), self._body_sight()
        reason = self._reason(sight, measures)
        gaps = [row for walk in self._walks for bout in walk.bouts for row in _gap_rows(bout.track)]
        return ModalityResult(
            Modality.GAIT,
            ModalityStatus.SKIPPED if reason else ModalityStatus.DONE,
            reason=reason,
            coverage=min(1.0, measures.walking_s / duration_s) if duration_s > 0 else 0.0,
            measures=_rounded(measures),
            observations=tuple(one for walk in self._walks for one in walk.observations),
            quality=gait_findings(sight, measures),
            series={"pose": self._pose_rows, "ankle_gap": gaps},
        )

    def _look(self, frame: Frame) -> list[PoseSample]:
        if not self._is_asked:
            sample = self._anyone.look(frame)
            return [] if sample is None else [sample]
        samples = self._walker.look(frame)
        if self._walker.take_void():
            self._forget()
            self._is_void = True
        return samples

    def _note(self, sample: PoseSample) -> None:
        """Count what was seen, and keep the pose for the page."""
        self._newest_s = sample.t_s
        self._sight["looks"] += 1
        self._sight["with_person"] += sample.pose is not None
        self._sight["with_legs"] += sample.pose is not None and sample.pose.shows_legs
        if sample.has_company is not None:
            self._company.append(sample.has_company)
        last_s = self._pose_rows[-1][0] if self._pose_rows else None
        is_due = last_s is None or sample.t_s - last_s >= 1 / SERIES_RATE_HZ - 1e-6
        if sample.pose is not None and is_due:
            self._pose_rows.append(_pose_row(sample))

    def _keep(self, track: BodyTrack) -> list[Observation]:
        walk = self._read(track)
        self._walks.append(walk)
        self._open = None
        self._reader.forget()
        return walk.observations

    def _read(self, track: BodyTrack) -> _Walk:
        """Find the walking on a track and read it."""
        bouts = walk_bouts([track])
        clips = list(walking_clips(track, bouts))
        return _Walk(bouts, track.length, self._reader.read(clips))

    def _all(self) -> list[_Walk]:
        return [*self._walks, *([self._open] if self._open else [])]

    def _measures(self) -> GaitMeasures:
        return gait_measures([bout for walk in self._all() for bout in walk.bouts])

    def _body_sight(self) -> BodySight:
        return BodySight(
            **self._sight,
            company_share=float(np.mean(self._company)) if self._company else 0.0,
            body_share=float(np.median([w.length for w in self._walks])) if self._walks else 0.0,
            is_confirmed=self._walker.was_confirmed if self._is_asked else None,
            people=self.people,
        )

    def _reason(self, sight: BodySight, measures: GaitMeasures) -> str:
        if not sight.shows_person:
            return "walker_not_confirmed" if self.people else "no_person"
        return "" if measures.walking_s > 0 else "no_walking"


class _ClipReader:
    """Reads clips, those that did not change since the last call only once."""

    def __init__(self, network: GaitI3d) -> None:
        self._network = network
        self._known: dict[float, tuple[npt.NDArray[np.uint8], Observation]] = {}

    def forget(self) -> None:
        self._known = {}

    def read(self, clips: Sequence[GaitClip]) -> list[Observation]:
        fresh = [clip for clip in clips if not self._is_known(clip)]
        if fresh:
            for clip, observed in zip(fresh, clip_observations(self._network, fresh), strict=True):
                self._known[clip.t_start_s] = clip.pictures, observed
        return [self._as_good_as_now(clip) for clip in clips]

    def _is_known(self, clip: GaitClip) -> bool:
        pictures, _ = self._known.get(clip.t_start_s, (None, None))
        return pictures is not None and np.array_equal(pictures, clip.pictures)

    def _as_good_as_now(self, clip: GaitClip) -> Observation:
        pictures, observed = self._known[clip.t_start_s]
        if abs(observed.quality - clip.quality) > SETTLED_QUALITY:
            observed = replace(observed, quality=clip.quality)
            self._known[clip.t_start_s] = pictures, observed
        return observed


def clip_observations(network: GaitI3d, clips: Sequence[GaitClip]) -> list[Observation]:
    """Return what the network says about each of the clips, of which there must be one."""
    reading = network.read([clip.pictures for clip in clips])
    rows = zip(
        clips,
        reading.seven(),
        reading.valence(),
        reading.arousal(),
        reading.confidence(),
        strict=True,
    )
    return [
        Observation(
            Modality.GAIT,
            clip.t_start_s,
            clip.t_end_s,
            MAIN_PERSON,
            tuple(float(share) for share in shares),
            float(valence),
            float(arousal),
            float(confidence),
            clip.quality,
        )
        for clip, shares, valence, arousal, confidence in rows
    ]


def _pose_row(sample: PoseSample) -> SeriesRow:
    """Return t_s, then x, y, visibility of the fifteen points (0…1 of the picture)."""
    assert sample.pose is not None
    rows = np.column_stack([sample.pose.points, sample.pose.visibility])
    return [round(sample.t_s, 3), *(round(float(value), 3) for value in rows.ravel())]


def _gap_rows(track: BodyTrack) -> list[SeriesRow]:
    """Return t_s and the left ankle ahead of the right, in body lengths; None ends a bout."""
    step = round(GRID_HZ / SERIES_RATE_HZ / 2)
    rows: list[SeriesRow] = [
        [round(float(t_s), 3), round(float(gap), 4)]
        for t_s, gap in zip(track.t_s[::step], track.ankle_gap[::step, 0], strict=True)
    ]
    return [*rows, [round(float(track.t_s[-1]), 3), None]]


def _rounded(measures: GaitMeasures) -> dict[str, float | None]:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in asdict(measures).items()
    }
