"""The walk of a recording while it is being made."""

from pathlib import Path

from media_processing.analysis.pose import MediaPipePoseFinder
from media_processing.analysis.subject import Subject
from media_processing.analysis.types import Observation
from media_processing.analysis.video import Frame
from media_processing.analysis.walker import Shares
from media_processing.inference.gait_i3d import GaitI3d
from media_processing.modalities.gait_watch import WalkWatch


class LiveGait:
    """The watch over the walker of a live recording, with the finders that it needs.

    ``is_told_before`` says that an earlier worker told of this walk: its rows are void, since the
    walk is watched anew from its start. Close it, to free the native graphs.
    """

    def __init__(self, weights_dir: Path, subject: Subject, *, is_told_before: bool) -> None:
        self._finders = MediaPipePoseFinder(), MediaPipePoseFinder(is_tracking=False)
        self._watch = WalkWatch(GaitI3d.load(weights_dir), *self._finders, subject)
        self._is_told_before = is_told_before
        self.horizon_s = 0.0

    def close(self) -> None:
        for finder in self._finders:
            finder.close()

    @property
    def people(self) -> int:
        return self._watch.people

    @property
    def bodies(self) -> list[tuple[int, Shares]]:
        return self._watch.bodies

    @property
    def measures(self) -> dict[str, float | None]:
        return self._watch.measures()

    @property
    def last_step_s(self) -> float | None:
        """The second of the recording of the newest step that the measures count."""
        return max(self._watch.steps_s(), default=None)

    def take(self, frame: Frame) -> None:
        self._watch.take(frame)
        self.horizon_s = frame.t_s

    def confirm(self, subject: Subject) -> None:
        self._watch.confirm(subject)

    def take_new(self) -> tuple[list[Observation], bool]:
        """Return what is new, and whether what was told before is void."""
        new = self._watch.take_new()
        is_void = self._watch.take_void() or self._is_told_before
        self._is_told_before = False
        return new, is_void
